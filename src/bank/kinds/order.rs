//! `order`: things to put in order. The part that is right is the share of pairs that stand in the right order.
//!
//! ```yaml
//! - id: how-a-pod-ends
//!   kind: order                # may be left out where there are `items`
//!   ask:
//!     zh: 删除 Pod 时，下面这些按什么顺序发生？
//!     en: In which order do these happen when a Pod is deleted?
//!   items:                     # 2 to 10, in the right order; never shown in it
//!     - id: prestop            # where it is left out: i1, i2 … by place
//!       say:
//!         zh: preStop 钩子
//!         en: The preStop hook
//!     - zh: 发送 SIGTERM       # without an id, the text alone is enough
//!       en: SIGTERM is sent
//!     - zh: 发送 SIGKILL
//!       en: SIGKILL is sent
//! ```

use super::{
    Form, Frozen, Grade, Lots, Reader, Response, ResponseProblem, Rules, Spot, Writer, shuffle_unsolved,
};
use crate::bank::answer::{Mark, Part};
use crate::bank::schema::{Keys, array, reference};
use crate::text::Text;
use crate::yaml::Node;

/// At most this many items.
const MOST: usize = 10;

/// What only a question about an order has.
#[derive(Clone, Debug, PartialEq)]
pub struct Order {
    /// The items, in the right order.
    pub items: Vec<Item>,
}

/// Something with an id.
#[derive(Clone, Debug, PartialEq)]
pub struct Item {
    /// Its id, unique in the question.
    pub id: String,
    /// What it says.
    pub say: Text,
}

impl Item {
    /// Reads an item: a text, or a mapping with `say`. Without an id it gets a letter and its place.
    pub(super) fn read(reader: &mut Reader<'_>, at: &Spot<'_>, letter: char, index: usize) -> Option<Item> {
        if at.node.get("say").is_none() && at.node.get("id").is_none() {
            return Some(Item { id: format!("{letter}{}", index + 1), say: reader.text(at)? });
        }
        reader.keys(at, &["id", "say"]);
        let id = reader.id_or(at, letter, index);
        let say = reader.required(at, "say").and_then(|say| reader.text(&say));
        Some(Item { id: id?, say: say? })
    }

    pub(super) fn write(&self, writer: &mut Writer) {
        writer.put("id", self.id.as_str());
        writer.put_text("say", &self.say);
    }
}

impl Rules for Order {
    const NAME: &'static str = "order";
    const KEYS: &'static [&'static str] = &["items"];

    fn schema() -> Keys {
        Keys::new(&["items"]).key("items", array(reference("item"), 2, MOST))
    }

    fn fits(question: &Node) -> bool {
        question.get("items").is_some()
    }

    fn read(reader: &mut Reader<'_>, question: &Spot<'_>) -> Option<Order> {
        let list = reader.required(question, "items")?;
        let spots = reader.list(&list, 2, MOST)?;
        let items: Vec<Option<Item>> =
            spots.iter().enumerate().map(|(i, spot)| Item::read(reader, spot, 'i', i)).collect();
        let items: Vec<Item> = items.into_iter().collect::<Option<_>>()?;
        reader.distinct(items.iter().zip(&spots).map(|(item, spot)| (item.id.as_str(), spot.clone())));
        Some(Order { items })
    }

    fn write(&self, writer: &mut Writer) {
        writer.put_list("items", &self.items, Item::write);
    }

    fn texts(&self) -> Vec<(String, &Text)> {
        self.items.iter().enumerate().map(|(i, item)| (format!("items[{i}]"), &item.say)).collect()
    }

    fn present(&self, lots: &mut Lots, _: Option<&Frozen>) -> Vec<String> {
        shuffle_unsolved(self.items.iter().map(|item| item.id.clone()).collect(), lots)
    }

    fn respond(&self, form: &Form<'_>) -> Result<Response, ResponseProblem> {
        let mut places: Vec<Option<String>> = vec![None; self.items.len()];
        let mut any = false;
        for item in &self.items {
            let Some(place) = form.of("place-", &item.id) else { continue };
            any = true;
            let slot = place.parse::<usize>().ok().and_then(|place| places.get_mut(place.checked_sub(1)?));
            match slot {
                Some(slot @ None) => *slot = Some(item.id.clone()),
                Some(Some(_)) => return Err(ResponseProblem::Place(place.parse().unwrap_or_default())),
                None => return Err(ResponseProblem::Unknown(place.to_owned())),
            }
        }
        if !any {
            return Err(ResponseProblem::Nothing);
        }
        match places.iter().position(Option::is_none) {
            Some(empty) => Err(ResponseProblem::Place(empty + 1)),
            None => Ok(Response::Ordered(places.into_iter().flatten().collect())),
        }
    }

    fn grade(&self, response: &Response, _: Option<&Frozen>) -> Grade {
        let Response::Ordered(ids) = response else { return Grade::whole(false) };
        let place = |item: &Item| ids.iter().position(|id| *id == item.id);
        let (mut in_order, mut pairs) = (0, 0);
        for (index, earlier) in self.items.iter().enumerate() {
            for later in &self.items[index + 1..] {
                pairs += 1;
                let right = place(earlier).zip(place(later)).is_some_and(|(earlier, later)| earlier < later);
                in_order += usize::from(right);
            }
        }
        let part = |(index, item): (usize, &Item)| Part {
            id: item.id.clone(),
            mark: if ids.get(index) == Some(&item.id) { Mark::Hit } else { Mark::Wrong },
        };
        Grade::partial(in_order, pairs, self.items.iter().enumerate().map(part).collect())
    }

    fn semantics(&self) -> serde_json::Value {
        self.items.iter().map(|item| item.id.as_str()).collect()
    }
}
