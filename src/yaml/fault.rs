//! What is wrong with a file that is no YAML, as people call it rather than as the parser does.

use super::{MAX_DEPTH, MAX_NODES};
use crate::problem::{Place, Problem};
use serde_saphyr::budget::BudgetBreach;
use serde_saphyr::granit_parser::ErrorKind;
use serde_saphyr::{Error, ExternalMessageSource};

/// The parser's error as a problem at its place. What has no name among people has the parser's own words.
pub(super) fn problem(error: &Error, file: &str) -> Problem {
    let location = error.location();
    let number = |number: u64| u32::try_from(number).unwrap_or(u32::MAX);
    let at = Place {
        file: file.to_owned(),
        line: location.map_or(0, |at| number(at.line())),
        column: location.map_or(0, |at| number(at.column())),
        path: String::new(),
    };
    let error = innermost(error);
    let limit = |kind, most: usize| Problem::error(at.clone(), kind).expected(most.to_string());
    match error {
        Error::DuplicateMappingKey { key, .. } => {
            Problem::error(at, "yaml-key-twice").found(key.clone().unwrap_or_default())
        }
        Error::AliasReplayLimitExceeded { .. }
        | Error::AliasExpansionLimitExceeded { .. }
        | Error::AliasReplayStackDepthExceeded { .. }
        | Error::AliasReplayCounterOverflow { .. } => Problem::error(at, "yaml-aliases"),
        Error::UnknownAnchor { .. } => Problem::error(at, "yaml-no-anchor"),
        Error::Budget { breach, .. } => match breach {
            BudgetBreach::Depth { .. } => limit("yaml-too-deep", MAX_DEPTH),
            BudgetBreach::Aliases { .. } | BudgetBreach::Anchors { .. } => Problem::error(at, "yaml-aliases"),
            _ => limit("yaml-too-many", MAX_NODES),
        },
        Error::ExternalMessage { source, msg, .. } => {
            let kind = match &**source {
                ExternalMessageSource::Parser(error) => of_parser(error.kind()),
                #[allow(unreachable_patterns, reason = "other sources need features that are off")]
                _ => None,
            };
            match kind {
                Some("yaml-too-deep") => limit("yaml-too-deep", MAX_DEPTH),
                Some(kind) => Problem::error(at, kind),
                None => Problem::error(at, "yaml-syntax").found(msg.as_str()),
            }
        }
        other => {
            let words = other.to_string();
            let first = words.lines().next().unwrap_or_default();
            // The place is told already, and this one counts from where the text was cut out.
            let reason = first.rfind(" at line ").map_or(first, |end| &first[..end]);
            Problem::error(at, "yaml-syntax").found(reason)
        }
    }
}

/// The error without what was wrapped around it.
fn innermost(error: &Error) -> &Error {
    match error {
        Error::WithSnippet { error, .. } | Error::AliasError { error, .. } => innermost(error),
        other => other,
    }
}

fn of_parser(kind: &ErrorKind) -> Option<&'static str> {
    Some(match kind {
        ErrorKind::TabNotAllowed
        | ErrorKind::TabInBlockIndentation
        | ErrorKind::TabInIndentation
        | ErrorKind::TabInPlainScalar
        | ErrorKind::TabAtBlockScalarStart => "yaml-tab",
        ErrorKind::UnclosedQuotedScalar | ErrorKind::DocumentIndicatorInQuotedScalar => "yaml-quote-open",
        ErrorKind::InvalidTrailingSingleQuotedScalar | ErrorKind::InvalidTrailingDoubleQuotedScalar => {
            "yaml-quote-closed"
        }
        ErrorKind::UnclosedFlowCollection { .. }
        | ErrorKind::UnexpectedEofFlowSequence
        | ErrorKind::UnexpectedEofFlowMapping
        | ErrorKind::UnexpectedEofImplicitFlowMapping => "yaml-bracket-open",
        ErrorKind::MisplacedFlowCollectionEnd | ErrorKind::MismatchedFlowCollectionEnd { .. } => {
            "yaml-bracket-closed"
        }
        ErrorKind::ExpectedFlowMappingSeparator | ErrorKind::ExpectedFlowSequenceSeparator => "yaml-comma",
        ErrorKind::InvalidIndentation
        | ErrorKind::ExpectedBlockMappingKey
        | ErrorKind::ExpectedBlockSequenceEntry
        | ErrorKind::BlockSequenceEntryNotAllowed
        | ErrorKind::InvalidBlockScalarIndent
        | ErrorKind::InvalidQuotedScalarIndent
        | ErrorKind::InvalidFlowScalarIndent => "yaml-indent",
        ErrorKind::MappingValueNotAllowed
        | ErrorKind::MappingKeyNotAllowed
        | ErrorKind::InvalidColonPlacement => "yaml-colon",
        ErrorKind::SimpleKeyExpected | ErrorKind::InvalidSimpleKey => "yaml-key-open",
        ErrorKind::RecursionLimitExceeded => "yaml-too-deep",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::super::parse;

    #[test]
    fn what_people_know_by_a_name_is_told_by_it() {
        for (text, kind, line) in [
            ("a: 1\nb: 2\na: 3\n", "yaml-key-twice", 3),
            ("a: x\n\tb: y\n", "yaml-tab", 1),
            ("a:\n\tb: y\n", "yaml-tab", 2),
            ("a: \"x\nb: y\n", "yaml-quote-open", 1),
            ("a: \"x\" y\n", "yaml-quote-closed", 1),
            ("a: [1, 2\n", "yaml-bracket-open", 1),
            ("a: 1]\nb: [2]]\n", "yaml-bracket-closed", 2),
            ("a: {b: 1 c: 2}\n", "yaml-comma", 1),
            ("a: [{b: 1} 2]\n", "yaml-comma", 1),
            ("a:\n  b: 1\n c: 2\n", "yaml-indent", 3),
            ("a: b: c\n", "yaml-colon", 1),
            ("a: 1\nb\nc: 2\n", "yaml-key-open", 2),
            ("a: *b\n", "yaml-no-anchor", 1),
        ] {
            let problem = parse(text, "").unwrap_err();
            assert_eq!((problem.kind, problem.at.line), (kind, line), "{text} {}", problem.found);
        }
        assert_eq!(parse("a: 1\na: 2\n", "").unwrap_err().found, "a");
        let deep = format!("{}{}", "[".repeat(100), "]".repeat(100));
        assert_eq!(parse(&deep, "").unwrap_err().kind, "yaml-too-deep");
        let words = parse("a: \"\\y\"\n", "").unwrap_err();
        assert_eq!(words.kind, "yaml-syntax");
        assert!(!words.found.is_empty() && !words.found.contains("line"), "{}", words.found);
    }
}
