//! Rules that many fields share. Sources: apimachinery `pkg/util/validation/validation.go`,
//! `pkg/api/validation/objectmeta.go`, `pkg/apis/meta/v1/validation/validation.go`.

use crate::cluster::api::field::{FieldError, subdomain};
use crate::cluster::object::Kind;
use crate::cluster::quantity::{Quantity, Round, scaled};
use crate::cluster::selector::Selector;
use k8s_openapi::apimachinery::pkg::api::resource::Quantity as ApiQuantity;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;
use std::collections::BTreeMap;

/// A name of up to 63 characters that may stand in a host name.
pub(super) const LABEL_NAME: &str = "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and \
     end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is \
     '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
/// The same, beginning with a letter (RFC 1035).
const SERVICE_NAME: &str = "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, \
     and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is \
     '[a-z]([-a-z0-9]*[a-z0-9])?')";
const QUALIFIED_NAME: &str = "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an \
     alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is \
     '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
const LABEL_VALUE: &str = "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must \
     start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for \
     validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";
const QUANTITY: &str =
    "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";
const PERCENT: &str = "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used \
     for validation is '[0-9]+%')";
pub(super) const NOT_NEGATIVE: &str = "must be greater than or equal to 0";
pub(super) const IMMUTABLE: &str = "field is immutable";
pub(super) const PROTOCOLS: [&str; 3] = ["SCTP", "TCP", "UDP"];

/// Whether a word is an RFC 1123 label.
pub(super) fn is_label_name(name: &str) -> bool {
    name.len() <= 63 && !name.contains('.') && subdomain(name).is_ok()
}

/// Whether a word is letters, digits, `-`, `_` and `.`, with a letter or digit at both ends.
fn is_name_part(name: &str) -> bool {
    let ends = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
    ends(name.chars().next())
        && ends(name.chars().next_back())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))
}

/// What is wrong with the key of a label, an annotation or a taint (`IsQualifiedName`).
pub(super) fn qualified_name(key: &str) -> Vec<String> {
    let (prefix, name) = match key.split_once('/') {
        Some((prefix, name)) => (Some(prefix), name),
        None => (None, key),
    };
    let mut wrong = Vec::new();
    match prefix {
        Some("") => wrong.push("prefix part must be non-empty".to_owned()),
        Some(prefix) => wrong.extend(subdomain(prefix).err().map(|detail| format!("prefix part {detail}"))),
        None => {}
    }
    match name {
        "" => wrong.push("name part must be non-empty".to_owned()),
        long if long.len() > 63 => wrong.push("name part must be no more than 63 bytes".to_owned()),
        _ => {}
    }
    if !is_name_part(name) {
        wrong.push(QUALIFIED_NAME.to_owned());
    }
    wrong
}

/// The same, for the field at this path.
pub(super) fn qualified_names(path: &str, key: &str) -> Vec<FieldError> {
    qualified_name(key).into_iter().map(|detail| FieldError::invalid(path, &key, detail)).collect()
}

/// What is wrong with the value of a label.
pub(super) fn label_value(value: &str) -> Option<&'static str> {
    match value {
        long if long.len() > 63 => Some("must be no more than 63 bytes"),
        "" => None,
        value if !is_name_part(value) => Some(LABEL_VALUE),
        _ => None,
    }
}

/// Labels, at this path.
pub fn validate_labels(path: &str, labels: Option<&BTreeMap<String, String>>) -> Vec<FieldError> {
    let mut errors = Vec::new();
    for (key, value) in labels.into_iter().flatten() {
        errors.extend(qualified_names(path, key));
        errors.extend(label_value(value).map(|detail| FieldError::invalid(path, value, detail)));
    }
    errors
}

/// Annotations, at this path: their keys are those of labels, in any case.
pub fn validate_annotations(path: &str, annotations: Option<&BTreeMap<String, String>>) -> Vec<FieldError> {
    let wrong = |key: &String| {
        let details = qualified_name(&key.to_ascii_lowercase()).into_iter();
        details.map(|detail| FieldError::invalid(path, key, detail)).collect::<Vec<_>>()
    };
    annotations.into_iter().flat_map(|all| all.keys()).flat_map(wrong).collect()
}

/// What is wrong with the name of an object of this kind.
pub fn object_name(kind: Kind, name: &str) -> Option<&'static str> {
    match kind {
        // Event names carry the name of what they are about, whatever its rules.
        Kind::Event => None,
        Kind::Service => {
            (!is_label_name(name) || name.starts_with(|c: char| c.is_ascii_digit())).then_some(SERVICE_NAME)
        }
        Kind::Namespace | Kind::StatefulSet => (!is_label_name(name)).then_some(LABEL_NAME),
        _ => subdomain(name).err(),
    }
}

/// A number that may be missing but not negative.
pub(super) fn not_negative(path: &str, number: Option<i32>) -> Option<FieldError> {
    number.filter(|number| *number < 0).map(|number| FieldError::invalid(path, &number, NOT_NEGATIVE))
}

/// A number or a percentage that may not be negative.
pub(super) fn int_or_percent(path: &str, value: &IntOrString) -> Option<FieldError> {
    match value {
        IntOrString::Int(number) => not_negative(path, Some(*number)),
        IntOrString::String(text) => {
            let digits = text.strip_suffix('%').unwrap_or("");
            let is_percent = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
            (!is_percent).then(|| FieldError::invalid(path, text, PERCENT))
        }
    }
}

/// A percentage may not be more than the whole.
pub(super) fn at_most_all(path: &str, value: &IntOrString) -> Option<FieldError> {
    let IntOrString::String(text) = value else { return None };
    let percent = text.strip_suffix('%')?.parse::<u64>().ok()?;
    (percent > 100).then(|| FieldError::invalid(path, text, "must not be greater than 100%"))
}

/// Whether a number or percentage is nothing at all.
pub(super) fn is_zero(value: Option<&IntOrString>) -> bool {
    value.is_none_or(|value| scaled(value, 100, Round::Up) == Some(0))
}

/// A quantity that can be read and is not negative.
pub(super) fn quantity(path: &str, value: &ApiQuantity) -> Option<FieldError> {
    match Quantity::parse(&value.0) {
        Err(_) => Some(FieldError::invalid(path, &value.0, QUANTITY)),
        Ok(quantity) if value.0.starts_with('-') && !quantity.is_zero() => {
            Some(FieldError::invalid(path, &quantity.to_string(), NOT_NEGATIVE))
        }
        Ok(_) => None,
    }
}

/// A TCP or UDP port.
pub(super) fn port(path: &str, number: i32) -> Option<FieldError> {
    (!(1..=65_535).contains(&number))
        .then(|| FieldError::invalid(path, &number, "must be between 1 and 65535, inclusive"))
}

/// What is wrong with the name of a port (`IsValidPortName`).
pub(super) fn port_name(path: &str, name: &str) -> Vec<FieldError> {
    let is_meant = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    let rules = [
        (name.len() <= 15, "must be no more than 15 bytes"),
        (
            !name.is_empty() && name.chars().all(is_meant),
            "must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)",
        ),
        (name.chars().any(|c| c.is_ascii_lowercase()), "must contain at least one letter (a-z)"),
        (!name.contains("--"), "must not contain consecutive hyphens"),
        (!name.starts_with('-') && !name.ends_with('-'), "must not begin or end with a hyphen"),
    ];
    let broken = rules.into_iter().filter(|(holds, _)| !holds);
    broken.map(|(_, detail)| FieldError::invalid(path, &name, detail)).collect()
}

/// A port, or the name of one.
pub(super) fn port_or_name(path: &str, value: &IntOrString) -> Vec<FieldError> {
    match value {
        IntOrString::Int(number) => port(path, *number).into_iter().collect(),
        IntOrString::String(name) => port_name(path, name),
    }
}

/// One word of several.
pub(super) fn one_of(path: &str, word: Option<&str>, supported: &[&str]) -> Option<FieldError> {
    let word = word.filter(|word| !supported.contains(word))?;
    Some(FieldError::unsupported(path, word, supported))
}

/// A label selector.
pub(super) fn selector(path: &str, selector: &LabelSelector) -> Vec<FieldError> {
    let mut errors = validate_labels(&format!("{path}.matchLabels"), selector.match_labels.as_ref());
    for (index, requirement) in selector.match_expressions.iter().flatten().enumerate() {
        let path = format!("{path}.matchExpressions[{index}]");
        let values = requirement.values.as_deref().unwrap_or_default();
        match requirement.operator.as_str() {
            "In" | "NotIn" if values.is_empty() => errors.push(FieldError::required(
                format!("{path}.values"),
                "must be specified when `operator` is 'In' or 'NotIn'",
            )),
            "Exists" | "DoesNotExist" if !values.is_empty() => errors.push(FieldError::forbidden(
                format!("{path}.values"),
                "may not be specified when `operator` is 'Exists' or 'DoesNotExist'",
            )),
            "In" | "NotIn" | "Exists" | "DoesNotExist" => {}
            other => errors.push(FieldError::invalid(
                format!("{path}.operator"),
                &other,
                "not a valid selector operator",
            )),
        }
        errors.extend(qualified_names(&format!("{path}.key"), &requirement.key));
        for (index, value) in values.iter().enumerate() {
            let path = format!("{path}.values[{index}]");
            errors.extend(label_value(value).map(|detail| FieldError::invalid(path, value, detail)));
        }
    }
    errors
}

/// A workload's selector: there, not empty, and such that its own Pods carry the labels.
pub(super) fn workload_selector(
    kind: &str,
    selector_: &LabelSelector,
    template_labels: Option<&BTreeMap<String, String>>,
) -> Vec<FieldError> {
    let mut errors = selector("spec.selector", selector_);
    let is_empty = |selector: &Option<Selector>| selector.as_ref().is_none_or(Selector::is_empty);
    let parsed = Selector::new(Some(selector_));
    if errors.is_empty() && is_empty(&parsed) {
        let detail = format!("empty selector is invalid for {kind}");
        errors.push(FieldError::invalid("spec.selector", selector_, detail));
    } else if let Some(parsed) = parsed {
        errors.extend(own_labels(&parsed, template_labels));
    }
    errors
}

/// A workload's own Pods carry the labels that it selects.
pub(super) fn own_labels(
    selector: &Selector,
    template_labels: Option<&BTreeMap<String, String>>,
) -> Option<FieldError> {
    (!selector.matches_option(template_labels)).then(|| {
        FieldError::invalid(
            "spec.template.metadata.labels",
            &template_labels.cloned().unwrap_or_default(),
            "`selector` does not match template `labels`",
        )
    })
}

/// A name such as `example.com/foo` (`IsDomainPrefixedPath`).
pub(super) fn domain_prefixed_path(path: &str, name: &str) -> Vec<FieldError> {
    const FORM: &str = "must be a domain-prefixed path (such as \"acme.io/foo\")";
    const REST: &str = "Invalid path (regex used for validation is '[A-Za-z0-9/\\-._~%!$&'()*+,;=:]+')";
    if name.is_empty() {
        return vec![FieldError::required(path, "")];
    }
    let Some((domain, rest)) =
        name.split_once('/').filter(|(domain, rest)| !domain.is_empty() && !rest.is_empty())
    else {
        return vec![FieldError::invalid(path, &name, FORM)];
    };
    let is_meant = |c: char| c.is_ascii_alphanumeric() || "/-._~%!$&'()*+,;=:".contains(c);
    let domain = subdomain(domain).err().map(|detail| FieldError::invalid(path, &domain, detail));
    let rest = (!rest.chars().all(is_meant)).then(|| FieldError::invalid(path, &rest, REST));
    domain.into_iter().chain(rest).collect()
}
