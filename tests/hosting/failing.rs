//! What happens when the disk, its rights or its bytes fail: it is said clearly, nothing is lost, and the service goes on
//! where it can.

use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

use sqlx::{Connection, SqliteConnection};

use crate::learner::Learner;
use crate::service::{Service, doujia, run, words};

/// A service whose files may be limited in size later: the limit then fails a write instead of killing the process.
fn limitable(data: &Path) -> Service {
    let mut command = Command::new("sh");
    command.args(["-c", "trap '' XFSZ; exec \"$0\" \"$@\"", env!("CARGO_BIN_EXE_doujia")]);
    command.args(["--listen", "127.0.0.1:0", "--data"]).arg(data);
    Service::of(command)
}

/// No file may grow beyond so many bytes: to the process, the same as a disk without room or a quota that is used up.
fn limit_files(service: &Service, bytes: &str) {
    let (pid, limit) = (service.process.id().to_string(), format!("--fsize={bytes}:unlimited"));
    assert!(Command::new("prlimit").args(["--pid", &pid, &limit]).status().unwrap().success());
}

#[tokio::test(flavor = "multi_thread")]
async fn without_room_nothing_is_lost_reading_goes_on_and_so_does_writing_once_there_is_room() {
    let folder = tempfile::tempdir().unwrap();
    let service = limitable(folder.path());
    let learner = Learner::begin(&service).await;
    assert_eq!(learner.answer().await.0, 303);

    limit_files(&service, "1");
    for _ in 0..3 {
        let (status, page) = learner.answer().await;
        assert_eq!(status, 507, "{page}");
        assert!(page.contains("no room left") && page.contains("没有空间"), "{page}");
    }
    assert_eq!(learner.page("/stats").await.0, 200);
    assert_eq!(learner.page("/readyz").await.0, 200);

    limit_files(&service, "unlimited");
    assert_eq!(learner.answer().await.0, 303);
    let log = service.stop();
    assert!(log.contains("the disk is full"), "{log}");
    let told = words(&run(&["doctor"], folder.path()));
    assert!(told.contains("1 learners, 2 answers") && told.contains("All is well"), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn while_another_program_holds_the_database_visitors_are_asked_to_come_back() {
    let folder = tempfile::tempdir().unwrap();
    let service = Service::start(folder.path(), &[]);
    let learner = Learner::begin(&service).await;
    let file = folder.path().join("doujia.db");
    let mut other = SqliteConnection::connect(&format!("sqlite:{}", file.display())).await.unwrap();
    sqlx::query("begin immediate").execute(&mut other).await.unwrap();
    let (status, page) = learner.answer().await;
    assert_eq!(status, 503, "{page}");
    assert!(page.contains("Nothing can be saved right now"), "{page}");
    sqlx::query("rollback").execute(&mut other).await.unwrap();
    assert_eq!(learner.answer().await.0, 303);
}

#[test]
fn a_folder_that_cannot_be_written_stops_the_start_with_one_line_and_the_doctor_says_so() {
    use std::os::unix::fs::PermissionsExt;
    // Rights mean nothing to root, so that then somebody else tries.
    let folder = tempfile::tempdir().unwrap();
    let program = folder.path().join("doujia");
    std::fs::copy(env!("CARGO_BIN_EXE_doujia"), &program).unwrap();
    let set = |path: &Path, mode| {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    };
    set(folder.path(), 0o755);
    let data = folder.path().join("data");
    Service::start(&data, &["--log", "off"]).stop();
    set(&data.join("doujia.db"), 0o444);
    set(&data, 0o555);
    let is_root = std::fs::write(data.join("trial"), b"").is_ok();
    let attempt = |arguments: &[&str]| {
        let mut command = Command::new(&program);
        command.args(arguments).arg("--data").arg(&data).env("LC_ALL", "C");
        if is_root {
            command.uid(65534);
        }
        command.output().unwrap()
    };
    let output = attempt(&["--listen", "127.0.0.1:0", "--log", "off"]);
    assert!(!output.status.success());
    assert_eq!(words(&output).lines().count(), 1, "{}", words(&output));
    assert!(words(&output).contains("Permission denied"), "{}", words(&output));
    let output = attempt(&["doctor"]);
    assert!(!output.status.success());
    assert!(words(&output).contains("cannot be written"), "{}", words(&output));
    // What can be read can be kept.
    let elsewhere = tempfile::tempdir().unwrap();
    set(elsewhere.path(), 0o777);
    let copy = elsewhere.path().join("copy.db");
    let output = attempt(&["backup", copy.to_str().unwrap()]);
    assert!(output.status.success() && copy.exists(), "{}", words(&output));
    set(&data, 0o755);
}

#[test]
fn a_damaged_file_is_said_to_be_so_and_a_backup_mends_it() {
    let folder = tempfile::tempdir().unwrap();
    let (data, backup) = (folder.path().join("data"), folder.path().join("backup.db"));
    Service::start(&data, &[]).stop();
    assert!(run(&["backup", backup.to_str().unwrap()], &data).status.success());
    let file = data.join("doujia.db");
    let whole = std::fs::read(&file).unwrap();

    // Its first bytes: it is no database any more.
    let mut bytes = whole.clone();
    bytes[..100].fill(b'x');
    std::fs::write(&file, &bytes).unwrap();
    let output =
        doujia().args(["--listen", "127.0.0.1:0", "--log", "off", "--data"]).arg(&data).output().unwrap();
    assert!(!output.status.success());
    assert_eq!(words(&output).lines().count(), 1, "{}", words(&output));
    assert!(words(&output).contains("doujia restore"), "{}", words(&output));
    assert!(std::fs::read(&file).unwrap() == bytes, "it is left as it was, for whoever can mend it");
    let output = run(&["doctor"], &data);
    assert!(!output.status.success() && words(&output).contains("cannot be read"), "{}", words(&output));

    // Somewhere inside: only who looks at every page sees it.
    let mut bytes = whole;
    let middle = bytes.len() / 2;
    bytes[middle..middle + 40_000].fill(7);
    std::fs::write(&file, &bytes).unwrap();
    let output = run(&["doctor"], &data);
    assert!(!output.status.success(), "{}", words(&output));
    assert!(words(&output).contains("damaged"), "{}", words(&output));
    // Nothing that is no backup is made of it.
    let bad = folder.path().join("bad.db");
    assert!(!run(&["backup", bad.to_str().unwrap()], &data).status.success());
    assert!(!bad.exists());

    assert!(run(&["restore", backup.to_str().unwrap()], &data).status.success());
    assert!(run(&["doctor"], &data).status.success());
    Service::start(&data, &[]).stop();
}
