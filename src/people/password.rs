//! Passwords: what may be one (NIST SP 800-63B: long enough, not among those that everyone tries first, nothing else),
//! and how one is kept (Argon2id with OWASP's parameters).
//!
//! Hashing and verifying take tens of milliseconds and 19 MiB each, on purpose: callers keep them off the threads that
//! answer requests, and do only a few at once.

use std::fmt;
use std::sync::OnceLock;

use argon2::password_hash::phc;
use argon2::{Algorithm, Argon2, Params, PasswordHasher, PasswordVerifier, Version};
use unicode_normalization::UnicodeNormalization;

use super::Name;

/// What people try first, one a line, lower case.
const COMMON: &str = include_str!("common-passwords.txt");

/// OWASP's password storage cheat sheet: 19 MiB, two passes, one lane.
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
const LANES: u32 = 1;

/// A password that someone typed, in one spelling (NFKC) whatever the keyboard. It is never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Password(String);

/// Why something cannot be a new password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PasswordError {
    /// Short ones are guessed.
    #[error("a password has at least 8 characters")]
    Short,
    /// Nobody types so much, and hashing it is work.
    #[error("a password has at most 128 characters")]
    Long,
    /// It is among the first that others would try, or the name itself.
    #[error("this password is one of the first that others would try")]
    Common,
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(…)")
    }
}

impl Password {
    /// The fewest characters of a new one.
    pub const LEAST: usize = 8;
    /// The most characters.
    pub const MOST: usize = 128;

    /// What was typed where a password is asked for that exists already. One that is too long is cut: it is wrong anyway.
    pub fn typed(text: &str) -> Password {
        Password(text.chars().take(2 * Password::MOST).nfkc().collect())
    }

    /// A new password for an account of this name; where there is none yet, it is judged by itself.
    pub fn new(text: &str, name: Option<&Name>) -> Result<Password, PasswordError> {
        let length = text.nfkc().take(Password::MOST + 1).count();
        if length < Password::LEAST {
            return Err(PasswordError::Short);
        }
        if length > Password::MOST {
            return Err(PasswordError::Long);
        }
        let password = Password(text.nfkc().collect());
        let lower = password.0.to_lowercase();
        let is_one_character = lower.chars().all(|c| lower.starts_with(c));
        let is_the_name = name.is_some_and(|name| lower == name.folded());
        if is_one_character || is_the_name || COMMON.lines().any(|common| common == lower) {
            return Err(PasswordError::Common);
        }
        Ok(password)
    }

    /// What is kept of it, with a salt of its own.
    ///
    /// # Errors
    /// Where the system gives no random numbers.
    pub fn hash(&self) -> Result<PasswordHash, argon2::password_hash::Error> {
        argon2().hash_password(self.0.as_bytes()).map(|hash| PasswordHash(hash.to_string()))
    }

    /// Whether it is the password of this hash. Without one it is never, and takes as long.
    pub fn is_of(&self, hash: Option<&PasswordHash>) -> bool {
        let right = |hash: &PasswordHash| {
            phc::PasswordHash::new(&hash.0)
                .is_ok_and(|parsed| argon2().verify_password(self.0.as_bytes(), &parsed).is_ok())
        };
        match hash {
            Some(hash) => right(hash),
            None => {
                // Whatever came of it.
                let _ = nobodys().is_some_and(right);
                false
            }
        }
    }
}

/// An Argon2id hash in PHC's spelling, which says its parameters. It is never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct PasswordHash(pub(crate) String);

impl fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PasswordHash(…)")
    }
}

fn argon2() -> Argon2<'static> {
    let params =
        Params::new(MEMORY_KIB, PASSES, LANES, None).expect("the parameters are within Argon2's bounds");
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

/// What the password of an unknown name is compared with. `None` only where the system gives no random numbers, and then
/// nobody gets a session anyway.
fn nobodys() -> Option<&'static PasswordHash> {
    static HASH: OnceLock<Option<PasswordHash>> = OnceLock::new();
    HASH.get_or_init(|| Password("nobody's".to_owned()).hash().ok()).as_ref()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name() -> Name {
        Name::parse("Ada Lovelace").unwrap()
    }

    #[test]
    fn a_password_is_kept_as_argon2id_with_a_salt_of_its_own() {
        let password = Password::new("correct horse battery", Some(&name())).unwrap();
        let (one, other) = (password.hash().unwrap(), password.hash().unwrap());
        assert!(one.0.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{}", one.0);
        assert_ne!(one.0, other.0);
        assert!(password.is_of(Some(&one)) && password.is_of(Some(&other)));
        assert!(!Password::typed("correct horse batterx").is_of(Some(&one)));
        assert!(!Password::typed("nobody's").is_of(None));
        assert!(!password.is_of(Some(&PasswordHash("no hash".to_owned()))));
    }

    #[test]
    fn the_keyboard_does_not_matter() {
        let hash = Password::new("pässwörter２", Some(&name())).unwrap().hash().unwrap();
        assert!(Password::typed("pa\u{308}sswo\u{308}rter2").is_of(Some(&hash)));
    }

    #[test]
    fn what_is_short_long_or_tried_first_is_refused_and_nothing_else() {
        let new = |text: &str| Password::new(text, Some(&name())).map(drop);
        assert_eq!(new("1234567"), Err(PasswordError::Short));
        assert_eq!(new("八个字的密码吗"), Err(PasswordError::Short));
        assert_eq!(new(&"ab".repeat(65)), Err(PasswordError::Long));
        for common in ["password", "12345678", "PassWord1", "ada lovelace", "zzzzzzzzzz", "kubernetes"] {
            assert_eq!(new(common), Err(PasswordError::Common), "{common}");
        }
        for right in ["nothing but letters", "八个字的密码也可以", "73829104", &"ab".repeat(64)] {
            assert_eq!(new(right), Ok(()), "{right}");
        }
    }

    #[test]
    fn neither_a_password_nor_its_hash_is_printed() {
        let password = Password::typed("secret words");
        assert_eq!(format!("{password:?} {:?}", password.hash().unwrap()), "Password(…) PasswordHash(…)");
    }
}
