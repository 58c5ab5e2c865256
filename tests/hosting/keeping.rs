//! `doujia backup`, `doujia restore`, `doujia doctor`.

use std::path::Path;
use std::process::Output;

use crate::learner::Learner;
use crate::service::{Service, run, words};

fn backup(data: &Path, file: &Path) -> Output {
    run(&["backup", file.to_str().unwrap()], data)
}

fn restore(data: &Path, file: &Path) -> Output {
    run(&["restore", file.to_str().unwrap()], data)
}

fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_of_a_running_service_comes_back_with_all_that_was_answered() {
    let folder = tempfile::tempdir().unwrap();
    let (data, file) = (folder.path().join("data"), folder.path().join("it's a 备份.db"));
    let service = Service::start(&data, &[]);
    let learner = Learner::begin(&service).await;
    learner.answer().await;
    let told = words(&backup(&data, &file));
    assert!(told.contains("1 learners, 1 answers"), "{told}");
    learner.answer().await;

    let refused = restore(&data, &file);
    assert!(!refused.status.success());
    assert!(words(&refused).contains("stop it first"), "{}", words(&refused));
    service.stop();

    let restored = restore(&data, &file);
    assert!(restored.status.success(), "{}", words(&restored));
    let told = words(&run(&["doctor"], &data));
    assert!(told.contains("1 learners, 1 answers") && told.contains("All is well"), "{told}");
    // What was there before is there still, and is a database, too.
    let kept = names(&data).into_iter().find(|name| name.starts_with("doujia.db.before-")).unwrap();
    let again = restore(&data, &data.join(kept));
    assert!(again.status.success(), "{}", words(&again));
    assert!(words(&run(&["doctor"], &data)).contains("1 learners, 2 answers"));
    assert_eq!(names(folder.path()), ["data", "it's a 备份.db"]);
    assert!(!names(&data).iter().any(|name| name.contains("unfinished")), "{:?}", names(&data));

    let service = Service::start(&data, &[]);
    assert_eq!(learner.at(&service).answer().await.0, 303);
}

#[test]
fn a_database_of_a_service_that_was_killed_is_set_aside_with_its_log() {
    let folder = tempfile::tempdir().unwrap();
    let (data, file) = (folder.path().join("data"), folder.path().join("backup.db"));
    let mut service = Service::start(&data, &[]);
    assert!(backup(&data, &file).status.success());
    service.process.kill().unwrap();
    service.process.wait().unwrap();
    assert!(names(&data).contains(&"doujia.db-wal".to_owned()));
    assert!(restore(&data, &file).status.success());
    assert!(!names(&data).contains(&"doujia.db-wal".to_owned()), "{:?}", names(&data));
    assert!(run(&["doctor"], &data).status.success());
}

#[test]
fn a_backup_never_overwrites_and_is_for_its_owner_only() {
    let folder = tempfile::tempdir().unwrap();
    let (data, file) = (folder.path().join("data"), folder.path().join("backup.db"));
    assert!(words(&backup(&data, &file)).contains("No such file"));
    Service::start(&data, &[]).stop();
    assert!(backup(&data, &file).status.success());
    let mode = |path: &Path| {
        use std::os::unix::fs::PermissionsExt;
        std::fs::metadata(path).unwrap().permissions().mode() & 0o777
    };
    assert_eq!((mode(&file), mode(&data.join("doujia.db"))), (0o600, 0o600));
    let before = std::fs::read(&file).unwrap();
    let refused = backup(&data, &file);
    assert!(!refused.status.success());
    assert!(words(&refused).contains("is there already"), "{}", words(&refused));
    assert!(std::fs::read(&file).unwrap() == before);
    assert_eq!(names(folder.path()), ["backup.db", "data"]);
}

#[test]
fn what_is_no_good_backup_is_refused_and_the_database_stays() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    Service::start(&data, &[]).stop();
    let good = std::fs::read(data.join("doujia.db")).unwrap();
    let mut torn = good.clone();
    let middle = torn.len() / 2;
    torn[middle..middle + 40_000].fill(7);
    let cases: [(&str, &[u8], &str); 4] = [
        (
            "text.db",
            b"this is no database, and long enough to be looked at as if it were one",
            "text.db is damaged: file is not a database",
        ),
        ("empty.db", b"", "is not a database of Doujia"),
        ("torn.db", &torn, "damaged"),
        ("cut.db", &good[..good.len() / 2], "damaged"),
    ];
    for (name, bytes, told) in cases {
        let file = folder.path().join(name);
        std::fs::write(&file, bytes).unwrap();
        let refused = restore(&data, &file);
        assert!(!refused.status.success(), "{name}");
        assert!(words(&refused).contains(told), "{name}: {}", words(&refused));
        assert_eq!(words(&refused).lines().count(), 1, "{name}: {}", words(&refused));
        assert!(std::fs::read(data.join("doujia.db")).unwrap() == good, "{name}");
        assert_eq!(names(&data), ["doujia.db", "doujia.db.lock"], "{name}");
    }
    let missing = restore(&data, &folder.path().join("missing.db"));
    assert!(words(&missing).contains("No such file"), "{}", words(&missing));
    let itself = restore(&data, &data.join("doujia.db"));
    assert!(!itself.status.success() && std::fs::read(data.join("doujia.db")).unwrap() == good);
}

#[test]
fn the_doctor_speaks_both_languages_and_has_nothing_to_say_against_an_empty_place() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let output = run(&["doctor"], &data);
    assert!(output.status.success());
    assert!(words(&output).contains("the first start makes it"), "{}", words(&output));
    assert!(!data.exists());
    let output = run(&["doctor"], std::path::Path::new("/proc/no/folder/can/be/made/here"));
    assert!(
        !output.status.success() && words(&output).contains("/proc cannot be written"),
        "{}",
        words(&output)
    );
    Service::start(&data, &[]).stop();
    let output = run(&["doctor", "--lang", "zh"], &data);
    assert!(output.status.success());
    assert!(
        words(&output).contains("数据库完好") && words(&output).contains("一切正常"),
        "{}",
        words(&output)
    );
}

#[test]
fn two_services_never_run_on_one_database() {
    let folder = tempfile::tempdir().unwrap();
    let service = Service::start(folder.path(), &[]);
    let second = run(&["--listen", "127.0.0.1:0"], folder.path());
    assert!(!second.status.success());
    assert!(words(&second).contains("runs on"), "{}", words(&second));
    drop(service);
    Service::start(folder.path(), &[]).stop();
}
