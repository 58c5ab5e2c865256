//! A little spread over the days, so that cards learned together do not come back together for ever.
//!
//! The spread is Anki's (`rslib/src/scheduler/states/fuzz.rs`). It is seeded by the card and its turn: the interval on
//! the button is the interval one gets, however often the page is loaded.

/// Where in the spread an interval falls.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Fuzz(Option<f32>);

/// From day, to day, and the share of the days between them that the spread grows by.
const SPREAD: [(f32, f32, f32); 3] = [(2.5, 7.0, 0.15), (7.0, 20.0, 0.1), (20.0, f32::MAX, 0.05)];

impl Fuzz {
    /// No spread: every interval is the exact one, rounded to a day.
    pub const NONE: Fuzz = Fuzz(None);

    /// The same seed gives the same spread, on every machine.
    pub fn seeded(seed: u64) -> Fuzz {
        // SplitMix64's finalizer: neighboring seeds (the cards of a bank) must fall far apart.
        let mut bits = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^= bits >> 31;
        // The top 24 bits are what an f32 holds exactly: 0 up to, not including, 1.
        Fuzz(Some((bits >> 40) as f32 / (1u32 << 24) as f32))
    }

    /// Whole days for an interval, spread, and within `least` and `most`; `most` wins where they cross.
    pub(super) fn days(self, interval: f32, least: u32, most: u32) -> u32 {
        let least = least.clamp(1, most);
        let within = |days: f32| (days.round().max(1.0) as u32).clamp(least, most);
        let Some(factor) = self.0 else { return within(interval) };
        let (low, high) = bounds(interval.clamp(least as f32, most as f32));
        let (low, high) = (low.clamp(least, most), high.clamp(least, most));
        // A fuzzed card that may wait one of several days must not always wait the first.
        let high = if high == low && high > 2 && high < most { low + 1 } else { high };
        low + (factor * (high - low + 1) as f32) as u32
    }
}

/// The first and the last day of the spread around an interval.
fn bounds(interval: f32) -> (u32, u32) {
    let delta = if interval < SPREAD[0].0 {
        0.0
    } else {
        SPREAD
            .iter()
            .fold(1.0, |delta, (from, to, share)| delta + share * (interval.min(*to) - from).max(0.0))
    };
    ((interval - delta).round().max(1.0) as u32, (interval + delta).round().max(1.0) as u32)
}
