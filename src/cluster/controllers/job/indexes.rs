//! Completion indexes as Jobs write them, `0,2-5`: those that a status lists, and those that a success policy asks for.
//!
//! Source: `pkg/controller/job/indexed_job_utils.go` (`parseIndexesFromString`, `orderedIntervals`),
//! `pkg/apis/batch/validation/validation.go` (`validateIndexesFormat`).

use std::collections::BTreeSet;

/// Reads what a status lists; an index that the Job does not have (any more) is left out.
pub(super) fn parse(text: &str, completions: usize) -> BTreeSet<usize> {
    let mut indexes = BTreeSet::new();
    for part in text.split(',') {
        let (from, to) = part.split_once('-').unwrap_or((part, part));
        if let (Ok(from), Ok(to)) = (from.parse::<usize>(), to.parse::<usize>()) {
            indexes.extend((from..=to).take_while(|index| *index < completions));
        }
    }
    indexes
}

/// Writes `0,2-5`: two neighbors are listed, three or more make a range.
pub(super) fn print(indexes: &BTreeSet<usize>) -> String {
    let mut parts: Vec<String> = Vec::new();
    let mut rest = indexes.iter().copied().peekable();
    while let Some(from) = rest.next() {
        let mut to = from;
        while rest.peek() == Some(&(to + 1)) {
            to += 1;
            rest.next();
        }
        parts.push(match to - from {
            0 => from.to_string(),
            1 => format!("{from},{to}"),
            _ => format!("{from}-{to}"),
        });
    }
    parts.join(",")
}

/// The indexes that a rule of a success policy names. They are kept as ranges, since a Job may have two thousand million
/// of them.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Ranges(Vec<(usize, usize)>);

impl Ranges {
    /// Reads them; the error is the API server's own sentence.
    pub fn parse(text: &str, completions: usize) -> Result<Ranges, String> {
        let mut ranges: Vec<(usize, usize)> = Vec::new();
        if text.is_empty() {
            return Ok(Ranges::default());
        }
        for part in text.split(',') {
            let (from, to) = interval(part, completions)?;
            if let Some((_, last)) = ranges.last().filter(|(_, last)| *last >= from) {
                return Err(format!("non-increasing order, previous: {last}, current: {from}"));
            }
            ranges.push((from, to));
        }
        Ok(Ranges(ranges))
    }

    /// How many indexes these are.
    pub fn count(&self) -> usize {
        self.0.iter().map(|(from, to)| to - from + 1).sum()
    }

    /// How many of `indexes` are among them.
    pub(super) fn covered(&self, indexes: &BTreeSet<usize>) -> usize {
        self.0.iter().map(|(from, to)| indexes.range(from..=to).count()).sum()
    }
}

fn interval(text: &str, completions: usize) -> Result<(usize, usize), String> {
    let parts: Vec<&str> = text.split('-').collect();
    let number = |text: &str| {
        let number = text.parse::<usize>();
        number.map_err(|_| format!("cannot convert string to integer for index: {text:?}"))
    };
    let in_range = |index: usize, text: &str| {
        if index < completions { Ok(index) } else { Err(format!("too large index: {text:?}")) }
    };
    match parts[..] {
        [one] => {
            let index = in_range(number(one)?, one)?;
            Ok((index, index))
        }
        [from, to] => {
            let (first, last) = (in_range(number(from)?, from)?, in_range(number(to)?, to)?);
            if first >= last {
                return Err(format!("non-increasing order, previous: {first}, current: {last}"));
            }
            Ok((first, last))
        }
        _ => Err(format!(
            "the fragment {text:?} violates the requirement that an index interval can have at most two parts separated by '-'"
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_lists_its_indexes_as_ranges() {
        let list = |list: &[usize]| print(&list.iter().copied().collect());
        assert_eq!(list(&[0, 2, 3, 4, 5]), "0,2-5");
        assert_eq!(list(&[0, 1]), "0,1");
        assert_eq!(list(&[]), "");
        assert_eq!(parse("0,2-5", 10), [0, 2, 3, 4, 5].into());
        assert_eq!(parse("0,2-5", 4), [0, 2, 3].into(), "of a Job that has only four indexes now");
    }

    #[test]
    fn ranges_are_counted_without_being_written_out() {
        let ranges = Ranges::parse("1,3-5,7-1999999999", 2_000_000_000).unwrap();
        assert_eq!(ranges.count(), 1 + 3 + 1_999_999_993);
        assert_eq!(ranges.covered(&[0, 1, 2, 4, 5, 9].into()), 4);
        assert_eq!(Ranges::parse("", 5).unwrap().count(), 0);
    }

    #[test]
    fn what_is_no_list_of_indexes_is_refused_in_the_words_of_the_api_server() {
        let refuse = |text: &str| Ranges::parse(text, 5).unwrap_err();
        assert_eq!(refuse("a"), "cannot convert string to integer for index: \"a\"");
        assert_eq!(refuse("5"), "too large index: \"5\"");
        assert_eq!(refuse("1-7"), "too large index: \"7\"");
        assert_eq!(refuse("3-1"), "non-increasing order, previous: 3, current: 1");
        assert_eq!(refuse("0,2-3,3"), "non-increasing order, previous: 3, current: 3");
        assert!(refuse("1-2-3").starts_with("the fragment \"1-2-3\" violates the requirement"));
    }
}
