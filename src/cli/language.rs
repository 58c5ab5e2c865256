//! In which language a command speaks.

use clap::Args;

use crate::text::Lang;

/// `--lang`, for every command that tells something.
#[derive(Args, Clone, Copy, Debug)]
pub(super) struct Language {
    /// The language: zh or en; that of the terminal if not said
    #[arg(long, value_parser = read_lang)]
    lang: Option<Lang>,
}

impl Language {
    /// The language that was asked for, or that of the terminal.
    pub(super) fn lang(self) -> Lang {
        self.lang.unwrap_or_else(terminal_lang)
    }
}

fn read_lang(code: &str) -> Result<Lang, String> {
    Lang::from_code(code).ok_or_else(|| "zh or en".to_owned())
}

fn terminal_lang() -> Lang {
    let mut named = ["LC_ALL", "LC_MESSAGES", "LANG"].into_iter().filter_map(|name| std::env::var(name).ok());
    match named.find(|value| !value.is_empty()) {
        Some(value) if value.starts_with("zh") => Lang::Zh,
        _ => Lang::En,
    }
}
