//! A running process: when it ends by itself, what its probes say, how it is stopped.
//!
//! Sources: `pkg/kubelet/prober/prober_manager.go` (`UpdatePodStatus`), `pkg/kubelet/kuberuntime/kuberuntime_container.go`.

use super::container::{Ended, Note};
use super::hooks::{Failure, Hook};
use super::ports::{ADDRESS_IN_USE, Network};
use super::prober::{ProbeKind, Prober, Probing};
use super::termination::{Stop, Terms};
use crate::cluster::clock::{Millis, SimTime};
use crate::cluster::image::Image;

/// How long after its start a process finds its port taken.
const BIND: Millis = Millis(200);
/// How long after its start a process that needs more memory than its limit is killed.
const FILL_MEMORY: Millis = Millis::secs(1);
/// The exit code of a process that SIGKILL ended.
pub(super) const SIGKILLED: i32 = 137;
/// The exit code of a process that SIGTERM ended. The simulated processes clean up for `stop` and then die of it, as a
/// Java machine does.
const SIGTERMED: i32 = 143;

/// A running process.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Process {
    /// When it started.
    pub(super) started: SimTime,
    /// Whether it is up: its postStart hook is done and its startup probe, if any, has succeeded.
    pub(super) up: bool,
    /// Whether it takes requests.
    pub(super) ready: bool,
    /// Whether it holds the ports that it listens to.
    pub(super) bound: bool,
    /// It is being stopped.
    pub(super) stop: Option<Stop>,
    /// Which container of the runtime it is.
    pub(super) id: String,
    /// When it ends by itself, and how.
    ends: Option<(SimTime, i32, &'static str)>,
    hook_until: SimTime,
    /// How its postStart hook fails, if it does.
    hook_failure: Option<Failure>,
    probing: Vec<Probing>,
    /// What the timeline says of its readiness.
    told: Option<bool>,
}

impl Process {
    /// A process of this image starts now.
    pub(super) fn begin(
        id: String,
        image: &Image,
        memory_limit: Option<i64>,
        post_start: Option<Hook>,
        probers: &[Prober],
        now: SimTime,
    ) -> Process {
        let exit = image.exits.map(|exit| (now + exit.after, exit.code, exit_reason(exit.code)));
        let too_big = matches!((image.memory, memory_limit), (Some(needs), Some(limit)) if needs > limit);
        let oom = image.ooms.or(too_big.then_some(FILL_MEMORY));
        let oom = oom.map(|after| (now + after, SIGKILLED, "OOMKilled"));
        let hook = post_start.unwrap_or_default();
        let mut process = Process {
            started: now,
            up: false,
            ready: false,
            bound: true,
            stop: None,
            id,
            ends: exit.into_iter().chain(oom).min_by_key(|(at, ..)| *at),
            hook_until: now + hook.takes,
            hook_failure: hook.failure,
            probing: probers.iter().map(|prober| prober.begin(now)).collect(),
            told: None,
        };
        process.settle(probers, image, now);
        process
    }

    /// It ends now.
    pub(super) fn ended(&mut self, code: i32, reason: &'static str, now: SimTime) -> Ended {
        let id = std::mem::take(&mut self.id);
        Ended { code, reason, started: self.started, finished: now, id, message: None }
    }

    /// It will end by itself at this time with this code, whatever its image says.
    pub(super) fn end_at(&mut self, at: SimTime, code: i32) {
        self.ends = Some((at, code, exit_reason(code)));
    }

    /// It finds one of its ports taken.
    pub(super) fn port_taken(&mut self, now: SimTime) {
        self.bound = false;
        self.end_at(now + BIND, ADDRESS_IN_USE);
    }

    /// From now on it is ready, or not, whatever its image says.
    pub(super) fn tell_ready(&mut self, probers: &[Prober], image: &Image, now: SimTime, ready: bool) {
        self.told = Some(ready);
        for (prober, probing) in probers.iter().zip(&mut self.probing) {
            if prober.kind == ProbeKind::Readiness {
                prober.wake(probing, now);
            }
        }
        self.settle(probers, image, now);
    }

    /// The ports of the Pod are held by others from now on: asks anew what depends on them.
    pub(super) fn ask_anew(&mut self, probers: &[Prober], now: SimTime) {
        for (prober, probing) in probers.iter().zip(&mut self.probing) {
            if prober.kind != ProbeKind::Startup || !self.up {
                prober.wake(probing, now);
            }
        }
    }

    /// Whether its postStart hook is not done yet, or has failed, so that the process is being killed.
    pub(super) fn is_in_hook(&self, now: SimTime) -> bool {
        now < self.hook_until || self.hook_failure.is_some()
    }

    /// Whether the kubelet still waits for its start to be done, so that the API does not know of the process yet.
    pub(super) fn is_starting(&self, now: SimTime) -> bool {
        self.failed_hook(now).is_some() || (now < self.hook_until && self.stop.is_none())
    }

    /// How its postStart hook has failed, if it has.
    pub(super) fn failed_hook(&self, now: SimTime) -> Option<&Failure> {
        self.hook_failure.as_ref().filter(|_| self.hook_until <= now)
    }

    /// When something of it is due next, after `now`.
    pub(super) fn due(&self, probers: &[Prober], image: &Image, now: SimTime) -> Option<SimTime> {
        let end = self.ends.map(|(at, ..)| at);
        let stop = self.stop.as_ref().map(|stop| stop.due(image.stop));
        let hook = (!self.up).then_some(self.hook_until);
        let asks = probers.iter().zip(&self.probing).filter(|(prober, _)| self.may_ask(prober.kind));
        let asks = asks.filter_map(|(_, probing)| probing.next);
        let ready = (self.up && !self.ready && self.told.is_none() && !has(probers, ProbeKind::Readiness))
            .then(|| self.started + image.ready);
        asks.chain(end).chain(stop).chain(hook).chain(ready).filter(|at| *at > now).min()
    }

    /// Liveness and startup probes end when the container is stopped; readiness goes on.
    fn may_ask(&self, kind: ProbeKind) -> bool {
        match kind {
            ProbeKind::Readiness => true,
            ProbeKind::Startup | ProbeKind::Liveness => self.stop.is_none(),
        }
    }

    /// How the process ends, if it does so now.
    pub(super) fn end(&mut self, image: &Image, now: SimTime) -> Option<(i32, &'static str)> {
        if let Some((_, code, reason)) = self.ends.filter(|(at, ..)| *at <= now) {
            return Some((code, reason));
        }
        let stop = self.stop.as_mut()?;
        stop.advance(now);
        let (at, killed) = stop.end(image.stop)?;
        (at <= now).then_some((if killed { SIGKILLED } else { SIGTERMED }, "Error"))
    }

    /// Asks the probes that are due.
    pub(super) fn probe(
        &mut self,
        probers: &[Prober],
        image: &Image,
        network: &Network<'_>,
        now: SimTime,
        terms: &Terms,
        notes: &mut Vec<Note>,
    ) {
        if self.failed_hook(now).is_some() && self.stop.is_none() {
            self.stop = Some(terms.stop(now, None));
            notes.push(Note::PostStartFailed);
        }
        let before = (self.up, self.ready);
        self.settle(probers, image, now);
        for (index, prober) in probers.iter().enumerate() {
            if !self.may_ask(prober.kind) || self.probing[index].next.is_none_or(|next| next > now) {
                continue;
            }
            if !self.up && (prober.kind != ProbeKind::Startup || self.is_in_hook(now)) {
                prober.skip(&mut self.probing[index], now);
                continue;
            }
            let tick = prober.ask(&mut self.probing[index], image, network, self.told, now);
            notes.extend(tick.complaint.map(Note::Unhealthy));
            if tick.failed && prober.kind != ProbeKind::Readiness {
                self.stop = Some(terms.stop(now, prober.grace));
                notes.push(Note::Killed(prober.kind));
            }
            self.settle(probers, image, now);
        }
        if (self.up, self.ready) != before {
            notes.push(Note::Changed);
        }
    }

    /// Whether the process is up and ready, as things stand.
    fn settle(&mut self, probers: &[Prober], image: &Image, now: SimTime) {
        let result = |probing: &[Probing], kind: ProbeKind| {
            let place = probers.iter().position(|prober| prober.kind == kind)?;
            Some(probing[place].result)
        };
        if !self.up && !self.is_in_hook(now) && result(&self.probing, ProbeKind::Startup) != Some(false) {
            self.up = true;
            for (prober, probing) in probers.iter().zip(&mut self.probing) {
                if prober.kind == ProbeKind::Readiness {
                    prober.trigger(probing, now);
                }
            }
        }
        let says = match result(&self.probing, ProbeKind::Readiness) {
            Some(result) => result,
            None => self.told.unwrap_or(now >= self.started + image.ready),
        };
        self.ready = self.up && says;
    }
}

fn has(probers: &[Prober], kind: ProbeKind) -> bool {
    probers.iter().any(|prober| prober.kind == kind)
}

/// The reason of an end by itself.
const fn exit_reason(code: i32) -> &'static str {
    if code == 0 { "Completed" } else { "Error" }
}
