//! What a person signs in with: a name and a password, checked once at the door.
//!
//! Pure: no database, no request. What is stored and compared is made here, so that the command line and the pages have
//! one idea of both.

mod name;
mod password;

pub use name::{Name, NameError};
pub use password::{Password, PasswordError, PasswordHash};
