//! Opening, migrating, refusing, copying.

use std::borrow::Cow;
use std::path::Path;

use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::{AssertSqlSafe, Connection, SqlSafeStr};

use super::{Fixture, monday, questions};
use crate::memory::Rating;
use crate::store::open::MIGRATIONS;
use crate::store::{Error, Store, file_url};

fn migrations_and(version: i64, sql: &str) -> Migrator {
    let sql = AssertSqlSafe(sql.to_owned()).into_sql_str();
    let next = Migration::new(version, Cow::Borrowed("next"), MigrationType::Simple, sql, false);
    Migrator::with_migrations(MIGRATIONS.iter().cloned().chain([next]).collect())
}

fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[tokio::test]
async fn the_file_and_its_folder_are_made_whatever_they_are_called() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["plain.db", "豆荚 1.db", "50%#?.db", "sub/folder/x.db"] {
        let path = folder.path().join(name);
        let store = Store::open(&file_url(&path)).await.unwrap();
        store.set_content_digest("d").await.unwrap();
        store.close().await;
        assert!(path.is_file(), "{name}");
        let again = Store::open(&file_url(&path)).await.unwrap();
        assert_eq!(again.content_digest().await.unwrap().as_deref(), Some("d"), "{name}");
    }
}

#[tokio::test]
async fn a_url_that_is_no_file_is_refused_with_the_reason() {
    for url in [
        "postgres://localhost/x",
        "sqlite::memory:",
        "sqlite:x?mode=memory",
        "sqlite:",
        "x.db",
        "sqlite:a%zz",
    ] {
        assert!(matches!(Store::open(url).await, Err(Error::Url { .. })), "{url}");
    }
}

#[tokio::test]
async fn another_program_s_database_is_left_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("other.db");
    let url = format!("{}?mode=rwc", file_url(&path));
    sqlx::any::install_default_drivers();
    let mut other = sqlx::AnyConnection::connect(&url).await.unwrap();
    sqlx::query("create table songs (title text)").execute(&mut other).await.unwrap();
    other.close().await.unwrap();
    let before = std::fs::read(&path).unwrap();
    assert!(matches!(Store::open(&file_url(&path)).await, Err(Error::Foreign(_))));
    assert!(std::fs::read(&path).unwrap() == before);
    assert_eq!(names(folder.path()), ["other.db"]);
}

#[tokio::test]
async fn every_connection_is_durable_and_checks_foreign_keys() {
    let fixture = Fixture::with(questions(1)).await;
    let mut writer = fixture.store.writer().await.unwrap();
    let mut readers = Vec::new();
    for _ in 0..4 {
        readers.push(fixture.store.reader().await.unwrap());
    }
    let connections = std::iter::once(writer.connection().await.unwrap())
        .chain(readers.iter_mut().map(|reader| &mut **reader));
    for connection in connections {
        let mut pragma = async |sql: &'static str| -> i64 {
            sqlx::query_scalar(sql).fetch_one(&mut *connection).await.unwrap()
        };
        assert_eq!(pragma("pragma synchronous").await, 2);
        assert_eq!(pragma("pragma foreign_keys").await, 1);
        assert_eq!(pragma("pragma busy_timeout").await, 10_000);
        let mode: String =
            sqlx::query_scalar("pragma journal_mode").fetch_one(&mut *connection).await.unwrap();
        assert_eq!(mode, "wal");
    }
}

/// The version of the schema that this program makes.
fn newest() -> i64 {
    MIGRATIONS.iter().map(|migration| migration.version).max().unwrap()
}

#[tokio::test]
async fn a_migration_of_a_database_in_use_is_preceded_by_a_copy() {
    let fixture = Fixture::with(questions(1)).await;
    let learner = fixture.guest(1).await;
    fixture.answer(&learner, "q0", Rating::Good, monday()).await;
    fixture.store.close().await;
    assert_eq!(names(fixture.folder.path()), ["doujia.db"]);

    let file = fixture.folder.path().join("doujia.db");
    let newer = migrations_and(9999, "create table later (id integer primary key)");
    let store = Store::open_with(&file_url(&file), &newer).await.unwrap();
    assert!(store.undo(learner.id, None, monday()).await.unwrap().is_some());
    store.close().await;
    assert_eq!(names(fixture.folder.path()), ["doujia.db", &format!("doujia.db.schema-{}", newest())]);

    // The copy is the database as it was: this program still opens it, and the answer is not undone there.
    let copy = Store::open(&file_url(&fixture.folder.path().join(format!("doujia.db.schema-{}", newest()))))
        .await
        .unwrap();
    assert!(copy.undo(learner.id, None, monday()).await.unwrap().is_some());
}

#[tokio::test]
async fn a_fresh_database_and_one_that_is_up_to_date_are_not_copied() {
    let fixture = Fixture::with(questions(1)).await;
    fixture.store.close().await;
    let again = Store::open(&file_url(&fixture.folder.path().join("doujia.db"))).await.unwrap();
    again.close().await;
    assert_eq!(names(fixture.folder.path()), ["doujia.db"]);
}

#[tokio::test]
async fn a_database_newer_than_the_program_is_refused_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let url = file_url(&folder.path().join("doujia.db"));
    let newer = migrations_and(9999, "create table later (id integer primary key)");
    Store::open_with(&url, &newer).await.unwrap().close().await;
    match Store::open(&url).await {
        Err(error @ Error::Newer { found: 9999, known }) => {
            assert_eq!(known, newest());
            assert!(error.to_string().contains("run a newer Doujia"));
        }
        other => panic!("{other:?}"),
    }
    assert!(Store::open_with(&url, &newer).await.is_ok());
}

#[tokio::test]
async fn a_migration_that_fails_changes_nothing() {
    let fixture = Fixture::with(questions(1)).await;
    fixture.store.close().await;
    let url = file_url(&fixture.folder.path().join("doujia.db"));
    let broken = migrations_and(9999, "create table later (id integer primary key); select * from nowhere");
    assert!(matches!(Store::open_with(&url, &broken).await, Err(Error::Migrate(_))));
    let store = Store::open(&url).await.unwrap();
    assert!(store.bank("pods").await.unwrap().is_some());
}

#[tokio::test]
async fn a_copy_is_whole_and_never_overwrites() {
    let fixture = Fixture::with(questions(3)).await;
    let path = fixture.folder.path().join("it's a copy.db");
    fixture.store.copy_to(&path).await.unwrap();
    assert!(matches!(fixture.store.copy_to(&path).await, Err(Error::Copy { .. })));
    let copy = Store::open(&file_url(&path)).await.unwrap();
    let bank = copy.bank("pods").await.unwrap().unwrap();
    assert_eq!(copy.questions(bank.id).await.unwrap().len(), 3);
}
