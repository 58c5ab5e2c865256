//! The emptier a Node, the better. Source: `plugins/noderesources/least_allocated.go`.

use super::{MAX_SCORE, NodeInfo, PodInfo};

/// The mean of what would be free of CPU and memory, in per cent, with this Pod there.
pub(super) fn scores(pod: &PodInfo, feasible: &[&NodeInfo]) -> Vec<i64> {
    let (cpu, memory) = pod.demands.scored;
    let score = |node: &&NodeInfo| {
        mean_free([
            (node.scored.0 + cpu, node.allocatable.cpu),
            (node.scored.1 + memory, node.allocatable.memory),
        ])
    };
    feasible.iter().map(score).collect()
}

/// The mean over the resources that there are at all of ⌊free · 100 / all⌋, itself cut to a whole number.
fn mean_free(taken_of: [(i64, i64); 2]) -> i64 {
    let there = taken_of.iter().filter(|(_, all)| *all > 0);
    let free =
        there.clone().map(|(taken, all)| if taken > all { 0 } else { (all - taken) * MAX_SCORE / all });
    match i64::try_from(there.count()).unwrap_or(i64::MAX) {
        0 => 0,
        count => free.sum::<i64>() / count,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn free_parts_are_cut_to_whole_numbers_before_and_after_the_mean() {
        // 4 CPU, 8 GiB, one Pod of 100m and 200 MiB: 97 (97.5) and 97 (97.56) → 97.
        assert_eq!(mean_free([(100, 4000), (200 << 20, 8 << 30)]), 97);
        // 1 of 4 CPU and 1 of 8 GiB: 75 and 87 (87.5) → 81.
        assert_eq!(mean_free([(1000, 4000), (1 << 30, 8 << 30)]), 81);
        assert_eq!(mean_free([(5000, 4000), (0, 8)]), 50, "over capacity counts as nothing free");
        assert_eq!(mean_free([(0, 0), (0, 0)]), 0);
    }
}
