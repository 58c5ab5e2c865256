//! Upgrades: a database of every earlier schema, with rows in all of its tables, becomes one of today's and keeps them.
//!
//! `samples/<version>.sql` fills the tables that the migration of that version brought. A migration that makes a table
//! without a sample fails here.

use std::collections::BTreeMap;
use std::path::Path;

use sqlx::any::install_default_drivers;
use sqlx::migrate::Migrator;
use sqlx::{AnyConnection, AssertSqlSafe, Connection, Executor};

use super::monday;
use crate::store::open::MIGRATIONS;
use crate::store::{DatabaseFile, Store, TokenHash, file_url};

async fn count(connection: &mut AnyConnection, table: &str) -> i64 {
    let sql = format!("select count(*) from {table}");
    sqlx::query_scalar(AssertSqlSafe(sql)).fetch_one(connection).await.unwrap()
}

/// How many rows each table of ours has.
async fn rows(connection: &mut AnyConnection) -> BTreeMap<String, i64> {
    let sql = "select name from sqlite_master where type = 'table' and name not like '\\_%' escape '\\'
               and name not like 'sqlite%'";
    let tables: Vec<String> = sqlx::query_scalar(sql).fetch_all(&mut *connection).await.unwrap();
    let mut rows = BTreeMap::new();
    for table in tables {
        let count = count(connection, &table).await;
        rows.insert(table, count);
    }
    rows
}

/// A database as the program of that schema left it.
async fn make(file: &Path, newest: i64) -> BTreeMap<String, i64> {
    install_default_drivers();
    let mut connection = AnyConnection::connect(&format!("{}?mode=rwc", file_url(file))).await.unwrap();
    let versions: Vec<i64> = MIGRATIONS.iter().map(|migration| migration.version).collect();
    for version in versions.into_iter().filter(|version| *version <= newest) {
        let earlier = MIGRATIONS.iter().filter(|migration| migration.version <= version).cloned().collect();
        Migrator::with_migrations(earlier).run(&mut connection).await.unwrap();
        let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/store/tests/samples");
        if let Ok(sql) = std::fs::read_to_string(samples.join(format!("{version:04}.sql"))) {
            connection.execute(AssertSqlSafe(sql)).await.unwrap();
        }
    }
    let rows = rows(&mut connection).await;
    connection.close().await.unwrap();
    rows
}

#[tokio::test]
async fn a_database_of_every_earlier_schema_is_upgraded_and_keeps_its_rows() {
    for version in MIGRATIONS.iter().map(|migration| migration.version) {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("doujia.db");
        let before = make(&file, version).await;
        let empty: Vec<_> = before.iter().filter(|(_, count)| **count == 0).collect();
        assert!(empty.is_empty(), "no sample rows for {empty:?}: add them to samples/{version:04}.sql");

        let store = Store::open(&file_url(&file)).await.unwrap();
        let token = TokenHash(*b"0123456789abcdef0123456789abcdef");
        let session = store.session(&token, monday()).await.unwrap().unwrap();
        assert_eq!(session.learner.id.0, 1, "{version}");
        // The answer is there as it was given: it can still be undone.
        assert!(store.undo(session.learner.id, None, monday()).await.unwrap().is_some(), "{version}");
        store.close().await;

        let mut connection = AnyConnection::connect(&file_url(&file)).await.unwrap();
        let after = rows(&mut connection).await;
        connection.close().await.unwrap();
        let lost: Vec<_> =
            before.iter().filter(|(table, count)| after.get(*table).is_some_and(|now| now < count)).collect();
        assert!(lost.is_empty(), "{version}: {lost:?} became {after:?}");
        let examined = DatabaseFile::of(&file_url(&file)).unwrap().examine().await.unwrap();
        assert!(examined.is_whole() && examined.schema == examined.known, "{version}: {examined:?}");
        assert_eq!(
            folder.path().join(format!("doujia.db.schema-{version}")).exists(),
            version < examined.known
        );
    }
}
