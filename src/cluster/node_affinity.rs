//! Which Nodes a Pod asks for: `nodeSelector` and node affinity.
//!
//! Source: component-helpers `scheduling/corev1/nodeaffinity/nodeaffinity.go`; docs "Assigning Pods to Nodes".

use super::object::Resource;
use super::selector::{Labels, Requirement};
use k8s_openapi::api::core::v1::{Node, NodeSelector, NodeSelectorRequirement, NodeSelectorTerm, PodSpec};
use std::collections::BTreeSet;

/// The only field that a Node can be asked for.
pub const NAME_FIELD: &str = "metadata.name";

/// What a Pod requires of its Node; all of it must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RequiredNodes {
    labels: Labels,
    terms: Option<Vec<Term>>,
}

/// One term of a node selector: every expression must hold. A term without any matches no Node, and so does one that is
/// not valid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Term {
    labels: Vec<Requirement>,
    fields: Vec<Requirement>,
    /// The Nodes that the term names, if it names any.
    names: Option<BTreeSet<String>>,
    valid: bool,
}

impl RequiredNodes {
    /// What this Pod requires.
    pub fn of(spec: &PodSpec) -> RequiredNodes {
        let required = spec
            .affinity
            .as_ref()
            .and_then(|affinity| affinity.node_affinity.as_ref())
            .and_then(|affinity| affinity.required_during_scheduling_ignored_during_execution.as_ref());
        RequiredNodes { labels: spec.node_selector.clone().unwrap_or_default(), terms: required.map(terms) }
    }

    /// Whether a Node will do: all labels, and one of the terms if there are terms.
    pub fn matches(&self, node: &Node) -> bool {
        let none = Labels::new();
        let labels = node.metadata.labels.as_ref().unwrap_or(&none);
        self.labels.iter().all(|(key, value)| labels.get(key) == Some(value))
            && self.terms.as_ref().is_none_or(|terms| terms.iter().any(|term| term.matches(node)))
    }

    /// The only Nodes that can do, where every term names Nodes, as the terms of a DaemonSet's Pods do.
    pub fn named(&self) -> Option<BTreeSet<&str>> {
        let terms = self.terms.as_ref().filter(|terms| !terms.is_empty())?;
        let mut all = BTreeSet::new();
        for term in terms {
            all.extend(term.names.as_ref()?.iter().map(String::as_str));
        }
        Some(all)
    }
}

/// Whether a Node matches a node selector, as a volume's affinity has one.
pub fn matches_selector(selector: &NodeSelector, node: &Node) -> bool {
    terms(selector).iter().any(|term| term.matches(node))
}

fn terms(selector: &NodeSelector) -> Vec<Term> {
    selector.node_selector_terms.iter().map(Term::new).collect()
}

impl Term {
    /// Reads a term.
    pub fn new(term: &NodeSelectorTerm) -> Term {
        let labels = requirements(term.match_expressions.as_deref().unwrap_or(&[]));
        let fields = term.match_fields.as_deref().unwrap_or(&[]);
        let names = fields
            .iter()
            .find(|field| field.key == NAME_FIELD && field.operator == "In")
            .map(|field| field.values.iter().flatten().cloned().collect());
        let fields = requirements(fields);
        let valid = labels.is_some() && fields.is_some();
        Term { labels: labels.unwrap_or_default(), fields: fields.unwrap_or_default(), names, valid }
    }

    /// Whether a Node meets the whole term.
    pub fn matches(&self, node: &Node) -> bool {
        if !self.valid || (self.labels.is_empty() && self.fields.is_empty()) {
            return false;
        }
        let none = Labels::new();
        let labels = node.metadata.labels.as_ref().unwrap_or(&none);
        if !self.labels.iter().all(|requirement| requirement.matches(labels)) {
            return false;
        }
        if self.fields.is_empty() {
            return true;
        }
        let fields = Labels::from([(NAME_FIELD.to_owned(), node.name().to_owned())]);
        self.fields.iter().all(|requirement| requirement.matches(&fields))
    }
}

fn requirements(expressions: &[NodeSelectorRequirement]) -> Option<Vec<Requirement>> {
    expressions
        .iter()
        .map(|e| Requirement::new(&e.key, &e.operator, e.values.as_deref().unwrap_or(&[])))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn node(name: &str, labels: serde_json::Value) -> Node {
        serde_json::from_value(json!({"metadata": {"name": name, "labels": labels}})).unwrap()
    }

    fn required(spec: serde_json::Value) -> RequiredNodes {
        RequiredNodes::of(&serde_json::from_value(spec).unwrap())
    }

    #[test]
    fn terms_are_alternatives_and_expressions_must_all_hold() {
        let wanted = required(json!({"containers": [], "affinity": {"nodeAffinity": {
            "requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [
                {"matchExpressions": [
                    {"key": "disk", "operator": "In", "values": ["ssd"]},
                    {"key": "zone", "operator": "NotIn", "values": ["z2"]}]},
                {"matchExpressions": [{"key": "big", "operator": "Exists"}]}]}}}}));
        assert!(wanted.matches(&node("a", json!({"disk": "ssd"}))), "NotIn matches an absent label");
        assert!(!wanted.matches(&node("a", json!({"disk": "ssd", "zone": "z2"}))));
        assert!(wanted.matches(&node("a", json!({"big": ""}))));
        assert_eq!(wanted.named(), None);
    }

    #[test]
    fn an_empty_term_matches_no_node() {
        let wanted = required(json!({"containers": [], "affinity": {"nodeAffinity": {
            "requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [{}]}}}}));
        assert!(!wanted.matches(&node("a", json!({}))));
    }

    #[test]
    fn a_term_can_name_its_node() {
        let wanted = required(json!({"containers": [], "affinity": {"nodeAffinity": {
            "requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [
                {"matchFields": [{"key": "metadata.name", "operator": "In", "values": ["a"]}]}]}}}}));
        assert!(wanted.matches(&node("a", json!({}))) && !wanted.matches(&node("b", json!({}))));
        assert_eq!(wanted.named(), Some(BTreeSet::from(["a"])));
    }
}
