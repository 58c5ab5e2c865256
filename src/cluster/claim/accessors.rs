//! What an expression can ask for: `pods()`, `pods(label('app','web'))`, `pod('name')`, `node('n')`, and the same for every
//! kind ([`OF_KIND`]); `events()`, what is asked of a Service ([`super::traffic`]), and `at('59s')` before any of them for
//! another moment ([`OTHERS`]).
//!
//! Lists are in order of age, Nodes in order of name. A single object that is not there is an error, so that no claim is
//! true for want of its subject.

use super::budget::{Budget, EACH, MATCHES, WHOLE};
use super::traffic::{backends, endpoints, resolves};
use super::values::{Thing, string_of};
use crate::cluster::clock::{Millis, SimTime};
use crate::cluster::object::{DEFAULT_NAMESPACE, Key, Kind, Object, for_kind};
use crate::cluster::state::State;
use crate::cluster::trace::{Replay, Trace};
use cel::common::types::{CelBool, CelInt, CelList, Type};
use cel::common::value::{CowVal, StaticVal, Val};
use cel::extractors::IntoResolveResult;
use cel::{Context, Env, ExecutionError, FunctionContext};
use std::any::Any;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

/// The variable under which the present moment stands; no expression can write such a name.
pub(super) const NOW: &str = "@now";

/// Accessors of all objects of a kind, and of one by its name.
pub(super) const OF_KIND: [(&str, &str, Kind); 20] = [
    ("pods", "pod", Kind::Pod),
    ("nodes", "node", Kind::Node),
    ("namespaces", "ns", Kind::Namespace),
    ("deployments", "deployment", Kind::Deployment),
    ("replicasets", "replicaset", Kind::ReplicaSet),
    ("replicationcontrollers", "replicationcontroller", Kind::ReplicationController),
    ("statefulsets", "statefulset", Kind::StatefulSet),
    ("daemonsets", "daemonset", Kind::DaemonSet),
    ("jobs", "job", Kind::Job),
    ("cronjobs", "cronjob", Kind::CronJob),
    ("hpas", "hpa", Kind::HorizontalPodAutoscaler),
    ("configmaps", "configmap", Kind::ConfigMap),
    ("secrets", "secret", Kind::Secret),
    ("services", "service", Kind::Service),
    ("pvcs", "pvc", Kind::PersistentVolumeClaim),
    ("pvs", "pv", Kind::PersistentVolume),
    ("storageclasses", "storageclass", Kind::StorageClass),
    ("volumeattachments", "volumeattachment", Kind::VolumeAttachment),
    ("pdbs", "pdb", Kind::PodDisruptionBudget),
    ("revisions", "revision", Kind::ControllerRevision),
];

/// The other accessors: the name, how it is written, the kinds that it looks at, and who answers.
pub(super) const OTHERS: [(&str, &str, &[Kind], Answers); 6] = [
    ("events", "events()", &[Kind::Event], |call| list(call, Kind::Event)),
    ("endpoints", "endpoints('web')", &[Kind::EndpointSlice], endpoints),
    ("backends", "backends('web')", &[Kind::EndpointSlice, Kind::Service], backends),
    ("resolves", "resolves('web')", &[Kind::EndpointSlice, Kind::Service], resolves),
    ("at", "at('59s')", &[], at),
    ("label", "label('app', 'web')", &[], label),
];

pub(super) type Answers = fn(&FunctionContext<'_, '_>) -> Found;

/// The kinds that an accessor looks at; `None` if there is no such accessor.
pub(super) fn kinds_of(function: &str) -> Option<&'static [Kind]> {
    if let Some((.., kind)) = OF_KIND.iter().find(|(all, one, _)| *all == function || *one == function) {
        return Kind::ALL.iter().position(|other| other == kind).map(|i| &Kind::ALL[i..=i]);
    }
    OTHERS.iter().find(|(name, ..)| *name == function).map(|(_, _, kinds, _)| *kinds)
}

/// A context in which expressions can use the accessors, and pay for what they cost.
pub(super) fn context(environment: Arc<Env>, budget: &Arc<Budget>) -> Context<'static, 'static> {
    let mut context = Context::with_env(environment);
    let own = budget.clone();
    add_passing(&mut context, EACH, move |range, more| {
        let steps =
            more.first().and_then(|steps| steps.downcast_ref::<CelInt>()).map_or(1, |steps| *steps.inner());
        own.pay_rounds(range, u64::try_from(steps).unwrap_or(1))
    });
    let own = budget.clone();
    add_passing(&mut context, WHOLE, move |whole, _| own.pay_whole(whole));
    let own = budget.clone();
    add(&mut context, MATCHES, move |call| {
        let (text, pattern) = match &call.this {
            Some(text) => (string_of(text.as_ref()), argument(call, 0)?),
            None => (Some(argument(call, 0)?), argument(call, 1)?),
        };
        let text = text.ok_or_else(|| call.error("takes strings"))?;
        Ok(Box::new(CelBool::from(own.matches(&text, &pattern)?)))
    });
    for (all, one, kind) in OF_KIND {
        add(&mut context, all, move |call| list(call, kind));
        add(&mut context, one, move |call| single(call, kind));
    }
    for (name, _, _, answers) in OTHERS {
        add(&mut context, name, answers);
    }
    context
}

/// What an accessor answers.
struct Answer(Result<Box<dyn Val>, ExecutionError>);

impl<'context, 'call> IntoResolveResult<'context, 'call> for Answer {
    fn into_resolve_result(self) -> Result<CowVal<'context, 'call>, ExecutionError> {
        self.0.map(CowVal::Owned)
    }
}

pub(super) type Found = Result<Box<dyn Val>, ExecutionError>;

fn add(
    context: &mut Context<'static, 'static>,
    name: &str,
    function: impl Fn(&FunctionContext<'_, '_>) -> Found + Send + Sync + 'static,
) {
    let declared = context.add_function(name, move |call: &FunctionContext<'_, '_>| Answer(function(call)));
    debug_assert!(declared.is_ok(), "CEL has no function {name} of its own");
}

/// A function that hands on its first argument, if what looks at it allows that.
type Passing = Box<
    dyn for<'context, 'call> Fn(
            &mut FunctionContext<'context, 'call>,
        ) -> Result<CowVal<'context, 'call>, ExecutionError>
        + Send
        + Sync,
>;

fn add_passing(
    context: &mut Context<'static, 'static>,
    name: &str,
    look: impl Fn(&dyn Val, &[CowVal<'_, '_>]) -> Result<(), ExecutionError> + Send + Sync + 'static,
) {
    let function: Passing = Box::new(move |call| {
        if call.args.is_empty() {
            return Err(ExecutionError::invalid_argument_count(1, 0));
        }
        let first = call.args.remove(0);
        look(first.as_ref(), &call.args)?;
        Ok(first)
    });
    let declared = context.add_function(name, function);
    debug_assert!(declared.is_ok(), "CEL has no function {name} of its own");
}

/// All objects of a kind, or those with a label.
fn list(call: &FunctionContext<'_, '_>, kind: Kind) -> Found {
    let moment = moment(call)?;
    let label = match call.args.first() {
        None => None,
        Some(argument) => Some(argument.downcast_ref::<Label>().ok_or_else(|| {
            call.error(format!(
                "takes nothing or label('key', 'value'), as in {}(label('app', 'web'))",
                call.name
            ))
        })?),
    };
    let fits = |object: &&Object| {
        label.is_none_or(|label| {
            let labels = object.metadata().labels.as_ref();
            labels.and_then(|labels| labels.get(&label.key)) == Some(&label.value)
        })
    };
    let objects = if kind == Kind::Node {
        moment.state.objects(kind).filter(fits).cloned().collect()
    } else {
        by_age(&moment.state, kind).into_iter().filter(|object| fits(&object)).collect::<Vec<_>>()
    };
    // With a label every object of the kind is looked at, whether it is listed or not.
    let looked_at = if label.is_some() { moment.state.count(kind) } else { 0 };
    moment.past.budget.pay(looked_at as u64 + LISTED * objects.len() as u64)?;
    Ok(Box::new(moment.list(objects)))
}

/// Steps for each object that an accessor lists: it is sorted by age, and made a value.
pub(super) const LISTED: u64 = 4;

fn by_age(state: &State, kind: Kind) -> Vec<Object> {
    use crate::cluster::object::Resource;
    for_kind!(kind, T => state.by_age::<T>().into_iter().map(|object| Resource::into_object(object.clone())).collect())
}

/// The key of a name: in the namespace `default`, or in another one that is written before a slash.
pub(super) fn key(name: &str) -> Key {
    let (namespace, name) = name.split_once('/').unwrap_or((DEFAULT_NAMESPACE, name));
    Key::new(namespace, name)
}

/// The object of a kind with a name.
fn single(call: &FunctionContext<'_, '_>, kind: Kind) -> Found {
    let moment = moment(call)?;
    let name = argument(call, 0)?;
    let key = if kind.is_namespaced() { key(&name) } else { Key::cluster_wide(&name) };
    match moment.state.object(kind, &key) {
        Some(object) => Ok(Box::new(moment.thing(object.clone()))),
        None => Err(call.error(format!("there is no {} {name} at {}", kind.name(), moment.at))),
    }
}

/// Another moment: `at('59s').pods()`.
fn at(call: &FunctionContext<'_, '_>) -> Found {
    let now = moment(call)?;
    let text = argument(call, 0)?;
    let at = match (text.as_str(), Millis::parse(&text)) {
        ("end", _) => now.past.trace.end(),
        (_, Some(span)) => SimTime(span.0),
        (_, None) => return Err(call.error(format!("{text} is no time; write at('1m30s')"))),
    };
    now.past.pay_for(at)?;
    Ok(Box::new(now.past.moment(at)))
}

fn label(call: &FunctionContext<'_, '_>) -> Found {
    Ok(Box::new(Label { key: argument(call, 0)?, value: argument(call, 1)? }))
}

/// The moment before which a function is called, or the present one.
pub(super) fn moment(call: &FunctionContext<'_, '_>) -> Result<Moment, ExecutionError> {
    let found = match &call.this {
        Some(this) => this.downcast_ref::<Moment>().cloned(),
        None => call.ptx.get_variable(NOW).and_then(|now| now.downcast_ref::<Moment>().cloned()),
    };
    found.ok_or_else(|| call.error("is asked of the cluster, or of a moment: at('1m').pods()"))
}

pub(super) fn argument(call: &FunctionContext<'_, '_>, index: usize) -> Result<String, ExecutionError> {
    let value = call
        .args
        .get(index)
        .ok_or_else(|| ExecutionError::invalid_argument_count(index + 1, call.args.len()))?;
    string_of(value.as_ref()).ok_or_else(|| call.error("takes strings"))
}

/// The trace, and what has been made of it so far.
#[derive(Debug)]
pub(super) struct Past {
    trace: Trace,
    pub(super) budget: Arc<Budget>,
    states: Mutex<BTreeMap<SimTime, Arc<State>>>,
    things: Mutex<BTreeMap<u64, Thing>>,
}

impl Past {
    pub(super) fn new(trace: Trace) -> Past {
        Past { trace, budget: Arc::default(), states: Mutex::default(), things: Mutex::default() }
    }

    /// The cluster at a moment.
    pub(super) fn moment(self: &Arc<Past>, at: SimTime) -> Moment {
        Moment { at, state: self.state(at), past: self.clone() }
    }

    /// The cluster at a moment at which its state is known to be this one.
    pub(super) fn moment_with(self: &Arc<Past>, at: SimTime, state: Arc<State>) -> Moment {
        Moment { at, state, past: self.clone() }
    }

    /// Another moment costs as many steps as there were changes until then, the first time.
    fn pay_for(&self, at: SimTime) -> Result<(), ExecutionError> {
        let states = self.states.lock().unwrap_or_else(PoisonError::into_inner);
        if states.contains_key(&at) {
            return self.budget.pay(1);
        }
        let changes = self.trace.changes().partition_point(|change| change.at <= at);
        self.budget.pay(changes as u64)
    }

    fn state(&self, at: SimTime) -> Arc<State> {
        // What a panicking thread left is still a valid cache: entries are only ever added whole.
        let mut states = self.states.lock().unwrap_or_else(PoisonError::into_inner);
        states
            .entry(at)
            .or_insert_with(|| {
                let mut replay = Replay::new(&self.trace);
                replay.advance(at);
                Arc::new(replay.state)
            })
            .clone()
    }
}

/// The cluster at a moment, as a CEL value.
#[derive(Clone)]
pub(super) struct Moment {
    at: SimTime,
    pub(super) state: Arc<State>,
    pub(super) past: Arc<Past>,
}

impl Moment {
    /// An object as a CEL value. Each version of an object is made into one only once.
    fn thing(&self, object: Object) -> Thing {
        let version = object.metadata().resource_version.as_deref().and_then(|version| version.parse().ok());
        let Some(version) = version else { return Thing::new(object) };
        let mut things = self.past.things.lock().unwrap_or_else(PoisonError::into_inner);
        things.entry(version).or_insert_with(|| Thing::new(object)).clone()
    }

    fn list(&self, objects: Vec<Object>) -> CelList<'static> {
        let things = objects.into_iter().map(|object| Box::new(self.thing(object)) as Box<dyn Val>);
        CelList::from(things.collect::<Vec<_>>())
    }
}

impl fmt::Debug for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "at('{}')", Millis(self.at.0))
    }
}

/// `label('app', 'web')`.
#[derive(Clone, Debug)]
struct Label {
    key: String,
    value: String,
}

macro_rules! opaque {
    ($Type:ident, $name:literal) => {
        impl Val for $Type {
            fn get_type(&self) -> &Type {
                <Self as Val>::cel_type()
            }

            fn cel_type() -> &'static Type {
                static TYPE: Type = Type::new_unspecified_type($name);
                &TYPE
            }

            fn clone_as_boxed<'v>(&self) -> Box<dyn Val + 'v> {
                Box::new(self.clone())
            }

            fn as_any(&self) -> Option<&dyn Any> {
                Some(self)
            }
        }

        impl StaticVal for $Type {}
    };
}

opaque!(Moment, "moment");
opaque!(Label, "label");
