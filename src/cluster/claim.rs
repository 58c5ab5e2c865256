//! Claims: CEL expressions about the cluster at a moment, or all through a stretch of time.
//!
//! A [`Trace`] and claims go in, a [`Verdict`] on each comes out; a false claim brings the values of the parts of its
//! expression along. CEL is the language in which Kubernetes itself writes such rules (docs "Common Expression Language
//! in Kubernetes"). What an expression can ask is in [`accessors`]; what an object shows of itself in [`fields`];
//! both as lists in [`vocabulary`]. An object
//! becomes a CEL value only as far as an expression looks into it. What it may cost is bounded in [`budget`].

mod accessors;
mod budget;
mod fields;
mod names;
mod parts;
mod traffic;
mod values;
pub mod vocabulary;

#[cfg(test)]
mod cost_tests;
#[cfg(test)]
mod tests;

pub use names::MOST_NESTED;

use super::clock::SimTime;
use super::object::Kind;
use super::trace::{Replay, Trace};
use crate::problem::Place;
use crate::text::Text;
use accessors::{Moment, Past, context, kinds_of};
use cel::{Context, Env, IdedExpr};
use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, OnceLock};

/// A statement about a scenario.
#[derive(Clone, Debug, PartialEq)]
pub struct Claim {
    /// When it must hold.
    pub when: When,
    /// What must hold: a CEL expression that is true or false.
    pub that: String,
    /// The same in words.
    pub say: Option<Text>,
    /// Where it stands in the scenario's file.
    pub place: Place,
}

/// When a claim must hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// At a moment, after everything that happens in it.
    At(SimTime),
    /// From a moment to another, both included, after every change in between.
    Always {
        /// The first moment.
        from: SimTime,
        /// The last.
        to: SimTime,
    },
}

impl When {
    fn from(self) -> SimTime {
        match self {
            When::At(at) => at,
            When::Always { from, .. } => from,
        }
    }

    fn to(self) -> SimTime {
        match self {
            When::At(at) => at,
            When::Always { to, .. } => to,
        }
    }
}

/// Whether a claim holds.
#[derive(Clone, Debug, PartialEq)]
pub struct Verdict {
    /// Which claim, by its place in the scenario.
    pub claim: usize,
    /// Whether it holds.
    pub holds: bool,
    /// The moment of the check that decided: the first at which it is false, or the last.
    pub at: SimTime,
    /// Where it is false: the parts of its expression and their values.
    pub values: Vec<(String, String)>,
    /// Why it could not be evaluated.
    pub error: Option<ClaimError>,
}

/// Why an expression has no value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ClaimError {
    /// It is no CEL: mend the expression.
    #[error("{0}")]
    Syntax(String),
    /// It names something that does not exist: an accessor, a variable. Mend the expression.
    #[error("{0} is not known here")]
    Unknown(String),
    /// It cannot be evaluated at that moment: an object is not there, a field is missing, types do not fit.
    #[error("{0}")]
    Evaluation(String),
    /// It needs more steps than an expression may have. Look at fewer objects, or nest fewer macros.
    #[error("it takes more than {MOST_STEPS} steps to evaluate; look at fewer objects, or nest fewer macros")]
    TooCostly,
    /// A claim must be true or false; this one is something else.
    #[error("it is {0}, neither true nor false")]
    NotBoolean(String),
}

/// What an expression amounts to.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// Nothing.
    Null,
    /// True or false.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// Another number.
    Double(f64),
    /// A string.
    Str(String),
    /// A list.
    List(Vec<Value>),
    /// A mapping, in order of key.
    Map(BTreeMap<String, Value>),
    /// An object of the cluster: its kind, its name, and in how it is.
    Object {
        /// As manifests write it.
        kind: &'static str,
        /// Its name.
        name: String,
        /// Its STATUS or its counts, for people.
        state: String,
    },
}

impl fmt::Display for Value {
    /// As CEL would write it; a string without quotes.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Null => f.write_str("null"),
            Value::Bool(value) => write!(f, "{value}"),
            Value::Int(value) => write!(f, "{value}"),
            Value::Double(value) => write!(f, "{value}"),
            Value::Str(value) => f.write_str(value),
            Value::List(items) => {
                let items: Vec<String> = items.iter().map(ToString::to_string).collect();
                write!(f, "[{}]", items.join(", "))
            }
            Value::Map(entries) => {
                let entries: Vec<String> =
                    entries.iter().map(|(key, value)| format!("{key}: {value}")).collect();
                write!(f, "{{{}}}", entries.join(", "))
            }
            Value::Object { name, state, .. } if state.is_empty() => f.write_str(name),
            Value::Object { name, state, .. } => write!(f, "{name} ({state})"),
        }
    }
}

/// Whether an expression is CEL, and asks only for what there is.
pub fn check_expression(expression: &str) -> Result<(), ClaimError> {
    compile(expression).map(|_| ())
}

fn environment() -> Arc<Env> {
    static ENVIRONMENT: OnceLock<Arc<Env>> = OnceLock::new();
    ENVIRONMENT.get_or_init(|| Arc::new(Env::stdlib())).clone()
}

/// An expression, ready to be evaluated as often as one likes.
struct Compiled {
    /// With the calls that count its cost.
    program: IdedExpr,
    /// The kinds that it looks at: only their changes can change its value.
    kinds: Vec<Kind>,
}

/// An expression may be this long, in bytes.
pub const MAX_LENGTH: usize = 2000;
/// A claim may take so many steps at all of its moments together, and so many more to say why it is false. A step is one part of
/// an expression evaluated, or one object listed. The library's dearest claim takes a two-hundredth.
pub const MOST_STEPS: u64 = 1_000_000;
/// All claims of a scenario may take so many.
pub const MOST_STEPS_OF_ALL: u64 = 5 * MOST_STEPS;

fn compile(expression: &str) -> Result<Compiled, ClaimError> {
    if expression.len() > MAX_LENGTH {
        let length = expression.len();
        return Err(ClaimError::Syntax(format!("{length} bytes long, of at most {MAX_LENGTH}")));
    }
    let program = environment().compile(expression).map_err(|errors| {
        let first = errors.errors.first().map_or_else(String::new, |error| error.msg.clone());
        ClaimError::Syntax(first)
    })?;
    let mut kinds = Vec::new();
    for function in names::functions(program.expression())? {
        match kinds_of(function) {
            Some(more) => kinds.extend_from_slice(more),
            None if names::is_standard(function) => {}
            None => return Err(ClaimError::Unknown(format!("{function}()"))),
        }
    }
    let mut program = program.expression().clone();
    budget::count(&mut program);
    Ok(Compiled { program, kinds })
}

/// Evaluates expressions over one trace.
pub struct Prover<'t> {
    trace: &'t Trace,
    past: Arc<Past>,
    context: Context<'static, 'static>,
}

impl<'t> Prover<'t> {
    /// For this trace.
    pub fn new(trace: &'t Trace) -> Prover<'t> {
        let past = Arc::new(Past::new(trace.clone()));
        Prover { trace, context: context(environment(), &past.budget), past }
    }

    /// The value of an expression at a moment.
    ///
    /// # Errors
    /// It is no CEL, or cannot be evaluated then.
    pub fn evaluate(&mut self, expression: &str, at: SimTime) -> Result<Value, ClaimError> {
        let compiled = compile(expression)?;
        self.turn_to(self.past.moment(at));
        self.past.budget.set(MOST_STEPS);
        self.value(&compiled.program)
    }

    /// Checks claims; one verdict each, in order.
    pub fn prove(mut self, claims: &[Claim]) -> Vec<Verdict> {
        let compiled: Vec<Result<Compiled, ClaimError>> =
            claims.iter().map(|claim| compile(&claim.that)).collect();
        let mut verdicts: Vec<Option<Verdict>> = claims.iter().map(|_| None).collect();
        let mut steps = Steps::new(claims.len());
        let mut replay = Replay::new(self.trace);
        for at in check_times(self.trace, claims) {
            // Which claims are decided at this moment: those whose moment it is, and those that must hold all through it.
            let due: Vec<usize> = (0..claims.len())
                .filter(|i| claims[*i].when.from() <= at.time && at.time <= claims[*i].when.to())
                .filter(|i| verdicts[*i].as_ref().is_none_or(|verdict| verdict.holds))
                .filter(|i| match &compiled[*i] {
                    Ok(compiled) => verdicts[*i].is_none() || at.touches(&compiled.kinds),
                    Err(_) => verdicts[*i].is_none(),
                })
                .collect();
            if due.is_empty() {
                continue;
            }
            replay.advance(at.time);
            let state = Arc::new(std::mem::take(&mut replay.state));
            self.turn_to(self.past.moment_with(at.time, state.clone()));
            for i in due {
                let budget = &self.past.budget;
                let allowed = steps.allowed(i);
                budget.set(allowed);
                let verdict = self.check(i, &claims[i], &compiled[i], at.time);
                steps.take(i, allowed - budget.left().min(allowed));
                verdicts[i] = Some(verdict);
            }
            // Nobody looks at this moment any more, so that the state goes on without being copied.
            self.turn_to(self.past.moment_with(at.time, Arc::default()));
            replay.state = Arc::try_unwrap(state).unwrap_or_else(|shared| (*shared).clone());
        }
        let verdicts = verdicts.into_iter().enumerate();
        verdicts
            .map(|(i, verdict)| {
                let mut verdict = verdict.unwrap_or_else(|| Verdict {
                    claim: i,
                    holds: false,
                    at: claims[i].when.from(),
                    values: Vec::new(),
                    error: Some(ClaimError::Evaluation("the scenario ends before".to_owned())),
                });
                if verdict.holds {
                    verdict.at = claims[i].when.to();
                }
                verdict
            })
            .collect()
    }

    fn check(
        &self,
        claim: usize,
        stated: &Claim,
        compiled: &Result<Compiled, ClaimError>,
        at: SimTime,
    ) -> Verdict {
        let value = match compiled {
            Ok(compiled) => self.value(&compiled.program),
            Err(error) => Err(error.clone()),
        };
        let error = match value {
            Ok(Value::Bool(true)) => {
                return Verdict { claim, holds: true, at, values: Vec::new(), error: None };
            }
            Ok(Value::Bool(false)) => None,
            Ok(other) => Some(ClaimError::NotBoolean(other.to_string())),
            Err(error) => Some(error),
        };
        let spent = self.past.budget.left();
        self.past.budget.set(MOST_STEPS);
        let values =
            if error == Some(ClaimError::TooCostly) { Vec::new() } else { self.values(&stated.that) };
        self.past.budget.set(spent);
        Verdict { claim, holds: false, at, values, error }
    }

    /// The parts of an expression and what they are now; a part that cannot be evaluated by itself is left out.
    fn values(&self, expression: &str) -> Vec<(String, String)> {
        let value = |part: &str| {
            let compiled = compile(part).ok()?;
            Some(match self.value(&compiled.program) {
                Ok(value) => value.to_string(),
                Err(error) => error.to_string(),
            })
        };
        let parts = parts::parts(expression).into_iter();
        parts.filter_map(|part| value(part).map(|value| (part.to_owned(), value))).collect()
    }

    /// Expressions are about this moment from now on.
    fn turn_to(&mut self, moment: Moment) {
        self.context.add_variable_as_val(accessors::NOW, Box::new(moment));
    }

    fn value(&self, program: &IdedExpr) -> Result<Value, ClaimError> {
        let value = cel::Value::resolve_val(program, &self.context);
        // An operator may have forgiven the error, but what it answers then is not the expression's value.
        if self.past.budget.left() == 0 {
            return Err(ClaimError::TooCostly);
        }
        match value {
            Ok(value) => Ok(values::to_value(value.as_ref())),
            Err(error) => Err(values::to_error(&error)),
        }
    }
}

/// The steps that each claim may still take, and that all of them together may.
struct Steps {
    each: Vec<u64>,
    all: u64,
}

impl Steps {
    fn new(claims: usize) -> Steps {
        Steps { each: vec![MOST_STEPS; claims], all: MOST_STEPS_OF_ALL }
    }

    fn allowed(&self, claim: usize) -> u64 {
        self.each[claim].min(self.all)
    }

    fn take(&mut self, claim: usize, steps: u64) {
        self.each[claim] = self.each[claim].saturating_sub(steps);
        self.all = self.all.saturating_sub(steps);
    }
}

/// A moment at which claims are checked.
struct CheckTime {
    time: SimTime,
    /// The kinds of the objects that changed since the check before; empty for a moment that a claim names.
    changed: Vec<Kind>,
}

impl CheckTime {
    fn touches(&self, kinds: &[Kind]) -> bool {
        self.changed.iter().any(|kind| kinds.contains(kind))
    }
}

/// The moments that claims name, and within the stretches that they name every moment at which something changes.
fn check_times(trace: &Trace, claims: &[Claim]) -> Vec<CheckTime> {
    let mut named: Vec<SimTime> = claims.iter().map(|claim| claim.when.from()).collect();
    named.sort_unstable();
    named.dedup();
    let always: Vec<(SimTime, SimTime)> = claims
        .iter()
        .filter(|claim| matches!(claim.when, When::Always { .. }))
        .map(|claim| (claim.when.from(), claim.when.to()))
        .collect();
    let mut replay = Replay::new(trace);
    let mut named = named.into_iter().filter(|at| *at <= trace.end()).peekable();
    let mut times = Vec::new();
    while let Some(change) = replay.next_change() {
        while let Some(at) = named.next_if(|at| *at < change) {
            times.push(CheckTime { time: at, changed: Vec::new() });
        }
        let is_named = named.next_if_eq(&change).is_some();
        let changes = replay.advance(change);
        if is_named || always.iter().any(|(from, to)| *from <= change && change <= *to) {
            let mut changed: Vec<Kind> = changes.iter().map(|change| change.object.kind()).collect();
            changed.sort_unstable();
            changed.dedup();
            times.push(CheckTime { time: change, changed });
        }
    }
    times.extend(named.map(|time| CheckTime { time, changed: Vec::new() }));
    times
}
