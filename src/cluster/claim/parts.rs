//! The parts of an expression that are worth showing where it is false: the sides of its comparisons, and the lists that
//! it looks through.
//!
//! Parts are found in the text, since a person compares what is shown with what was written.

/// The parts of an expression, from left to right, each once.
pub(super) fn parts(expression: &str) -> Vec<&str> {
    let mut found = Vec::new();
    collect(expression, &mut found);
    let mut parts: Vec<&str> = Vec::new();
    for part in found {
        if !parts.contains(&part) && part != expression.trim() {
            parts.push(part);
        }
    }
    parts
}

fn collect<'e>(expression: &'e str, parts: &mut Vec<&'e str>) {
    let expression = strip(expression);
    for operators in [&["||"][..], &["&&"], &["==", "!=", "<=", ">=", "<", ">", " in "]] {
        let sides = split(expression, operators);
        if sides.len() > 1 {
            if operators.len() == 1 {
                parts.extend(sides.iter().map(|side| side.trim()));
            }
            sides.into_iter().for_each(|side| collect(side, parts));
            return;
        }
    }
    if is_literal(expression) {
        return;
    }
    parts.push(expression);
    if let Some(list) = list_of(expression) {
        parts.push(list);
    }
}

/// Without outer parentheses, blanks, and signs of negation.
fn strip(expression: &str) -> &str {
    let mut inner = expression.trim();
    loop {
        let next = inner.strip_prefix('!').filter(|rest| !rest.starts_with('=')).map_or(inner, str::trim);
        let next = match next.strip_prefix('(') {
            Some(rest) if closes_at_end(next) => rest[..rest.len() - 1].trim(),
            _ => next,
        };
        if next == inner {
            return inner;
        }
        inner = next;
    }
}

fn closes_at_end(expression: &str) -> bool {
    let mut ends = None;
    scan(expression, |at, depth, c| {
        if depth == 0 && c == ')' && ends.is_none() {
            ends = Some(at + 1);
        }
    });
    ends == Some(expression.len())
}

/// Calls `see` with every character outside strings, its place, and how deep in brackets it is (a bracket itself counts
/// as outside).
fn scan(expression: &str, mut see: impl FnMut(usize, usize, char)) {
    let mut depth = 0_usize;
    let mut quote: Option<char> = None;
    let mut escaped = false;
    for (at, c) in expression.char_indices() {
        match quote {
            Some(_) if escaped => escaped = false,
            Some(_) if c == '\\' => escaped = true,
            Some(open) => {
                if c == open {
                    quote = None;
                }
            }
            None => match c {
                '\'' | '"' => quote = Some(c),
                '(' | '[' | '{' => {
                    see(at, depth, c);
                    depth += 1;
                }
                ')' | ']' | '}' => {
                    depth = depth.saturating_sub(1);
                    see(at, depth, c);
                }
                _ => see(at, depth, c),
            },
        }
    }
}

fn split<'e>(expression: &'e str, operators: &[&str]) -> Vec<&'e str> {
    let mut cuts: Vec<(usize, usize)> = Vec::new();
    scan(expression, |at, depth, _| {
        let taken = cuts.last().is_some_and(|(_, end)| at < *end);
        if depth == 0 && !taken {
            let operator = operators.iter().find(|operator| expression[at..].starts_with(**operator));
            cuts.extend(operator.map(|operator| (at, at + operator.len())));
        }
    });
    let mut sides = Vec::new();
    let mut from = 0;
    for (start, end) in cuts {
        sides.push(&expression[from..start]);
        from = end;
    }
    sides.push(&expression[from..]);
    sides
}

fn is_literal(expression: &str) -> bool {
    let bytes = expression.as_bytes();
    expression.is_empty()
        || matches!(expression, "true" | "false" | "null")
        || bytes.iter().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'-'))
        || (matches!(bytes[0], b'\'' | b'"') && bytes[1..bytes.len() - 1].iter().all(|b| *b != bytes[0]))
        || (bytes[0] == b'[' && !expression.contains('('))
}

/// The list that a macro looks through: what stands before the last `.filter(`, `.all(`, `.exists(`, … on the outside.
fn list_of(expression: &str) -> Option<&str> {
    const MACROS: [&str; 5] = [".filter(", ".all(", ".exists(", ".exists_one(", ".map("];
    let mut found = None;
    scan(expression, |at, depth, c| {
        if depth == 0 && c == '.' && MACROS.iter().any(|name| expression[at..].starts_with(name)) {
            found = Some(&expression[..at]);
        }
    });
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sides_of_comparisons_are_parts_and_literals_are_not() {
        assert_eq!(
            parts("node('b').ready == 'Unknown' && deployment('web').ready == 2"),
            [
                "node('b').ready == 'Unknown'",
                "deployment('web').ready == 2",
                "node('b').ready",
                "deployment('web').ready"
            ]
        );
        assert_eq!(parts("pods().size() <= 1"), ["pods().size()"]);
    }

    #[test]
    fn the_list_that_a_macro_looks_through_is_a_part() {
        assert_eq!(
            parts("!pods(label('app','web')).exists(p, p.name == 'a && b')"),
            ["pods(label('app','web')).exists(p, p.name == 'a && b')", "pods(label('app','web'))"]
        );
        assert_eq!(
            parts("(pods().filter(p, p.ready).size() == 3)"),
            ["pods().filter(p, p.ready).size()", "pods()"]
        );
    }

    #[test]
    fn strings_and_brackets_hide_operators() {
        assert_eq!(parts("pod('a || b').status in ['x', 'y']"), ["pod('a || b').status"]);
    }
}
