//! Options: a wrong value stops the start with one line, and the README knows them all.

use std::collections::BTreeSet;

use regex::Regex;

use crate::service::{doujia, run, words};

#[test]
fn a_wrong_value_stops_the_start_with_one_line_that_says_what_is_wrong() {
    let cases = [
        ("--listen", "nowhere", "cannot listen on nowhere"),
        ("--base-url", "example.org", "it must begin with http:// or https://"),
        ("--trusted-proxies", "10.0.0.0/8,proxy", "\"proxy\" is neither an address"),
        ("--log", "a=b=c", "invalid"),
        ("--log-format", "xml", "[possible values: text, json]"),
        ("--metrics", "nowhere", "cannot listen on nowhere"),
        ("--database-url", "postgres://x/y", "only sqlite:FILE is supported"),
        ("--database-url-file", "/nowhere/url", "cannot read the database's URL from /nowhere/url"),
    ];
    let folder = tempfile::tempdir().unwrap();
    for (option, value, told) in cases {
        let mut arguments = vec![option, value];
        if option != "--listen" {
            arguments.extend(["--listen", "127.0.0.1:0"]);
        }
        let output = run(&arguments, folder.path());
        let said = words(&output);
        assert!(!output.status.success(), "{option}");
        // Clap adds where to find help.
        let lines: Vec<&str> =
            said.lines().filter(|line| !line.is_empty() && !line.contains("--help")).collect();
        let wrong: Vec<&&str> = lines.iter().filter(|line| line.contains(told)).collect();
        assert_eq!(wrong.len(), 1, "{option}: {said}");
        assert!(lines.len() <= 2, "{option}: {said}");
    }
}

#[test]
fn an_option_is_a_variable_too_and_the_flag_wins() {
    let said = |value: &str, arguments: &[&str]| {
        let output = doujia().env("DOUJIA_BASE_URL", value).args(arguments).output().unwrap();
        words(&output)
    };
    assert!(said("ftp://x", &[]).contains("http:// or https://"));
    assert!(said("ftp://x", &["--base-url", "http://x", "--listen", "nowhere"]).contains("cannot listen on"));
}

#[test]
fn a_secret_can_come_from_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("url");
    std::fs::write(&file, "postgres://secret@host/db\n").unwrap();
    let output = doujia().env("DATABASE_URL_FILE", &file).args(["--listen", "127.0.0.1:0"]).output().unwrap();
    assert!(words(&output).contains("only sqlite:FILE is supported"));
}

#[test]
fn the_readme_has_every_option_of_the_service_in_its_table() {
    let help = words(&doujia().args(["serve", "--help"]).output().unwrap());
    let option = Regex::new(r"(?m)^ +(?:-\w, )?(--[a-z-]+)").unwrap();
    let variable = Regex::new(r"\[env:\s+([A-Z_]+)").unwrap();
    let mut names: BTreeSet<String> = option.captures_iter(&help).map(|found| found[1].to_owned()).collect();
    names.remove("--help");
    names.remove("--version");
    let variables: BTreeSet<String> =
        variable.captures_iter(&help).map(|found| found[1].to_owned()).collect();
    assert_eq!(names.len(), variables.len(), "an option without a variable: {names:?} {variables:?}");
    assert!(names.len() >= 9, "{help}");
    let row = Regex::new(r"(?m)^\| `(--[a-z-]+)` \| `([A-Z_]+)` \|").unwrap();
    for readme in [include_str!("../../README.md"), include_str!("../../README.zh-CN.md")] {
        let rows: Vec<_> = row.captures_iter(readme).collect();
        assert_eq!(rows.iter().map(|row| row[1].to_owned()).collect::<BTreeSet<_>>(), names);
        assert_eq!(rows.iter().map(|row| row[2].to_owned()).collect::<BTreeSet<_>>(), variables);
    }
}
