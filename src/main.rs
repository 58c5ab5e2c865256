//! The program. All it does is in the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    doujia::cli::run().unwrap_or_else(|error| {
        // One line, whatever it came from.
        eprintln!("doujia: {error:#}");
        ExitCode::FAILURE
    })
}
