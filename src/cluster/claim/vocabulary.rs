//! What a claim can ask, as lists: for the page that explains it.

use super::accessors::{OF_KIND, OTHERS};
use super::fields;
use crate::cluster::object::Kind;

/// The short fields that every object has.
pub const EVERY_OBJECT: &[&str] = fields::OF_ANY;

/// An accessor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accessor {
    /// Its name; that of the list, where there is one for a list and one for a single object.
    pub name: &'static str,
    /// How it is written, in each of its forms.
    pub written: Vec<String>,
    /// The short fields of each thing that it answers, besides [`EVERY_OBJECT`] where that is an object.
    pub fields: &'static [&'static str],
}

/// The accessors of the kinds: all objects, and one by its name.
pub fn of_kinds() -> impl Iterator<Item = Accessor> {
    OF_KIND.into_iter().map(|(all, one, kind)| Accessor {
        name: all,
        written: vec![format!("{all}()"), format!("{one}('x')")],
        fields: fields::names(kind),
    })
}

/// The others.
pub fn others() -> impl Iterator<Item = Accessor> {
    OTHERS.into_iter().map(|(name, written, ..)| Accessor {
        name,
        written: vec![written.to_owned()],
        fields: match name {
            "events" => fields::names(Kind::Event),
            "endpoints" | "backends" => fields::OF_ENDPOINT,
            _ => &[],
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::claim::check_expression;

    #[test]
    fn every_form_of_an_accessor_is_an_expression() {
        for written in of_kinds().chain(others()).flat_map(|accessor| accessor.written) {
            assert_eq!(check_expression(&written), Ok(()), "{written}");
        }
    }

    #[test]
    fn every_kind_with_short_fields_can_be_asked_for() {
        // Endpoints of a Service stand for its slices.
        let asked = |kind: &Kind| *kind == Kind::Event || OF_KIND.iter().any(|(.., own)| own == kind);
        let unasked = Kind::ALL.iter().filter(|kind| !asked(kind) && !fields::names(**kind).is_empty());
        assert_eq!(unasked.count(), 0);
    }
}
