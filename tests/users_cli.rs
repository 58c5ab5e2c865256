//! `doujia user` as an operator uses it: on a data folder, beside the service or without it.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::path::Path;
use std::process::{Command, Stdio};

/// What a command printed, and whether it went well.
struct Said {
    out: String,
    err: String,
    fine: bool,
}

fn doujia(data: &Path, args: &[&str]) -> Said {
    let output = Command::new(env!("CARGO_BIN_EXE_doujia"))
        .args(args)
        .args(["--lang", "en"])
        .env("DOUJIA_DATA", data)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    Said {
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
        fine: output.status.success(),
    }
}

#[test]
fn accounts_are_made_listed_and_given_roles() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path();
    let secret = data.join("secret");
    std::fs::write(&secret, "correct horse battery\n").unwrap();
    let secret = secret.to_str().unwrap();

    let added = doujia(data, &["user", "add", "Ada", "--role", "admin", "--password-file", secret]);
    assert!(added.fine && added.out.contains("Ada") && !added.out.contains("horse"), "{}", added.err);
    let added = doujia(data, &["user", "add", "王小明", "--generate-password"]);
    let password = added.out.lines().last().unwrap().strip_prefix("Password: ").unwrap();
    assert!(added.fine && password.len() == 20, "{}", added.out);

    let listed = doujia(data, &["user", "list"]);
    let people: Vec<Vec<&str>> = listed.out.lines().map(|line| line.split('\t').collect()).collect();
    assert_eq!(
        people.iter().map(|person| person[..2].to_vec()).collect::<Vec<_>>(),
        [["Ada", "admin"], ["王小明", "learner"]]
    );
    assert_eq!((people[0][2].len(), people[0][3]), ("2026-03-02".len(), "-"));

    assert!(doujia(data, &["user", "role", "王小明", "teacher"]).fine);
    assert!(doujia(data, &["user", "list"]).out.contains("王小明\tteacher"));
}

#[test]
fn what_cannot_be_done_is_said_and_fails() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path();
    assert!(doujia(data, &["user", "add", "ada", "--role", "admin", "--generate-password"]).fine);
    let short = data.join("short");
    std::fs::write(&short, "1234567\n").unwrap();
    let short = short.to_str().unwrap();
    let cases: [(&[&str], &str); 9] = [
        (&["user", "add", "ADA", "--generate-password"], "the name ADA is taken"),
        (&["user", "add", "<ada>", "--generate-password"], "a name has"),
        (&["user", "add", "grace"], "--password-file"),
        (&["user", "add", "grace", "--password-file", short], "at least 8"),
        (&["user", "add", "grace", "--password-file", "/nowhere/at/all"], "/nowhere/at/all"),
        (&["user", "add", "grace", "--role", "emperor", "--generate-password"], "learner, teacher or admin"),
        (&["user", "role", "grace", "admin"], "nobody has the name grace"),
        (&["user", "reset", "grace"], "nobody has the name grace"),
        (&["user", "role", "ada", "learner"], "make someone else an administrator first"),
    ];
    for (args, reason) in cases {
        let said = doujia(data, args);
        assert!(
            !said.fine && said.out.is_empty() && said.err.contains(reason),
            "{args:?}: {}{}",
            said.out,
            said.err
        );
    }
    assert_eq!(doujia(data, &["user", "list"]).out.lines().count(), 1);
}

#[test]
fn a_slip_in_the_folder_s_name_makes_no_database() {
    let folder = tempfile::tempdir().unwrap();
    let slip = folder.path().join("dta");
    for args in [
        &["user", "list"][..],
        &["user", "role", "ada", "admin"],
        &["user", "reset", "ada"],
        &["export", "week-3", "--format", "yaml"],
    ] {
        let said = doujia(&slip, args);
        assert!(!said.fine && said.err.contains("dta"), "{args:?}: {}", said.err);
    }
    assert!(!slip.exists());
}

#[test]
fn whoever_has_read_enough_of_a_list_is_no_error() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path();
    for name in ["ada", "grace", "lin"] {
        assert!(doujia(data, &["user", "add", name, "--generate-password"]).fine);
    }
    let mut command = Command::new(env!("CARGO_BIN_EXE_doujia"));
    let mut child = command
        .args(["user", "list", "--data"])
        .arg(data)
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(output.stderr.is_empty());
}

#[test]
fn a_reset_link_leads_to_where_browsers_find_the_service() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path();
    assert!(doujia(data, &["user", "add", "ada", "--generate-password"]).fine);
    let said = doujia(data, &["user", "reset", "Ada", "--base-url", "https://example.org/doujia"]);
    let link = said.out.lines().last().unwrap();
    let token = link.strip_prefix("https://example.org/doujia/reset/").unwrap();
    assert!(said.fine && token.len() == 64, "{link}");
    let file = std::fs::read(data.join("doujia.db")).unwrap();
    assert!(!file.windows(64).any(|window| window == token.as_bytes()), "the database has only its hash");
}
