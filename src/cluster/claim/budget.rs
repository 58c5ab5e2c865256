//! What an expression may cost: so many steps, counted while it is evaluated, the same on every machine.
//!
//! Whoever sends a bank writes its expressions, and a few nested macros over all Pods are enough to keep a machine busy for
//! ever. So a compiled expression gets calls that count: a macro pays for its rounds before it begins, by how much there is to
//! evaluate in each; values pay by their size where an operator looks at all of them; accessors pay for what they list. When
//! the steps are used up, everything that counts is an error. CEL forgives some errors (`false && 1/0 == 0`), so whoever
//! evaluates must also ask whether the [`Budget`] is spent.
//!
//! Kubernetes bounds its own CEL by a run-time cost, too (docs "Common Expression Language in Kubernetes", Resource
//! constraints); its figures are about admission, not about looking through a trace, and are not used here.

use super::values::Thing;
use cel::common::ast::{CallExpr, EntryExpr, Expr, LiteralValue, operators};
use cel::common::types::{CelBytes, CelInt, CelList, CelMap, CelString};
use cel::common::value::Val;
use cel::{ExecutionError, IdedExpr};
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicU64, Ordering};

/// A list or mapping that a macro goes over: `@each(range, steps in each round)`. No expression can write such a name.
pub(super) const EACH: &str = "@each";
/// A value that an operator looks at as a whole: `@whole(value)`.
pub(super) const WHOLE: &str = "@whole";
/// `text.matches(pattern)`, with patterns that are kept.
pub(super) const MATCHES: &str = "@matches";

/// Looking at a whole object, compared with looking at a number.
const OBJECT: u64 = 64;
/// So many bytes of a text are one step.
const BYTES: u64 = 64;
/// A look for a pattern, and for each byte of the text.
const SEARCH: u64 = 16;
/// A compiled pattern may take so many bytes.
const PATTERN_SIZE: usize = 1 << 16;
/// So many patterns are kept.
const PATTERNS: usize = 64;

/// The steps that are left, and the patterns that were compiled.
#[derive(Debug, Default)]
pub(super) struct Budget {
    left: AtomicU64,
    patterns: Mutex<Vec<(String, regex::Regex)>>,
}

impl Budget {
    /// Allows so many steps from now on.
    pub(super) fn set(&self, steps: u64) {
        self.left.store(steps, Ordering::Relaxed);
    }

    /// How many are left; 0 if they were not enough.
    pub(super) fn left(&self) -> u64 {
        self.left.load(Ordering::Relaxed)
    }

    /// Pays; an error when the steps are used up. One thread evaluates an expression, so reading and writing may be two
    /// operations.
    pub(super) fn pay(&self, steps: u64) -> Result<(), ExecutionError> {
        let left = self.left().saturating_sub(steps);
        self.set(left);
        if left == 0 { Err(ExecutionError::function_error("budget", "is spent")) } else { Ok(()) }
    }

    /// Pays for a macro over this range.
    pub(super) fn pay_rounds(&self, range: &dyn Val, steps: u64) -> Result<(), ExecutionError> {
        let rounds = if let Some(list) = range.downcast_ref::<CelList<'_>>() {
            list.inner().len()
        } else if let Some(map) = range.downcast_ref::<CelMap<'_>>() {
            map.inner().len()
        } else {
            0
        };
        self.pay(weight(range).saturating_add((rounds as u64).saturating_mul(steps)))
    }

    /// Pays for looking at a value as a whole.
    pub(super) fn pay_whole(&self, value: &dyn Val) -> Result<(), ExecutionError> {
        self.pay(weight(value))
    }

    /// Whether a text contains what a pattern describes. A pattern is compiled once, and must be small.
    pub(super) fn matches(&self, text: &str, pattern: &str) -> Result<bool, ExecutionError> {
        self.pay(SEARCH.saturating_mul(1 + text.len() as u64))?;
        // What a panicking thread left is still a valid cache: entries are only ever added whole.
        let mut patterns = self.patterns.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, regex)) = patterns.iter().find(|(known, _)| known == pattern) {
            return Ok(regex.is_match(text));
        }
        self.pay(SEARCH.saturating_mul(PATTERN_SIZE as u64 / BYTES))?;
        let regex = regex::RegexBuilder::new(pattern).size_limit(PATTERN_SIZE).build();
        let regex = regex.map_err(|wrong| ExecutionError::function_error("matches", wrong))?;
        let found = regex.is_match(text);
        if patterns.len() == PATTERNS {
            patterns.remove(0);
        }
        patterns.push((pattern.to_owned(), regex));
        Ok(found)
    }
}

/// How much a value is, with all that is in it.
fn weight(value: &dyn Val) -> u64 {
    let length = |bytes: usize| 1 + bytes as u64 / BYTES;
    if let Some(list) = value.downcast_ref::<CelList<'_>>() {
        1 + list.inner().iter().map(|item| weight_inside(item.as_ref())).sum::<u64>()
    } else if let Some(map) = value.downcast_ref::<CelMap<'_>>() {
        1 + map.inner().values().map(|item| 1 + weight_inside(item.as_ref())).sum::<u64>()
    } else if let Some(text) = value.downcast_ref::<CelString<'_>>() {
        length(text.inner().len())
    } else if let Some(bytes) = value.downcast_ref::<CelBytes<'_>>() {
        length(bytes.inner().len())
    } else if value.downcast_ref::<Thing>().is_some() {
        OBJECT
    } else {
        1
    }
}

/// The same inside a list: there objects are shared, not copied.
fn weight_inside(value: &dyn Val) -> u64 {
    if value.downcast_ref::<Thing>().is_some() { 1 } else { weight(value) }
}

/// Puts the calls that count into an expression.
pub(super) fn count(expression: &mut IdedExpr) {
    match &mut expression.expr {
        Expr::Unspecified | Expr::Literal(_) | Expr::Ident(_) => {}
        Expr::Call(call) => count_call(call),
        Expr::Comprehension(macro_) => {
            let rounds = [&macro_.loop_cond, &macro_.loop_step].into_iter().map(size).sum::<u64>();
            for part in [
                &mut macro_.iter_range,
                &mut macro_.accu_init,
                &mut macro_.loop_cond,
                &mut macro_.loop_step,
                &mut macro_.result,
            ] {
                count(part);
            }
            let steps = i64::try_from(rounds).unwrap_or(i64::MAX);
            let steps = Expr::Literal(LiteralValue::Int(CelInt::from(steps)));
            wrap(&mut macro_.iter_range, EACH, vec![IdedExpr { id: 0, expr: steps }]);
        }
        Expr::List(list) => list.elements.iter_mut().for_each(count),
        Expr::Map(map) => map.entries.iter_mut().for_each(|entry| count_entry(&mut entry.expr)),
        Expr::Select(select) => count(&mut select.operand),
        Expr::Struct(structure) => {
            structure.entries.iter_mut().for_each(|entry| count_entry(&mut entry.expr));
        }
    }
}

fn count_entry(entry: &mut EntryExpr) {
    match entry {
        EntryExpr::StructField(field) => count(&mut field.value),
        EntryExpr::MapEntry(entry) => {
            count(&mut entry.key);
            count(&mut entry.value);
        }
    }
}

fn count_call(call: &mut CallExpr) {
    let is_literal = |part: &IdedExpr| matches!(part.expr, Expr::Literal(_));
    // Compared with a number or a short text, nothing takes long.
    let is_short = call.args.iter().any(is_literal);
    for part in call.target.as_deref_mut().into_iter().chain(&mut call.args) {
        count(part);
    }
    match call.func_name.as_str() {
        operators::EQUALS | operators::NOT_EQUALS if !is_short => {
            call.args.iter_mut().for_each(|part| wrap(part, WHOLE, Vec::new()));
        }
        // What is added is copied. A macro adds one by one to a list of its own, which is not.
        operators::ADD if !is_own_list(call) => {
            call.args.iter_mut().for_each(|part| wrap(part, WHOLE, Vec::new()));
        }
        operators::IN => call.args.iter_mut().for_each(|part| wrap(part, WHOLE, Vec::new())),
        "contains" | "startsWith" | "endsWith" | "string" | "bytes" => {
            let parts = call.target.as_deref_mut().into_iter().chain(&mut call.args);
            parts.for_each(|part| wrap(part, WHOLE, Vec::new()));
        }
        "matches" => MATCHES.clone_into(&mut call.func_name),
        _ => {}
    }
}

/// `@result + [x]`, as `map` and `filter` have it.
fn is_own_list(call: &CallExpr) -> bool {
    match &call.args[..] {
        [IdedExpr { expr: Expr::Ident(name), .. }, IdedExpr { expr: Expr::List(_), .. }] => {
            name.starts_with('@')
        }
        _ => false,
    }
}

/// Puts a call around an expression, which becomes its first argument.
fn wrap(expression: &mut IdedExpr, function: &str, more: Vec<IdedExpr>) {
    if more.is_empty() && matches!(expression.expr, Expr::Literal(_)) {
        return;
    }
    let inner = std::mem::take(expression);
    expression.id = inner.id;
    let args = std::iter::once(inner).chain(more).collect();
    expression.expr = Expr::Call(CallExpr { func_name: function.to_owned(), target: None, args });
}

/// How many parts an expression has that are evaluated each time; what macros inside it go over pays for itself.
fn size(expression: &IdedExpr) -> u64 {
    let parts: u64 = match &expression.expr {
        Expr::Unspecified | Expr::Literal(_) | Expr::Ident(_) => 0,
        Expr::Call(call) => call.target.as_deref().into_iter().chain(&call.args).map(size).sum(),
        Expr::Comprehension(macro_) => {
            [&macro_.iter_range, &macro_.accu_init, &macro_.result].into_iter().map(size).sum()
        }
        Expr::List(list) => list.elements.iter().map(size).sum(),
        Expr::Map(map) => map.entries.iter().map(|entry| size_of_entry(&entry.expr)).sum(),
        Expr::Select(select) => size(&select.operand),
        Expr::Struct(structure) => structure.entries.iter().map(|entry| size_of_entry(&entry.expr)).sum(),
    };
    1 + parts
}

fn size_of_entry(entry: &EntryExpr) -> u64 {
    match entry {
        EntryExpr::StructField(field) => size(&field.value),
        EntryExpr::MapEntry(entry) => size(&entry.key) + size(&entry.value),
    }
}
