//! A page's form, filled in as somebody would who answers in a hurry: the first choice, the first match, "1".

use scraper::{ElementRef, Html, Selector};
use std::collections::BTreeSet;

fn select(selector: &str) -> Selector {
    Selector::parse(selector).unwrap()
}

/// The fields of the form that posts to a path ending so; `None` where the page has none.
pub(crate) fn filled(page: &str, action: &str) -> Option<Vec<(String, String)>> {
    let page = Html::parse_document(page);
    let form = page
        .select(&select("form"))
        .find(|form| form.value().attr("action").is_some_and(|target| target.ends_with(action)))?;
    let mut fields = Vec::new();
    let mut chosen = BTreeSet::new();
    for input in form.select(&select("input, select, textarea")) {
        let Some(name) = input.value().attr("name") else { continue };
        let value = input.value().attr("value").unwrap_or("").to_owned();
        let value = match (input.value().name(), input.value().attr("type")) {
            ("select", _) => chosen_option(input),
            (_, Some("hidden")) => Some(value),
            // One of several boxes or buttons of the same name.
            (_, Some("radio" | "checkbox")) => chosen.insert(name.to_owned()).then_some(value),
            _ => Some("1".to_owned()),
        };
        fields.extend(value.map(|value| (name.to_owned(), value)));
    }
    Some(fields)
}

/// What a list shows as chosen; the first real option where that is nothing.
fn chosen_option(list: ElementRef<'_>) -> Option<String> {
    let options = select("option");
    let value = |option: ElementRef<'_>| option.value().attr("value").unwrap_or("").to_owned();
    let chosen = list.select(&options).find(|option| option.value().attr("selected").is_some()).map(value);
    chosen.or_else(|| list.select(&options).map(value).find(|value| !value.is_empty()))
}
