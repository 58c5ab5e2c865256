//! Doujia 豆荚: flashcards and quizzes about Kubernetes Pods and Controllers, with explanations that cannot lie.
//!
//! The house has floors; a module uses only what is below it. `ARCHITECTURE.md` is the map.

pub mod bank;
pub mod cli;
pub mod cluster;
pub mod content;
pub mod export;
pub mod intake;
pub mod locale;
pub mod memory;
pub mod people;
pub mod player;
pub mod problem;
pub mod store;
pub mod text;
pub mod web;
pub mod yaml;
