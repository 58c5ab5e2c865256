//! Label selectors. Source: apimachinery `pkg/labels/selector.go`; docs "Labels and Selectors".

use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;
use std::collections::BTreeMap;

/// The labels of an object.
pub type Labels = BTreeMap<String, String>;

/// Which objects are meant, by their labels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Selector {
    /// No object: what an absent selector means.
    Nothing,
    /// The objects that meet every requirement; every object if there is none.
    All(Vec<Requirement>),
}

/// One requirement on one label.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Requirement {
    key: String,
    operator: Operator,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Operator {
    In(Vec<String>),
    /// Also true when the label is absent.
    NotIn(Vec<String>),
    Exists,
    DoesNotExist,
    Gt(i64),
    Lt(i64),
}

impl Requirement {
    /// A requirement as the API writes it: `In`, `NotIn`, `Exists`, `DoesNotExist`, `Gt`, `Lt`. `None` where the
    /// operator is unknown or the number of values does not fit it.
    pub fn new(key: &str, operator: &str, values: &[String]) -> Option<Requirement> {
        let one_number = || match values {
            [value] => value.parse().ok(),
            _ => None,
        };
        let operator = match operator {
            "In" if !values.is_empty() => Operator::In(values.to_vec()),
            "NotIn" if !values.is_empty() => Operator::NotIn(values.to_vec()),
            "Exists" if values.is_empty() => Operator::Exists,
            "DoesNotExist" if values.is_empty() => Operator::DoesNotExist,
            "Gt" => Operator::Gt(one_number()?),
            "Lt" => Operator::Lt(one_number()?),
            _ => return None,
        };
        Some(Requirement { key: key.to_owned(), operator })
    }

    /// Whether these labels meet it.
    pub fn matches(&self, labels: &Labels) -> bool {
        let value = labels.get(&self.key);
        let number = || value.and_then(|value| value.parse::<i64>().ok());
        match &self.operator {
            Operator::In(values) => value.is_some_and(|value| values.contains(value)),
            Operator::NotIn(values) => value.is_none_or(|value| !values.contains(value)),
            Operator::Exists => value.is_some(),
            Operator::DoesNotExist => value.is_none(),
            Operator::Gt(bound) => number().is_some_and(|number| number > *bound),
            Operator::Lt(bound) => number().is_some_and(|number| number < *bound),
        }
    }
}

impl Selector {
    /// The selector of an API object: absent selects nothing, empty selects everything. `None` where it is not valid.
    pub fn new(selector: Option<&LabelSelector>) -> Option<Selector> {
        let Some(selector) = selector else { return Some(Selector::Nothing) };
        let mut requirements = equalities(selector.match_labels.iter().flatten());
        for expression in selector.match_expressions.iter().flatten() {
            let values = expression.values.clone().unwrap_or_default();
            requirements.push(Requirement::new(&expression.key, &expression.operator, &values)?);
        }
        Some(Selector::All(requirements))
    }

    /// The selector of a Service or a ReplicationController: labels that must all be equal; empty selects nothing.
    pub fn from_labels(labels: &Labels) -> Selector {
        if labels.is_empty() { Selector::Nothing } else { Selector::All(equalities(labels)) }
    }

    /// Whether these labels are meant.
    pub fn matches(&self, labels: &Labels) -> bool {
        match self {
            Selector::Nothing => false,
            Selector::All(requirements) => requirements.iter().all(|requirement| requirement.matches(labels)),
        }
    }

    /// Whether an object with these labels, or none at all, is meant.
    pub fn matches_option(&self, labels: Option<&Labels>) -> bool {
        match labels {
            Some(labels) => self.matches(labels),
            None => self.matches(&Labels::new()),
        }
    }

    /// Whether it selects everything.
    pub fn is_empty(&self) -> bool {
        matches!(self, Selector::All(requirements) if requirements.is_empty())
    }
}

fn equalities<'a>(labels: impl IntoIterator<Item = (&'a String, &'a String)>) -> Vec<Requirement> {
    labels
        .into_iter()
        .map(|(key, value)| Requirement { key: key.clone(), operator: Operator::In(vec![value.clone()]) })
        .collect()
}

/// A selector as Go prints it.
pub fn as_go(selector: Option<&LabelSelector>) -> String {
    let Some(selector) = selector else { return "nil".to_owned() };
    let labels: String =
        selector.match_labels.iter().flatten().map(|(key, value)| format!("{key}: {value},")).collect();
    let expressions = selector.match_expressions.iter().flatten();
    let expressions: String = expressions
        .map(|one| {
            let values = one.values.as_deref().unwrap_or_default().join(" ");
            format!(
                "LabelSelectorRequirement{{Key:{},Operator:{},Values:[{values}],}},",
                one.key, one.operator
            )
        })
        .collect();
    format!(
        "&LabelSelector{{MatchLabels:map[string]string{{{labels}}},MatchExpressions:[]LabelSelectorRequirement{{{expressions}}},}}"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(pairs: &[(&str, &str)]) -> Labels {
        pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect()
    }

    #[test]
    fn not_in_matches_an_absent_label() {
        let requirement = Requirement::new("tier", "NotIn", &["front".into()]).unwrap();
        assert!(requirement.matches(&labels(&[])));
        assert!(requirement.matches(&labels(&[("tier", "back")])));
        assert!(!requirement.matches(&labels(&[("tier", "front")])));
    }

    #[test]
    fn an_absent_selector_selects_nothing_and_an_empty_one_everything() {
        assert_eq!(Selector::new(None), Some(Selector::Nothing));
        let empty = Selector::new(Some(&LabelSelector::default())).unwrap();
        assert!(empty.matches(&labels(&[])) && empty.is_empty());
    }

    #[test]
    fn exists_takes_no_values_and_in_needs_some() {
        assert_eq!(Requirement::new("a", "Exists", &["x".into()]), None);
        assert_eq!(Requirement::new("a", "In", &[]), None);
    }

    #[test]
    fn gt_and_lt_compare_whole_numbers_only() {
        let gt = Requirement::new("n", "Gt", &["3".into()]).unwrap();
        assert!(gt.matches(&labels(&[("n", "4")])));
        assert!(!gt.matches(&labels(&[("n", "four")])));
        assert!(!gt.matches(&labels(&[])));
    }
}
