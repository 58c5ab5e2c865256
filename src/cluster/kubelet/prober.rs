//! Probes: what the kubelet asks a process, when, and what follows from the answers.
//!
//! Source: `pkg/kubelet/prober/worker.go`. A probe ticks every period, counted from the start of its container; a tick
//! before the initial delay is over probes nothing. Only a streak as long as the threshold changes anything. Once the
//! result is settled, ticks whose answer cannot differ are left out: they would change nothing.

use crate::cluster::clock::{Millis, SimTime};
use crate::cluster::image::{Image, ProbeResult};
use k8s_openapi::api::core::v1::{Container, Probe};

/// What a probe is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum ProbeKind {
    /// Whether the process has started; until then the others wait.
    Startup,
    /// Whether it must be killed.
    Liveness,
    /// Whether it takes requests.
    Readiness,
}

impl ProbeKind {
    /// As Events name it, with a capital.
    pub(super) const fn title(self) -> &'static str {
        match self {
            ProbeKind::Startup => "Startup",
            ProbeKind::Liveness => "Liveness",
            ProbeKind::Readiness => "Readiness",
        }
    }

    /// As Events name it in the middle of a sentence.
    pub(super) const fn word(self) -> &'static str {
        match self {
            ProbeKind::Startup => "startup",
            ProbeKind::Liveness => "liveness",
            ProbeKind::Readiness => "readiness",
        }
    }
}

/// A probe as the manifest has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Prober {
    /// What it is for.
    pub(super) kind: ProbeKind,
    /// The grace of the kill that it causes; the Pod's if it has none of its own.
    pub(super) grace: Option<Millis>,
    /// What a failure looks like.
    pub(super) output: String,
    period: Millis,
    delay: Millis,
    successes: i32,
    failures: i32,
}

/// Where a probe of a running process stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Probing {
    /// When it asks next; `None` if no answer can change anything.
    pub(super) next: Option<SimTime>,
    /// What counts now: the last streak that was long enough.
    pub(super) result: bool,
    /// Successes in a row, or as a negative number failures.
    streak: i32,
    started: SimTime,
}

/// What a tick of a probe did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Tick {
    /// What the process answered.
    pub(super) success: bool,
    /// Whether that completed a streak, whatever the result was before.
    pub(super) decided: bool,
}

impl Prober {
    /// The probes of a container: startup, liveness, readiness.
    pub(super) fn of(container: &Container) -> Vec<Prober> {
        let probes = [
            (ProbeKind::Startup, &container.startup_probe),
            (ProbeKind::Liveness, &container.liveness_probe),
            (ProbeKind::Readiness, &container.readiness_probe),
        ];
        let read = |(kind, probe): (ProbeKind, &Option<Probe>)| {
            probe.as_ref().map(|probe| Prober::read(kind, probe))
        };
        probes.into_iter().filter_map(read).collect()
    }

    fn read(kind: ProbeKind, probe: &Probe) -> Prober {
        let seconds = |value: Option<i32>, default: i32| Millis::secs(i64::from(value.unwrap_or(default)));
        let output = if probe.http_get.is_some() {
            "HTTP probe failed with statuscode: 503"
        } else if probe.tcp_socket.is_some() {
            "dial tcp: connect: connection refused"
        } else if probe.grpc.is_some() {
            "service unhealthy (responded with \"NOT_SERVING\")"
        } else {
            "command failed with exit code 1"
        };
        Prober {
            kind,
            grace: probe.termination_grace_period_seconds.map(Millis::secs),
            output: output.to_owned(),
            period: seconds(probe.period_seconds, 10).max(Millis::secs(1)),
            delay: seconds(probe.initial_delay_seconds, 0),
            successes: probe.success_threshold.unwrap_or(1),
            failures: probe.failure_threshold.unwrap_or(3),
        }
    }

    /// Begins with a process that starts now.
    pub(super) fn begin(&self, started: SimTime) -> Probing {
        let result = self.kind == ProbeKind::Liveness;
        Probing { next: Some(self.tick_at(started, started + self.delay)), result, streak: 0, started }
    }

    /// Asks the process. `told` is what the timeline says of its readiness, over what its image says.
    pub(super) fn ask(&self, probing: &mut Probing, image: &Image, told: Option<bool>, now: SimTime) -> Tick {
        let run = now.since(probing.started);
        let told = told.filter(|_| self.kind == ProbeKind::Readiness);
        let success = told.unwrap_or_else(|| answer(image, self.kind, run));
        probing.streak = if success { probing.streak.max(0) + 1 } else { probing.streak.min(0) - 1 };
        let decided =
            if success { probing.streak >= self.successes } else { -probing.streak >= self.failures };
        if decided {
            probing.result = success;
        }
        let settled = success && decided;
        probing.next = if !settled {
            Some(self.tick_at(probing.started, now + Millis(1)))
        } else if self.kind == ProbeKind::Startup || told.is_some() {
            None
        } else {
            next_change(image, self.kind, run).map(|run| self.tick_at(probing.started, probing.started + run))
        };
        Tick { success, decided }
    }

    /// The answers may be others from now on: asks at the next tick.
    pub(super) fn wake(&self, probing: &mut Probing, now: SimTime) {
        let next = self.tick_at(probing.started, now.max(probing.started + self.delay));
        probing.next = Some(probing.next.map_or(next, |planned| planned.min(next)));
    }

    /// Asks now, out of turn, unless the initial delay is not over: the kubelet does so with readiness as soon as a
    /// container has started.
    pub(super) fn trigger(&self, probing: &mut Probing, now: SimTime) {
        probing.next = Some(now.max(self.tick_at(probing.started, probing.started + self.delay)));
    }

    /// The probe may not ask yet: it waits for its next tick.
    pub(super) fn skip(&self, probing: &mut Probing, now: SimTime) {
        probing.next = Some(self.tick_at(probing.started, now + Millis(1)));
    }

    /// The first tick at or after a moment.
    fn tick_at(&self, started: SimTime, at: SimTime) -> SimTime {
        let passed = at.since(started).0.max(0);
        started + Millis((passed + self.period.0 - 1) / self.period.0 * self.period.0)
    }
}

/// What a process of this image answers after running for so long.
fn answer(image: &Image, kind: ProbeKind, run: Millis) -> bool {
    let named = named(image, kind).iter().rfind(|result| result.from <= run);
    match (named, kind) {
        (Some(result), _) => result.succeeds,
        (None, ProbeKind::Readiness) => run >= image.ready,
        (None, ProbeKind::Startup | ProbeKind::Liveness) => true,
    }
}

/// When the answer may next be another.
fn next_change(image: &Image, kind: ProbeKind, run: Millis) -> Option<Millis> {
    named(image, kind).iter().map(|result| result.from).find(|from| *from > run)
}

fn named(image: &Image, kind: ProbeKind) -> &[ProbeResult] {
    match kind {
        ProbeKind::Startup => &image.probes.startup,
        ProbeKind::Liveness => &image.probes.liveness,
        ProbeKind::Readiness => &image.probes.readiness,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn prober(kind: ProbeKind, json: serde_json::Value) -> Prober {
        Prober::read(kind, &serde_json::from_value(json).unwrap())
    }

    fn image(kind: ProbeKind, results: &[(i64, bool)]) -> Image {
        let mut image = Image::default();
        let results = results
            .iter()
            .map(|(from, succeeds)| ProbeResult { from: Millis::secs(*from), succeeds: *succeeds })
            .collect();
        match kind {
            ProbeKind::Startup => image.probes.startup = results,
            ProbeKind::Liveness => image.probes.liveness = results,
            ProbeKind::Readiness => image.probes.readiness = results,
        }
        image
    }

    /// All ticks up to a time, as (second, success, decided).
    fn ticks(prober: &Prober, image: &Image, until: i64) -> Vec<(i64, bool, bool)> {
        let mut probing = prober.begin(SimTime::ZERO);
        let mut ticks = Vec::new();
        while let Some(at) = probing.next.filter(|at| *at <= SimTime(until * 1000)) {
            let tick = prober.ask(&mut probing, image, None, at);
            ticks.push((at.0 / 1000, tick.success, tick.decided));
        }
        ticks
    }

    #[test]
    fn a_liveness_probe_decides_after_its_threshold_of_failures_in_a_row() {
        let prober =
            prober(ProbeKind::Liveness, serde_json::json!({"initialDelaySeconds": 10, "periodSeconds": 5}));
        let image = image(ProbeKind::Liveness, &[(0, false)]);
        assert_eq!(ticks(&prober, &image, 20), [(10, false, false), (15, false, false), (20, false, true)]);
    }

    #[test]
    fn a_success_resets_a_streak_of_failures() {
        let prober = prober(ProbeKind::Readiness, serde_json::json!({"periodSeconds": 5}));
        let image = image(ProbeKind::Readiness, &[(0, true), (20, false), (30, true), (32, false)]);
        let ticks = ticks(&prober, &image, 45);
        let failing: Vec<_> = ticks.into_iter().filter(|(_, success, _)| !success).collect();
        assert_eq!(
            failing,
            [
                (20, false, false),
                (25, false, false),
                (35, false, false),
                (40, false, false),
                (45, false, true)
            ]
        );
    }

    #[test]
    fn a_settled_probe_sleeps_until_the_answer_may_change() {
        let prober = prober(ProbeKind::Readiness, serde_json::json!({"periodSeconds": 10}));
        let image = image(ProbeKind::Readiness, &[(3601, false)]);
        assert_eq!(ticks(&prober, &image, 3611), [(0, true, true), (3610, false, false)]);
    }

    #[test]
    fn a_readiness_probe_without_a_named_result_succeeds_once_the_image_is_ready() {
        let prober = prober(ProbeKind::Readiness, serde_json::json!({"periodSeconds": 2}));
        let image = Image { ready: Millis::secs(5), ..Image::default() };
        let ticks = ticks(&prober, &image, 100);
        assert_eq!(ticks.last(), Some(&(6, true, true)));
        assert_eq!(ticks.len(), 4);
    }
}
