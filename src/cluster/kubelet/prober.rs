//! Probes: what the kubelet asks a process, when, and what follows from the answers.
//!
//! Source: `pkg/kubelet/prober/worker.go`. A probe ticks every period, counted from the start of its container; a tick
//! before the initial delay is over probes nothing. Only a streak as long as the threshold changes anything. Once the
//! result is settled, ticks whose answer cannot differ are left out: they would change nothing.
//!
//! What a process answers is its image's business, where it is asked at all: a port that nothing in the Pod listens to refuses
//! the connection, and a probe that cannot be made (its program or its named port does not exist) is no answer.

use super::command;
use super::ports::{Network, Target};
use crate::cluster::clock::{Millis, SimTime};
use crate::cluster::image::{Image, ProbeResult};
use k8s_openapi::api::core::v1::{Container, Probe};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

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
    handler: Handler,
    period: Millis,
    delay: Millis,
    successes: i32,
    failures: i32,
}

/// How a probe asks.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Handler {
    /// By running a program in the container.
    Exec { program: Option<String> },
    /// By a request.
    HttpGet { target: Target, https: bool, path: String },
    /// By opening a connection.
    TcpSocket { target: Target },
    /// By a call of the health service.
    Grpc { target: Target, timeout: i32 },
}

/// What came of asking.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Answer {
    Success,
    /// What the probe saw instead.
    Failure(String),
    /// It could not be made; why. Such an answer counts for nothing.
    Unknown(String),
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
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Tick {
    /// What is said about it, unless the process answered well.
    pub(super) complaint: Option<String>,
    /// Whether it completed a streak of failures, whatever the result was before.
    pub(super) failed: bool,
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
            probe.as_ref().map(|probe| Prober::read(kind, probe, container))
        };
        probes.into_iter().filter_map(read).collect()
    }

    fn read(kind: ProbeKind, probe: &Probe, container: &Container) -> Prober {
        let seconds = |value: Option<i32>, default: i32| Millis::secs(i64::from(value.unwrap_or(default)));
        Prober {
            kind,
            grace: probe.termination_grace_period_seconds.map(Millis::secs),
            handler: Handler::read(probe, container),
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
    pub(super) fn ask(
        &self,
        probing: &mut Probing,
        image: &Image,
        network: &Network<'_>,
        told: Option<bool>,
        now: SimTime,
    ) -> Tick {
        let run = now.since(probing.started);
        let told = told.filter(|_| self.kind == ProbeKind::Readiness);
        let answers_well = told.unwrap_or_else(|| answer(image, self.kind, run));
        let answer = match told {
            Some(_) => self.handler.answer(answers_well),
            None => self.handler.ask(image, network, answers_well),
        };
        let success = answer == Answer::Success;
        let decided = match &answer {
            Answer::Success => {
                probing.streak = probing.streak.max(0) + 1;
                probing.streak >= self.successes
            }
            Answer::Failure(_) => {
                probing.streak = probing.streak.min(0) - 1;
                -probing.streak >= self.failures
            }
            Answer::Unknown(_) => false,
        };
        if decided {
            probing.result = success;
        }
        probing.next = if !(success && decided) {
            Some(self.tick_at(probing.started, now + Millis(1)))
        } else if self.kind == ProbeKind::Startup || told.is_some() {
            None
        } else {
            next_change(image, self.kind, run).map(|run| self.tick_at(probing.started, probing.started + run))
        };
        let title = self.kind.title();
        let complaint = match answer {
            Answer::Success => None,
            Answer::Failure(output) => Some(format!("{title} probe failed: {output}")),
            Answer::Unknown(error) => {
                Some(format!("{title} probe errored and resulted in unknown state: {error}"))
            }
        };
        Tick { complaint, failed: decided && !success }
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

impl Handler {
    fn read(probe: &Probe, container: &Container) -> Handler {
        if let Some(get) = &probe.http_get {
            let target = Target::read(get.host.as_deref(), &get.port, container);
            let https = get.scheme.as_deref() == Some("HTTPS");
            Handler::HttpGet { target, https, path: get.path.clone().unwrap_or_default() }
        } else if let Some(socket) = &probe.tcp_socket {
            Handler::TcpSocket { target: Target::read(socket.host.as_deref(), &socket.port, container) }
        } else if let Some(grpc) = &probe.grpc {
            let target = Target::read(None, &IntOrString::Int(grpc.port), container);
            Handler::Grpc { target, timeout: probe.timeout_seconds.unwrap_or(1) }
        } else {
            let command = probe.exec.as_ref().and_then(|exec| exec.command.as_ref());
            Handler::Exec { program: command.and_then(|words| words.first().cloned()) }
        }
    }

    /// Asks: whether there is anybody to ask, and if so what the process answers.
    fn ask(&self, image: &Image, network: &Network<'_>, answers_well: bool) -> Answer {
        let target = match self {
            Handler::HttpGet { target, .. }
            | Handler::TcpSocket { target }
            | Handler::Grpc { target, .. } => target,
            Handler::Exec { program } => {
                let error = program.as_ref().and_then(|program| command::exec(image, program));
                return error.map_or_else(
                    || self.answer(answers_well),
                    |error| {
                        Answer::Unknown(format!(
                            "rpc error: code = Unknown desc = failed to exec in container: {error}"
                        ))
                    },
                );
            }
        };
        match target {
            Target::Missing(error) => Answer::Unknown(error.clone()),
            Target::Port(port) => match network.refusal(*port) {
                Some(refusal) => Answer::Failure(self.refused(network, *port, refusal)),
                None => self.answer(answers_well),
            },
            Target::Elsewhere => self.answer(answers_well),
        }
    }

    /// What is seen where a port refuses the connection.
    fn refused(&self, network: &Network<'_>, port: u16, refusal: String) -> String {
        match self {
            Handler::HttpGet { https, path, .. } => {
                format!("{}: {refusal}", network.request(*https, port, path))
            }
            // It tries again until its time is over.
            Handler::Grpc { timeout, .. } => format!(
                "timeout: failed to connect service \"{}:{port}\" within {timeout}s: context deadline exceeded",
                network.ip
            ),
            Handler::TcpSocket { .. } | Handler::Exec { .. } => refusal,
        }
    }

    /// What is seen where there is somebody to ask.
    fn answer(&self, answers_well: bool) -> Answer {
        if answers_well {
            return Answer::Success;
        }
        let output = match self {
            Handler::Exec { .. } => "command failed with exit code 1",
            Handler::HttpGet { .. } => "HTTP probe failed with statuscode: 503",
            Handler::TcpSocket { .. } => "dial tcp: connect: connection refused",
            Handler::Grpc { .. } => "service unhealthy (responded with \"NOT_SERVING\")",
        };
        Answer::Failure(output.to_owned())
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
        Prober::read(kind, &serde_json::from_value(json).unwrap(), &Container::default())
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

    /// All ticks up to a time, as (second, whether nothing is complained of, whether it completes a streak of failures).
    fn ticks(prober: &Prober, image: &Image, until: i64) -> Vec<(i64, bool, bool)> {
        let mut probing = prober.begin(SimTime::ZERO);
        let mut ticks = Vec::new();
        while let Some(at) = probing.next.filter(|at| *at <= SimTime(until * 1000)) {
            let tick = prober.ask(&mut probing, image, &Network::of("10.244.1.2", &[]), None, at);
            ticks.push((at.0 / 1000, tick.complaint.is_none(), tick.failed));
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
        assert_eq!(ticks(&prober, &image, 3611), [(0, true, false), (3610, false, false)]);
    }

    #[test]
    fn a_readiness_probe_without_a_named_result_succeeds_once_the_image_is_ready() {
        let prober = prober(ProbeKind::Readiness, serde_json::json!({"periodSeconds": 2}));
        let image = Image { ready: Millis::secs(5), ..Image::default() };
        let ticks = ticks(&prober, &image, 100);
        assert_eq!(ticks.last(), Some(&(6, true, false)));
        assert_eq!(ticks.len(), 4);
    }
}
