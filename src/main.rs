//! The program. All it does is in the library.

use std::io::ErrorKind;
use std::process::ExitCode;

fn main() -> ExitCode {
    doujia::cli::run().unwrap_or_else(|error| {
        // Whoever read along has read enough, as `head` does.
        if error.downcast_ref::<std::io::Error>().is_some_and(|error| error.kind() == ErrorKind::BrokenPipe) {
            return ExitCode::SUCCESS;
        }
        // One line, whatever it came from.
        eprintln!("doujia: {error:#}");
        ExitCode::FAILURE
    })
}
