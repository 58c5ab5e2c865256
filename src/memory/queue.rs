//! Which card comes next in a sitting, once the store has found the candidates.
//!
//! The order of Anki: a card on its steps whose minutes are over, then reviews and new cards mixed in proportion, then,
//! when nothing else is left, a card on its steps a little before its time.

use jiff::{SignedDuration, Timestamp};

/// How long before its time a card on its steps may be shown when nothing else is left: Anki's "learn ahead limit".
pub const LEARN_AHEAD: SignedDuration = SignedDuration::from_mins(20);

/// The first card of each kind that may be shown, and how the day stands. `T` is whatever the caller knows a card by.
#[derive(Clone, Debug)]
pub struct Candidates<T> {
    /// The card on its steps that is due first, if it is due by now or within [`LEARN_AHEAD`].
    pub in_steps: Option<(Timestamp, T)>,
    /// The review that is due first.
    pub review: Option<T>,
    /// The first new card.
    pub new: Option<T>,
    /// How the day stands for reviews.
    pub reviews: Tally,
    /// How the day stands for new cards.
    pub news: Tally,
}

/// How many of one kind were done today, and how many are left for today.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Done today.
    pub done: u32,
    /// Left today, within the limit.
    pub left: u32,
}

/// Picks the next card; `None` when the day's work is done. The same candidates give the same card, so that reloading
/// a page shows the question that was there.
pub fn pick<T>(candidates: Candidates<T>, now: Timestamp) -> Option<T> {
    let Candidates { in_steps, review, new, reviews, news } = candidates;
    let (ripe, early) = match in_steps {
        Some((due, card)) if due <= now => (Some(card), None),
        Some((_, card)) => (None, Some(card)),
        None => (None, None),
    };
    let fresh = match (review, new) {
        (Some(review), Some(new)) => Some(if new_comes_first(reviews, news) { new } else { review }),
        (review, new) => review.or(new),
    };
    ripe.or(fresh).or(early)
}

/// Whether the new cards lag behind the reviews, each measured against its own day's work.
fn new_comes_first(reviews: Tally, news: Tally) -> bool {
    let share = |of: Tally, whole: Tally| u64::from(of.done) * u64::from(whole.done + whole.left);
    share(news, reviews) < share(reviews, news)
}
