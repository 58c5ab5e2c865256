//! The state machine: steps, graduation, lapses, order of intervals, spread, queue. Tables worked out by hand from Anki's
//! rules (its manual, "Deck Options", and `rslib/src/scheduler/states`).

use jiff::SignedDuration;

use super::{after, monday_noon, next};
use crate::memory::queue::{Candidates, Tally, pick};
use crate::memory::{
    DayClock, Fuzz, LEECH_LAPSES, Learning, Memory, Moment, Next, Rating, Relearning, Retention, Reviewing,
    Scheduler, Step, Steps, Strength, Wait, is_leech,
};

fn seconds(seconds: i64) -> Wait {
    Wait::Short(SignedDuration::from_secs(seconds))
}

fn waits(next: &Next) -> [Wait; 4] {
    Rating::ALL.map(|rating| next.after(rating).wait)
}

fn strength(stability: f32) -> Strength {
    Strength::new(stability, 5.0).unwrap()
}

fn learning(step: u8) -> Memory {
    let now = monday_noon();
    Memory::Learning(Learning { step: Step(step), strength: strength(2.3065), last: now, due: now })
}

fn relearning(step: u8) -> Memory {
    let now = monday_noon();
    Memory::Relearning(Relearning { step: Step(step), strength: strength(2.3065), last: now, due: now })
}

/// Known, asked when it is due.
fn known(stability: f32, interval: u32) -> Memory {
    let last = monday_noon() - SignedDuration::from_hours(24 * i64::from(interval));
    Memory::Review(Reviewing { strength: strength(stability), interval, last, due: monday_noon() })
}

#[test]
fn a_new_card_waits_a_minute_five_and_a_half_ten_or_days() {
    let next = next(&Scheduler::default(), &Memory::New, monday_noon());
    // Hard lies halfway between one minute and ten; an easy first answer has a stability of 8.2956 days.
    assert_eq!(waits(&next), [seconds(60), seconds(330), seconds(600), Wait::Days(8)]);
    assert!(matches!(next.again.memory, Memory::Learning(Learning { step: Step(0), .. })));
    assert!(matches!(next.hard.memory, Memory::Learning(Learning { step: Step(0), .. })));
    assert!(matches!(next.good.memory, Memory::Learning(Learning { step: Step(1), .. })));
    assert!(matches!(next.easy.memory, Memory::Review(Reviewing { interval: 8, .. })));
    assert_eq!(next.good.memory.due(), Some(monday_noon() + SignedDuration::from_mins(10)));
}

#[test]
fn the_steps_are_climbed_by_good_repeated_by_hard_and_begun_again_by_again() {
    let scheduler = Scheduler::default();
    let step = |memory: &Memory| match memory {
        Memory::Learning(state) => Some(state.step.0),
        Memory::Relearning(state) => Some(state.step.0),
        Memory::New | Memory::Review(_) => None,
    };
    // From each state, the wait and the step after again, hard and good; `None` has left the steps.
    let days = |outcome: &crate::memory::Outcome| matches!(outcome.wait, Wait::Days(_));
    for (from, again, hard, good) in [
        (learning(0), (60, Some(0)), (330, Some(0)), Some((600, 1))),
        (learning(1), (60, Some(0)), (600, Some(1)), None),
        (relearning(0), (600, Some(0)), (900, Some(0)), None),
        // A step that the settings no longer have.
        (learning(7), (60, Some(0)), (330, Some(0)), None),
    ] {
        let next = next(&scheduler, &from, monday_noon());
        assert_eq!((next.again.wait, step(&next.again.memory)), (seconds(again.0), again.1), "{from:?}");
        assert_eq!((next.hard.wait, step(&next.hard.memory)), (seconds(hard.0), hard.1), "{from:?}");
        match good {
            Some((wait, to)) => {
                assert_eq!((next.good.wait, step(&next.good.memory)), (seconds(wait), Some(to)), "{from:?}");
            }
            None => assert!(days(&next.good) && matches!(next.good.memory, Memory::Review(_)), "{from:?}"),
        }
        assert!(days(&next.easy) && matches!(next.easy.memory, Memory::Review(_)), "{from:?}");
    }
}

#[test]
fn a_card_learned_in_one_sitting_comes_back_after_two_days() {
    let scheduler = Scheduler::default();
    let mut now = monday_noon();
    let first = after(&scheduler, &Memory::New, Rating::Good, now);
    now += SignedDuration::from_mins(10);
    let learned = next(&scheduler, &first, now).good;
    // On the same day good keeps a stability of 2.3065 days (fsrs-reference.json, "good, same day").
    assert_eq!(learned.wait, Wait::Days(2));
    assert_eq!(learned.memory.due(), Some("2026-03-04T04:00:00Z".parse().unwrap()));
}

#[test]
fn without_steps_every_rating_waits_for_days() {
    let scheduler = Scheduler::default().with_steps(Steps::new(&[]), Steps::new(&[]));
    // Stabilities 0.212, 1.2931, 2.3065, 8.2956; a day at least.
    let fresh = next(&scheduler, &Memory::New, monday_noon());
    assert_eq!(waits(&fresh), [Wait::Days(1), Wait::Days(1), Wait::Days(2), Wait::Days(8)]);
    let forgotten = next(&scheduler, &known(10.0, 10), monday_noon()).again;
    assert!(matches!(forgotten.memory, Memory::Review(_)));
}

#[test]
fn a_single_long_step_is_hard_for_at_most_a_day_more() {
    const TWO_DAYS: &[SignedDuration] = &[SignedDuration::from_hours(48)];
    let scheduler = Scheduler::default().with_steps(Steps::new(TWO_DAYS), Steps::RELEARNING);
    let next = next(&scheduler, &Memory::New, monday_noon());
    // Half as long again would be three days, and so is one day more.
    assert_eq!(next.hard.wait, seconds(72 * 3600));
    assert!(matches!(next.good.memory, Memory::Review(_)));
}

#[test]
fn a_known_card_that_is_forgotten_is_learned_again_and_counts_as_a_lapse() {
    let known = known(10.0, 10);
    let again = next(&Scheduler::default(), &known, monday_noon()).again;
    assert_eq!(again.wait, seconds(600));
    assert!(matches!(again.memory, Memory::Relearning(Relearning { step: Step(0), .. })));
    assert!(again.memory.strength().unwrap().stability() < 10.0);
    assert!(known.lapses_on(Rating::Again));
    assert!(!known.lapses_on(Rating::Hard));
    for not_yet_known in [Memory::New, learning(0), relearning(0)] {
        assert!(!not_yet_known.lapses_on(Rating::Again), "{not_yet_known:?}");
    }
}

#[test]
fn a_leech_has_lapsed_eight_times() {
    assert_eq!(LEECH_LAPSES, 8);
    assert!(!is_leech(7));
    assert!(is_leech(8) && is_leech(9));
}

#[test]
fn hard_good_and_easy_are_always_in_order_for_a_known_card() {
    for stability in [0.01, 0.3, 1.0, 1.4, 2.5, 7.0, 30.0, 365.0, 9000.0] {
        for retention in [700, 900, 990] {
            for interval in [1, 3, 30] {
                for seed in 0..50 {
                    let scheduler = Scheduler::new(Retention::per_mille(retention));
                    let days = DayClock::default();
                    let at = Moment { now: monday_noon(), days: &days, fuzz: Fuzz::seeded(seed) };
                    let next = scheduler.next(&known(stability, interval), at);
                    let [Wait::Days(hard), Wait::Days(good), Wait::Days(easy)] =
                        [next.hard.wait, next.good.wait, next.easy.wait]
                    else {
                        panic!("a known card that is remembered waits for days");
                    };
                    let ordered = hard >= 1 && hard < good && good < easy && easy <= 36_500;
                    let capped = easy == 36_500 && hard <= good && good <= easy;
                    assert!(
                        ordered || capped,
                        "{hard} {good} {easy}: {stability} {retention} {interval} {seed}"
                    );
                }
            }
        }
    }
}

#[test]
fn good_and_easy_are_in_order_when_a_card_leaves_its_steps() {
    let weak = Memory::Learning(Learning {
        step: Step(1),
        strength: strength(0.01),
        last: monday_noon(),
        due: monday_noon(),
    });
    let next = next(&Scheduler::default(), &weak, monday_noon());
    assert_eq!([next.good.wait, next.easy.wait], [Wait::Days(1), Wait::Days(2)]);
}

#[test]
fn the_spread_is_the_same_each_time_and_stays_within_ankis_bounds() {
    let days = DayClock::default();
    let easy = |seed| {
        let at = Moment { now: monday_noon(), days: &days, fuzz: Fuzz::seeded(seed) };
        match Scheduler::default().next(&Memory::New, at).easy.wait {
            Wait::Days(days) => days,
            Wait::Short(_) => panic!("easy leaves the steps"),
        }
    };
    // 8.2956 days: 1 + 0.15 * 4.5 + 0.1 * 1.2956 = 1.80 to both sides, so from 6 to 10.
    let mut seen: Vec<u32> = (0..1000).map(easy).collect();
    assert_eq!(seen, (0..1000).map(easy).collect::<Vec<_>>());
    seen.sort_unstable();
    seen.dedup();
    assert_eq!(seen, [6, 7, 8, 9, 10]);
}

#[test]
fn short_intervals_are_not_spread() {
    let days = DayClock::default();
    for seed in 0..100 {
        let at = Moment { now: monday_noon(), days: &days, fuzz: Fuzz::seeded(seed) };
        // 2.3065 days.
        assert_eq!(Scheduler::default().next(&learning(1), at).good.wait, Wait::Days(2), "seed {seed}");
    }
}

#[test]
fn a_new_memory_knows_nothing() {
    assert_eq!(Memory::New.retrievability(monday_noon()), None);
    assert_eq!(Memory::New.due(), None);
    let fresh = learning(0).retrievability(monday_noon()).unwrap();
    assert!((fresh - 1.0).abs() < 1e-6);
    // A clock that was set back does not make a memory better than certain.
    let earlier = monday_noon() - SignedDuration::from_hours(1);
    assert!((learning(0).retrievability(earlier).unwrap() - 1.0).abs() < 1e-6);
}

#[test]
fn the_queue_shows_ripe_steps_first_and_early_ones_last() {
    let now = monday_noon();
    let (soon, before) = (now + SignedDuration::from_mins(5), now - SignedDuration::from_mins(1));
    let tally = Tally { done: 0, left: 1 };
    let candidates =
        |in_steps, review, new| Candidates { in_steps, review, new, reviews: tally, news: tally };
    let (steps, review, new) = ("steps", Some("review"), Some("new"));
    for (given, expected) in [
        (candidates(Some((before, steps)), review, new), Some("steps")),
        (candidates(Some((now, steps)), review, new), Some("steps")),
        (candidates(Some((soon, steps)), review, new), Some("review")),
        (candidates(Some((soon, steps)), None, new), Some("new")),
        (candidates(Some((soon, steps)), None, None), Some("steps")),
        (candidates(None, None, None), None),
    ] {
        let shown = format!("{given:?}");
        assert_eq!(pick(given, now), expected, "{shown}");
    }
}

#[test]
fn new_cards_are_spread_among_the_reviews() {
    // Four reviews and two new cards: a review, a new card, two reviews, a new card, a review.
    let (mut reviews, mut news) = (Tally { done: 0, left: 4 }, Tally { done: 0, left: 2 });
    let mut order = String::new();
    loop {
        let candidates = Candidates {
            in_steps: None,
            review: (reviews.left > 0).then_some('r'),
            new: (news.left > 0).then_some('n'),
            reviews,
            news,
        };
        let Some(card) = pick(candidates, monday_noon()) else { break };
        let tally = if card == 'r' { &mut reviews } else { &mut news };
        (tally.done, tally.left) = (tally.done + 1, tally.left - 1);
        order.push(card);
    }
    assert_eq!(order, "rnrrnr");
}
