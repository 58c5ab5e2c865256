//! CPU and memory should be used up alike. Source: `plugins/noderesources/balanced_allocation.go`.

use super::{MAX_SCORE, NodeInfo, PodInfo};

/// How much better balanced a Node would be with this Pod than without it, around 50. `None` for a Pod that asks for
/// neither. (Until 1.35 the balance with the Pod alone was the score.)
pub(super) fn scores(pod: &PodInfo, feasible: &[&NodeInfo]) -> Option<Vec<i64>> {
    let request = &pod.demands.request;
    if request.cpu == 0 && request.memory == 0 {
        return None;
    }
    let score = |node: &&NodeInfo| {
        let all = (node.allocatable.cpu, node.allocatable.memory);
        let without = (node.requested.cpu, node.requested.memory);
        let with = (without.0 + request.cpu, without.1 + request.memory);
        improvement(balance(with, all), balance(without, all))
    };
    Some(feasible.iter().map(score).collect())
}

fn improvement(with: i64, without: i64) -> i64 {
    MAX_SCORE / 2 + (MAX_SCORE / 2 + with - without) / 2
}

/// 100 less the standard deviation of the used fractions, in per cent; of two, that is half their difference.
fn balance(taken: (i64, i64), all: (i64, i64)) -> i64 {
    if all.0 == 0 || all.1 == 0 {
        return MAX_SCORE;
    }
    let fraction = |taken: i64, all: i64| (taken as f64 / all as f64).min(1.0);
    let deviation = ((fraction(taken.0, all.0) - fraction(taken.1, all.1)) / 2.0).abs();
    ((1.0 - deviation) * MAX_SCORE as f64) as i64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_balance_is_a_hundred_less_half_the_difference_of_the_used_parts() {
        assert_eq!(balance((0, 0), (4000, 8)), 100);
        assert_eq!(balance((2000, 2), (4000, 8)), 87); // 50 % and 25 %: 100 − 12.5
        assert_eq!(balance((4000, 0), (4000, 8)), 50);
        assert_eq!(balance((9000, 0), (4000, 8)), 50, "a fraction is at most 1");
    }

    #[test]
    fn a_pod_that_mends_the_balance_scores_above_75() {
        assert_eq!(improvement(100, 100), 75);
        assert_eq!(improvement(100, 87), 81); // 50 + 63 / 2
        assert_eq!(improvement(87, 100), 68); // 50 + 37 / 2
    }
}
