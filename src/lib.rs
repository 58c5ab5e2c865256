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

/// For SQLite, too: what a page takes is in good part many small pieces of memory for a moment.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Gives back to the system what is free, after work that took much and does not come again soon.
#[expect(unsafe_code, reason = "the allocator has no safe way to say it")]
fn give_memory_back() {
    // SAFETY: it has no conditions; it only looks for pages that nothing lives in.
    unsafe { libmimalloc_sys::mi_collect(true) }
}
