//! `doujia backup` and `doujia restore`: the database into a file, and back.

use std::io::Write;
use std::path::PathBuf;

use clap::Args;
use jiff::Timestamp;

use super::config::Database;
use super::language::Language;
use crate::locale::locale;
use crate::store::DatabaseFile;

/// Where to keep a backup.
#[derive(Args, Clone, Debug)]
pub(super) struct Backup {
    /// The file to make; one that is there already is left alone
    #[arg(value_name = "FILE")]
    file: PathBuf,
    #[command(flatten)]
    database: Database,
    #[command(flatten)]
    language: Language,
}

/// Which backup to take back.
#[derive(Args, Clone, Debug)]
pub(super) struct Restore {
    /// The backup
    #[arg(value_name = "FILE")]
    file: PathBuf,
    #[command(flatten)]
    database: Database,
    #[command(flatten)]
    language: Language,
}

/// Copies the database, while a service may run on it, and opens the copy to see that it is whole.
///
/// # Errors
/// Where the copy cannot be made or is not whole; then there is none.
#[tokio::main(flavor = "current_thread")]
pub(super) async fn backup(options: &Backup) -> anyhow::Result<()> {
    let file = DatabaseFile::of(&options.database.url()?)?;
    let examined = file.back_up(&options.file).await?;
    let args = [
        ("file", options.file.display().to_string().into()),
        ("learners", examined.learners.into()),
        ("answers", examined.answers.into()),
    ];
    writeln!(std::io::stdout(), "{}", locale(options.language.lang()).say_with("backup-done", &args))?;
    Ok(())
}

/// Puts a backup in the place of the database. No service may run on it.
///
/// # Errors
/// Where the backup is no good or a service runs; then everything is as it was.
#[tokio::main(flavor = "current_thread")]
pub(super) async fn restore(options: &Restore) -> anyhow::Result<()> {
    let file = DatabaseFile::of(&options.database.url()?)?;
    let lock = file.lock()?;
    let kept = file.restore(&options.file, &lock, Timestamp::now()).await?;
    let locale = locale(options.language.lang());
    let mut stdout = std::io::stdout();
    let path = |path: &std::path::Path| path.display().to_string();
    let args = [("file", path(&options.file).into()), ("database", path(file.path()).into())];
    writeln!(stdout, "{}", locale.say_with("restore-done", &args))?;
    if let Some(kept) = kept {
        writeln!(stdout, "{}", locale.say_with("restore-kept", &[("file", path(&kept).into())]))?;
    }
    Ok(())
}
