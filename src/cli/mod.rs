//! The command line: one file per command, each with the options it takes.

mod backup;
mod banks;
mod check;
mod cluster;
mod config;
mod doctor;
mod files;
mod health;
mod language;
mod serve;
mod user;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Doujia 豆荚: flashcards and quizzes about Kubernetes Pods and Controllers, explained by a simulated cluster.
#[derive(Parser, Debug)]
#[command(version, args_conflicts_with_subcommands = true, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    serve: serve::Serve,
}

#[derive(Subcommand, Debug)]
enum Command {
    /// Serve the study service (what happens without a command, too)
    Serve(serve::Serve),
    /// Play a scenario on the simulated cluster
    Cluster(cluster::Cluster),
    /// Check banks and scenarios, or the built-in ones. Exit status: 0 all is well, 1 something is wrong, 2 a file cannot be read
    Check(check::Check),
    /// Copy the database to a file, while a service may run on it, and make sure that the copy is whole
    Backup(backup::Backup),
    /// Put a backup in the place of the database, which is kept beside it; no service may run on it
    Restore(backup::Restore),
    /// Look whether folder, database, content and disk are well; exit status 0 if so, 1 if not
    Doctor(doctor::Doctor),
    /// Make accounts, change roles, reset passwords
    User(user::User),
    /// Take banks in from files. Exit status: 0 all are in, 1 one has mistakes, 2 one cannot be read
    Import(banks::Import),
    /// Write a bank to a file. Exit status: 0 all of it is there, 1 there is no such bank, or the format had no place for something
    Export(banks::Export),
    /// Ask a running service whether it is well; exit status 0 if so
    Health(health::Health),
}

/// Runs what the command line says. The exit status is 0 where all went well; a command says in its help what else it
/// may be.
///
/// # Errors
/// Where a command cannot do its work.
pub fn run() -> anyhow::Result<ExitCode> {
    let cli = Cli::parse();
    match cli.command.unwrap_or(Command::Serve(cli.serve)) {
        Command::Serve(options) => serve::serve(&options).map(|()| ExitCode::SUCCESS),
        Command::Cluster(options) => cluster::cluster(&options),
        Command::Check(options) => check::check_files(&options),
        Command::Backup(options) => backup::backup(&options).map(|()| ExitCode::SUCCESS),
        Command::Restore(options) => backup::restore(&options).map(|()| ExitCode::SUCCESS),
        Command::Doctor(options) => doctor::doctor(&options),
        Command::User(options) => user::user(&options),
        Command::Import(options) => banks::import(&options),
        Command::Export(options) => banks::export(&options),
        Command::Health(options) => health::health(&options).map(|()| ExitCode::SUCCESS),
    }
}
