//! `kubectl drain`: cordon the Node, see whether all of its Pods may go, evict them at once, ask again where a disruption
//! budget says no, and wait until they are gone.
//!
//! As `drain: node-a` it takes none of kubectl's flags; `{ node: node-a, ignore-daemonsets: true, … }` names them. What
//! kubectl comes to an error with is told ([`Next::Told`]), and the cluster goes on.
//!
//! Sources: `staging/src/k8s.io/kubectl/pkg/drain/{drain,filters}.go`, `pkg/cmd/drain/drain.go`.

use super::node::cordon;
use super::{Deed, Next, Refused};
use crate::cluster::api::ApiError;
use crate::cluster::clock::{Millis, SimTime};
use crate::cluster::condition::is_finished;
use crate::cluster::engine::World;
use crate::cluster::object::{Key, Resource};
use crate::cluster::scenario::{Reader, at};
use crate::cluster::state::State;
use crate::yaml::{Node, Value};
use k8s_openapi::api::apps::v1::DaemonSet;
use k8s_openapi::api::core::v1::Pod;
use std::collections::BTreeMap;
use std::sync::Arc;

/// How long kubectl waits before it asks again for an eviction that was refused with 429.
const RETRY: Millis = Millis::secs(5);
/// How often it looks whether an evicted Pod is gone.
const POLL: Millis = Millis::secs(1);
/// A Pod with this annotation is the image of a static one, which only its kubelet can stop.
const MIRROR: &str = "kubernetes.io/config.mirror";

const DAEMON: &str = "DaemonSet-managed Pods (use --ignore-daemonsets to ignore)";
const LOCAL: &str = "Pods with local storage (use --delete-emptydir-data to override)";
const UNMANAGED: &str = "cannot delete Pods that declare no controller (use --force to override)";

/// kubectl's flags; all off unless they are named.
const FLAGS: [&str; 3] = ["ignore-daemonsets", "delete-emptydir-data", "force"];

#[derive(Clone, Debug)]
struct Drain {
    node: String,
    ignore_daemonsets: bool,
    delete_emptydir_data: bool,
    force: bool,
    timeout: Option<Millis>,
}

/// What becomes of a Pod.
#[derive(Debug, PartialEq, Eq)]
enum Fate {
    Goes,
    Stays,
    /// It keeps kubectl from beginning.
    Forbids(String),
}

/// A Pod and its uid, since another of the same name is not meant.
type Doomed = (Key, String);

/// A drain that has begun.
#[derive(Clone, Debug)]
struct Evict {
    node: String,
    timeout: Option<Millis>,
    began: SimTime,
    /// When the next evictions are asked for, and those that have not been granted yet.
    ask: SimTime,
    asking: Vec<Doomed>,
    /// Evicted Pods whose objects are not seen to be gone.
    waiting: Vec<Doomed>,
    errors: Vec<String>,
}

pub(super) fn read(reader: &mut Reader<'_>, node: &Node, path: &str) -> Option<Arc<dyn Deed>> {
    if !matches!(node.value, Value::Map(_)) {
        let node = reader.string(node, path)?.to_owned();
        let [ignore_daemonsets, delete_emptydir_data, force] = [false; 3];
        return Some(Arc::new(Drain { node, ignore_daemonsets, delete_emptydir_data, force, timeout: None }));
    }
    if !reader.keys(node, path, &["node", FLAGS[0], FLAGS[1], FLAGS[2], "timeout"]) {
        return None;
    }
    let name = reader.required(node, path, "node")?;
    let name = reader.string(name, &at(path, "node"))?.to_owned();
    let flags = FLAGS.map(|flag| match node.get(flag) {
        Some(value) => reader.boolean(value, &at(path, flag)),
        None => Some(false),
    });
    let [ignore_daemonsets, delete_emptydir_data, force] = flags;
    let timeout = match node.get("timeout") {
        Some(timeout) => Some(reader.duration(timeout, &at(path, "timeout"))?),
        None => None,
    };
    Some(Arc::new(Drain {
        node: name,
        ignore_daemonsets: ignore_daemonsets?,
        delete_emptydir_data: delete_emptydir_data?,
        force: force?,
        // Zero is for ever, as in kubectl.
        timeout: timeout.filter(|timeout| *timeout > Millis::ZERO),
    }))
}

impl Deed for Drain {
    fn words(&self) -> String {
        let mut words = format!("kubectl drain {}", self.node);
        for (flag, on) in FLAGS.iter().zip([self.ignore_daemonsets, self.delete_emptydir_data, self.force]) {
            if on {
                words.push_str(&format!(" --{flag}"));
            }
        }
        if let Some(timeout) = self.timeout {
            words.push_str(&format!(" --timeout={timeout}"));
        }
        words
    }

    fn nodes(&self) -> Vec<&str> {
        vec![&self.node]
    }

    fn act(&self, world: &mut World) -> Result<Next, Refused> {
        cordon(world, &self.node, true)?;
        let mut asking = Vec::new();
        // In order of the reason; kubectl leaves it to chance.
        let mut forbidding: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for pod in world.store.pods_on_node(&self.node) {
            match self.fate(world.store.state(), pod) {
                Fate::Goes => asking.push((pod.key(), pod.uid().to_owned())),
                Fate::Stays => {}
                Fate::Forbids(why) => {
                    forbidding.entry(why).or_default().push(format!("{}/{}", pod.namespace(), pod.name()));
                }
            }
        }
        if !forbidding.is_empty() {
            let errors: Vec<String> = forbidding.iter().map(|(why, pods)| forbidden(why, pods)).collect();
            return Ok(Next::Told(unable(&self.node, &errors)));
        }
        let evict = Evict {
            node: self.node.clone(),
            timeout: self.timeout,
            began: world.now,
            ask: world.now,
            asking,
            waiting: Vec::new(),
            errors: Vec::new(),
        };
        evict.act(world)
    }
}

impl Drain {
    /// kubectl's filters; the first that does not let a Pod go decides.
    fn fate(&self, state: &State, pod: &Pod) -> Fate {
        let finished = is_finished(pod);
        let controller = pod.controller();
        if let Some(owner) = controller.filter(|owner| owner.kind == "DaemonSet" && !finished) {
            if state.get::<DaemonSet>(&Key::new(pod.namespace(), &owner.name)).is_none() {
                let lost = format!("daemonsets.apps \"{}\" not found", owner.name);
                return if self.force { Fate::Goes } else { Fate::Forbids(lost) };
            }
            return if self.ignore_daemonsets { Fate::Stays } else { Fate::Forbids(DAEMON.to_owned()) };
        }
        if pod.metadata.annotations.as_ref().is_some_and(|all| all.contains_key(MIRROR)) {
            return Fate::Stays;
        }
        if finished {
            return Fate::Goes;
        }
        let volumes = pod.spec.iter().flat_map(|spec| spec.volumes.iter().flatten());
        if !self.delete_emptydir_data && volumes.into_iter().any(|volume| volume.empty_dir.is_some()) {
            return Fate::Forbids(LOCAL.to_owned());
        }
        if controller.is_none() && !self.force {
            return Fate::Forbids(UNMANAGED.to_owned());
        }
        Fate::Goes
    }
}

impl Evict {
    /// Asks for every eviction that has not been granted.
    fn ask(&mut self, world: &mut World) {
        let over = self.is_over(world.now);
        for (key, uid) in std::mem::take(&mut self.asking) {
            if !exists(world, &key, &uid) {
                continue;
            }
            let refused = |why: &str| {
                format!("error when evicting pods/{:?} -n {:?}: {why}", &*key.name, &*key.namespace)
            };
            if let Some(timeout) = over {
                self.errors.push(refused(&timed_out(timeout)));
                continue;
            }
            match world.evict(&key) {
                Ok(()) => self.waiting.push((key, uid)),
                Err(ApiError::NotFound { .. }) => {}
                Err(ApiError::TooManyRequests(_)) => self.asking.push((key, uid)),
                Err(error) => self.errors.push(refused(&error.to_string())),
            }
        }
        self.ask = world.now + RETRY;
    }

    /// Looks which of the evicted Pods are gone.
    fn look(&mut self, world: &World) {
        let over = self.is_over(world.now);
        for (key, uid) in std::mem::take(&mut self.waiting) {
            match over {
                _ if !exists(world, &key, &uid) => {}
                None => self.waiting.push((key, uid)),
                Some(timeout) => self.errors.push(format!(
                    "error when waiting for pod {:?} in namespace {:?} to terminate: {}",
                    &*key.name,
                    &*key.namespace,
                    timed_out(timeout)
                )),
            }
        }
    }

    /// The time limit, once it is over.
    fn is_over(&self, now: SimTime) -> Option<Millis> {
        self.timeout.filter(|timeout| self.began + *timeout <= now)
    }

    /// When there is something to do again; `None` if nothing that is still to come would be told.
    fn next(&self, now: SimTime) -> Option<SimTime> {
        let ask = Some(self.ask).filter(|_| !self.asking.is_empty());
        let look = match self.timeout {
            _ if self.waiting.is_empty() => None,
            // The last of them to go ends the drain, and with it comes the error.
            _ if !self.errors.is_empty() => Some(now + POLL),
            // The first look after the limit.
            Some(timeout) => Some(self.began + POLL * ((timeout.0 + POLL.0 - 1) / POLL.0)),
            None => None,
        };
        ask.into_iter().chain(look).min()
    }
}

impl Deed for Evict {
    fn words(&self) -> String {
        String::new()
    }

    fn act(&self, world: &mut World) -> Result<Next, Refused> {
        let mut drain = self.clone();
        if drain.ask <= world.now {
            drain.ask(world);
        }
        drain.look(world);
        Ok(match drain.next(world.now) {
            Some(at) => Next::Again(at, Arc::new(drain)),
            None if drain.errors.is_empty() => Next::Done,
            None => Next::Told(unable(&drain.node, &drain.errors)),
        })
    }
}

fn exists(world: &World, key: &Key, uid: &str) -> bool {
    world.store.get::<Pod>(key).is_some_and(|pod| pod.uid() == uid)
}

fn timed_out(timeout: Millis) -> String {
    format!("global timeout reached: {}", timeout.as_go())
}

fn forbidden(why: &str, pods: &[String]) -> String {
    let why = if why.starts_with("cannot delete") { why.to_owned() } else { format!("cannot delete {why}") };
    format!("{why}: {}", pods.join(", "))
}

/// What kubectl prints when it gives a Node up.
fn unable(node: &str, errors: &[String]) -> String {
    let error = match errors {
        [one] => one.clone(),
        several => format!("[{}]", several.join(", ")),
    };
    format!("error: unable to drain node {node:?} due to error: {error}, continuing command...")
}
