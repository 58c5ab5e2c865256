//! The names that an expression uses: every variable must be bound by a macro around it, every function must exist.

use super::ClaimError;
use cel::IdedExpr;
use cel::common::ast::{EntryExpr, Expr};

/// Macros (`all`, `exists`, `filter`, `map`) may stand inside one another this deep: each level multiplies the work.
pub const MOST_NESTED: usize = 3;

/// The functions that an expression calls, operators included.
///
/// # Errors
/// It uses a variable that nothing binds, or its macros are nested too deep.
pub(super) fn functions(expression: &IdedExpr) -> Result<Vec<&str>, ClaimError> {
    let mut functions = Vec::new();
    walk(expression, &mut Vec::new(), &mut functions)?;
    Ok(functions)
}

/// Functions of CEL itself, and its operators, whose names hold other signs than letters.
pub(super) fn is_standard(name: &str) -> bool {
    const NAMES: [&str; 17] = [
        "size",
        "contains",
        "startsWith",
        "endsWith",
        "matches",
        "string",
        "int",
        "uint",
        "double",
        "bool",
        "bytes",
        "type",
        "dyn",
        "value",
        "hasValue",
        "orValue",
        "or",
    ];
    NAMES.contains(&name) || name.contains(|c: char| !c.is_ascii_alphanumeric())
}

/// Types are values too: `type(1) == int`.
const TYPES: [&str; 10] =
    ["int", "uint", "double", "string", "bool", "bytes", "list", "map", "type", "null_type"];

fn walk<'e>(
    expression: &'e IdedExpr,
    bound: &mut Vec<&'e str>,
    functions: &mut Vec<&'e str>,
) -> Result<(), ClaimError> {
    match &expression.expr {
        Expr::Unspecified | Expr::Literal(_) => {}
        Expr::Ident(name) => {
            if !bound.contains(&name.as_str()) && !TYPES.contains(&name.as_str()) {
                return Err(ClaimError::Unknown(name.clone()));
            }
        }
        Expr::Call(call) => {
            functions.push(&call.func_name);
            for part in call.target.as_deref().into_iter().chain(&call.args) {
                walk(part, bound, functions)?;
            }
        }
        Expr::Comprehension(macro_) => {
            // Each level binds what it goes over and what it adds up, and nothing else is bound here.
            let level = bound.iter().filter(|name| **name == macro_.accu_var).count();
            if level == MOST_NESTED {
                return Err(ClaimError::Syntax(format!("macros are nested deeper than {MOST_NESTED}")));
            }
            walk(&macro_.iter_range, bound, functions)?;
            walk(&macro_.accu_init, bound, functions)?;
            let outer = bound.len();
            bound.push(&macro_.iter_var);
            bound.extend(macro_.iter_var2.as_deref());
            bound.push(&macro_.accu_var);
            for part in [&macro_.loop_cond, &macro_.loop_step, &macro_.result] {
                walk(part, bound, functions)?;
            }
            bound.truncate(outer);
        }
        Expr::List(list) => {
            for element in &list.elements {
                walk(element, bound, functions)?;
            }
        }
        Expr::Map(map) => {
            for entry in &map.entries {
                walk_entry(&entry.expr, bound, functions)?;
            }
        }
        Expr::Select(select) => walk(&select.operand, bound, functions)?,
        Expr::Struct(structure) => {
            for entry in &structure.entries {
                walk_entry(&entry.expr, bound, functions)?;
            }
        }
    }
    Ok(())
}

fn walk_entry<'e>(
    entry: &'e EntryExpr,
    bound: &mut Vec<&'e str>,
    functions: &mut Vec<&'e str>,
) -> Result<(), ClaimError> {
    match entry {
        EntryExpr::StructField(field) => walk(&field.value, bound, functions),
        EntryExpr::MapEntry(entry) => {
            walk(&entry.key, bound, functions)?;
            walk(&entry.value, bound, functions)
        }
    }
}
