//! A leech is a card that is forgotten again and again; repeating it more does not help, reading about it might.

/// The number of lapses from which a card is a leech: Anki's default.
pub const LEECH_LAPSES: u32 = 8;

/// Whether a card that lapsed so often is a leech.
pub const fn is_leech(lapses: u32) -> bool {
    lapses >= LEECH_LAPSES
}
