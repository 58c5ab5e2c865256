//! How many replicas one metric asks for: pure arithmetic over what the Pods use.
//!
//! The utilization is a ratio of sums, not a mean of ratios. Pods without a usable sample are filled in so that the answer
//! is careful: on the way down as busy, on the way up as idle.
//!
//! Source: `pkg/controller/podautoscaler/replica_calculator.go`, `metrics/utilization.go`.

/// What the Pods of a workload use, all in thousandths of the resource's unit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Pods {
    /// Those that count.
    pub(super) ready: Vec<Sample>,
    /// Requests of those that are not ready to be measured.
    pub(super) unready: Vec<i64>,
    /// Requests of those that run, but have no sample.
    pub(super) missing: Vec<i64>,
}

/// One Pod's use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Sample {
    /// What it uses.
    pub(super) usage: i64,
    /// What it requests.
    pub(super) request: i64,
}

/// What a metric should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Target {
    /// Per cent of the requests.
    Utilization(i32),
    /// Thousandths per Pod.
    AverageValue(i64),
}

/// How far the ratio of use to target may be off 1 before anything is done.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Tolerance {
    /// Below 1.
    pub(super) down: f64,
    /// Above 1.
    pub(super) up: f64,
}

/// What a metric proposes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Proposal {
    /// So many replicas.
    pub(super) replicas: i32,
    /// Per cent of the requests in use, where the target asks for that.
    pub(super) utilization: Option<i32>,
    /// Use per Pod.
    pub(super) average: i64,
}

/// Nothing can be said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Unmeasured {
    /// No ready Pod has a sample.
    #[error("did not receive metrics for targeted pods (pods might be unready)")]
    NoSamples,
    /// They request nothing.
    #[error("no metrics returned matched known pods")]
    NoRequests,
}

impl Tolerance {
    fn covers(self, ratio: f64) -> bool {
        1.0 - self.down <= ratio && ratio <= 1.0 + self.up
    }
}

/// What one metric asks for, given that there are `current` replicas.
pub(super) fn propose(
    pods: &Pods,
    target: Target,
    current: i32,
    tolerance: Tolerance,
) -> Result<Proposal, Unmeasured> {
    if pods.ready.is_empty() {
        return Err(Unmeasured::NoSamples);
    }
    let (ratio, utilization) = ratio(&pods.ready, target)?;
    let usage = sum(pods.ready.iter().map(|pod| pod.usage));
    let average = usage / count(pods.ready.len());
    let replicas = replicas(pods, target, current, tolerance, ratio)?;
    Ok(Proposal { replicas, utilization, average })
}

/// What a value of the whole asks for: in proportion to the ready Pods (`getUsageRatioReplicaCount`).
pub(super) fn of_value(value: i64, target: i64, current: i32, ready: usize, tolerance: Tolerance) -> i32 {
    let ratio = value as f64 / target as f64;
    if tolerance.covers(ratio) { current } else { times(ratio, ready) }
}

/// What a value asks for of which each Pod takes a share, given how many there are; and the share of each now
/// (`GetObjectPerPodMetricReplicas`).
pub(super) fn of_average(value: i64, target: i64, running: i32, tolerance: Tolerance) -> (i32, i64) {
    let (value, pods) = (value as f64, f64::from(running));
    let is_near = tolerance.covers(value / (target as f64 * pods));
    let replicas = if is_near { running } else { (value / target as f64).ceil() as i32 };
    (replicas, (value / pods).ceil() as i64)
}

fn replicas(
    pods: &Pods,
    target: Target,
    current: i32,
    tolerance: Tolerance,
    measured: f64,
) -> Result<i32, Unmeasured> {
    let up_with_unready = !pods.unready.is_empty() && measured > 1.0;
    if !up_with_unready && pods.missing.is_empty() {
        let stays = tolerance.covers(measured);
        return Ok(if stays { current } else { times(measured, pods.ready.len()) });
    }
    let mut counted = pods.ready.clone();
    if measured < 1.0 {
        let busy = |request: &i64| Sample { usage: busy(target, *request), request: *request };
        counted.extend(pods.missing.iter().map(busy));
    } else if measured > 1.0 {
        counted.extend(pods.missing.iter().map(|request| Sample { usage: 0, request: *request }));
    }
    if up_with_unready {
        counted.extend(pods.unready.iter().map(|request| Sample { usage: 0, request: *request }));
    }
    let (filled, _) = ratio(&counted, target)?;
    let turned = (measured < 1.0 && filled > 1.0) || (measured > 1.0 && filled < 1.0);
    if tolerance.covers(filled) || turned {
        return Ok(current);
    }
    let wanted = times(filled, counted.len());
    let against = (filled < 1.0 && wanted > current) || (filled > 1.0 && wanted < current);
    Ok(if against { current } else { wanted })
}

/// What a Pod without a sample is taken to use on the way down.
fn busy(target: Target, request: i64) -> i64 {
    match target {
        Target::Utilization(percent) => request.saturating_mul(i64::from(percent.max(100))) / 100,
        Target::AverageValue(value) => value,
    }
}

/// Use by target, and the utilization in whole per cent, cut off.
fn ratio(pods: &[Sample], target: Target) -> Result<(f64, Option<i32>), Unmeasured> {
    let usage = sum(pods.iter().map(|pod| pod.usage));
    match target {
        Target::Utilization(percent) => {
            let requested = sum(pods.iter().map(|pod| pod.request));
            if requested == 0 {
                return Err(Unmeasured::NoRequests);
            }
            let utilization = i32::try_from(usage.saturating_mul(100) / requested).unwrap_or(i32::MAX);
            Ok((f64::from(utilization) / f64::from(percent), Some(utilization)))
        }
        Target::AverageValue(value) => Ok(((usage / count(pods.len())) as f64 / value as f64, None)),
    }
}

fn times(ratio: f64, pods: usize) -> i32 {
    (ratio * pods as f64).ceil() as i32
}

fn sum(numbers: impl Iterator<Item = i64>) -> i64 {
    numbers.fold(0, i64::saturating_add)
}

fn count(pods: usize) -> i64 {
    i64::try_from(pods).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TENTH: Tolerance = Tolerance { down: 0.1, up: 0.1 };

    /// Pods that request 100 each: what the ready ones use, and how many others there are.
    fn pods(ready: &[i64], unready: usize, missing: usize) -> Pods {
        let ready = ready.iter().map(|usage| Sample { usage: *usage, request: 100 }).collect();
        Pods { ready, unready: vec![100; unready], missing: vec![100; missing] }
    }

    fn wanted(pods: &Pods, percent: i32, current: i32) -> i32 {
        propose(pods, Target::Utilization(percent), current, TENTH).unwrap().replicas
    }

    #[test]
    fn utilization_is_a_ratio_of_sums_and_not_a_mean_of_ratios() {
        // 90 of 100 and 100 of 900: 19 % together, while the mean of 90 % and 11 % would be 50 %.
        let ready = vec![Sample { usage: 90, request: 100 }, Sample { usage: 100, request: 900 }];
        let two = Pods { ready, ..Pods::default() };
        let proposal = propose(&two, Target::Utilization(50), 2, TENTH).unwrap();
        assert_eq!(proposal, Proposal { replicas: 1, utilization: Some(19), average: 95 });
    }

    #[test]
    fn within_a_tenth_of_the_target_nothing_changes() {
        // Two Pods; target 50 %: 45 % to 55 % is near enough.
        for (usage, replicas) in [(44, 2), (45, 2), (50, 2), (55, 2), (56, 3), (100, 4), (24, 1)] {
            assert_eq!(wanted(&pods(&[usage, usage], 0, 0), 50, 2), replicas, "{usage} %");
        }
        // At 44 % one rounds up to the same two.
        assert_eq!(wanted(&pods(&[44; 10], 0, 0), 50, 10), 9);
    }

    #[test]
    fn the_ready_pods_are_multiplied_and_not_the_replicas() {
        assert_eq!(wanted(&pods(&[20, 20], 2, 0), 50, 4), 1);
    }

    #[test]
    fn on_the_way_up_unready_and_missing_pods_count_as_idle() {
        // Two Pods at 100 % of target 50: ratio 2. With two idle ones 200/400 = 50 %: near enough.
        assert_eq!(wanted(&pods(&[100, 100], 2, 0), 50, 4), 4);
        assert_eq!(wanted(&pods(&[100, 100], 0, 2), 50, 4), 4);
        // Three at 100 % and one idle: 300/400 = 75 %, ratio 1.5, six.
        assert_eq!(wanted(&pods(&[100, 100, 100], 1, 0), 50, 4), 6);
        // One at 60 % and three idle: 15 % is on the other side.
        assert_eq!(wanted(&pods(&[60], 3, 0), 50, 4), 4);
    }

    #[test]
    fn on_the_way_down_missing_pods_count_as_fully_busy() {
        // Three at 10 %, one missing taken at 100 %: 130/400 = 32 %, ratio 0.64, 2.56, so three.
        assert_eq!(wanted(&pods(&[10, 10, 10], 0, 1), 50, 4), 3);
        // One at 10 % and two at 100 %: 70 %, on the other side.
        assert_eq!(wanted(&pods(&[10], 0, 2), 50, 3), 3);
        // A target above 100 % is what they count as: (50 + 200)/200 = 125 % of 200 %: ratio 0.625, so two.
        assert_eq!(wanted(&pods(&[50], 0, 1), 200, 4), 2);
    }

    #[test]
    fn what_is_filled_in_never_turns_the_direction() {
        // Two at 90 % and one idle: 60 %, ratio 1.2, 3.6, so four, which is fewer than nine.
        assert_eq!(wanted(&pods(&[90, 90], 0, 1), 50, 9), 9);
    }

    #[test]
    fn an_average_value_is_use_per_pod() {
        let propose =
            |pods: &Pods, current| propose(pods, Target::AverageValue(100), current, TENTH).unwrap();
        assert_eq!(propose(&pods(&[150, 250], 0, 0), 2).replicas, 4);
        // Missing ones count as exactly on target: (30 + 30 + 100)/3 = 53, 1.59, so two.
        assert_eq!(propose(&pods(&[30, 30], 0, 1), 3).replicas, 2);
    }

    #[test]
    fn a_value_of_the_whole_is_in_proportion_to_the_ready_pods() {
        // 150 of 100 with three of four Pods ready: 4.5, so five; 109 of 100 is near enough.
        assert_eq!(of_value(150, 100, 4, 3, TENTH), 5);
        assert_eq!(of_value(109, 100, 4, 3, TENTH), 4);
        assert_eq!(of_value(0, 100, 4, 3, TENTH), 0);
    }

    #[test]
    fn a_share_for_each_pod_does_not_ask_how_many_are_ready() {
        // 250 in shares of 60: 4.2, so five; three Pods have 83.4 each, rounded up.
        assert_eq!(of_average(250, 60, 3, TENTH), (5, 84));
        // 190 / (60 × 3) is 1.056: near enough.
        assert_eq!(of_average(190, 60, 3, TENTH), (3, 64));
    }

    #[test]
    fn without_a_ready_pod_nothing_can_be_said() {
        let nothing = propose(&pods(&[], 2, 0), Target::Utilization(50), 2, TENTH);
        assert_eq!(nothing, Err(Unmeasured::NoSamples));
    }
}
