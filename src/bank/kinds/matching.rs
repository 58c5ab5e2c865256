//! `match`: pairs to find. The part that is right is the share of left-hand sides with their right-hand sides.
//!
//! ```yaml
//! - id: which-controller
//!   kind: match                # may be left out where there are `pairs`
//!   ask:
//!     zh: 哪种工作用哪个 Controller？
//!     en: Which controller for which work?
//!   pairs:                     # 2 to 10; the same right-hand side may stand in several
//!     - id: logs               # where it is left out: p1, p2 … by place
//!       left:
//!         zh: 每个 Node 上的日志代理
//!         en: A log agent on every Node
//!       right:
//!         zh: DaemonSet
//!         en: DaemonSet
//!     - id: database
//!       left:
//!         zh: 数据库
//!         en: A database
//!       right:
//!         zh: StatefulSet
//!         en: StatefulSet
//!   extra:                     # right-hand sides that go with nothing; may be left out
//!     - id: job                # where it is left out: x1, x2 … by place
//!       say:
//!         zh: Job
//!         en: Job
//! ```

use super::{
    Form, Frozen, Grade, Item, Lots, Reader, Response, ResponseProblem, Rules, Spot, Writer, shuffle_unsolved,
};
use crate::bank::answer::{Mark, Part};
use crate::bank::schema::{Keys, array, reference};
use crate::text::Text;
use crate::yaml::Node;

/// At most this many pairs, and extra right-hand sides.
const MOST: usize = 10;

/// What only a question of pairs has.
#[derive(Clone, Debug, PartialEq)]
pub struct Matching {
    /// The pairs. Left-hand sides are shown in this order.
    pub pairs: Vec<Pair>,
    /// Right-hand sides that go with nothing.
    pub extra: Vec<Item>,
}

/// A left-hand side and what goes with it.
#[derive(Clone, Debug, PartialEq)]
pub struct Pair {
    /// The id of the left-hand side; of the right-hand side, too, unless an earlier pair has the same one.
    pub id: String,
    /// What is given.
    pub left: Text,
    /// What goes with it.
    pub right: Text,
}

impl Matching {
    /// The id of what goes with a left-hand side: equal texts are one right-hand side.
    pub fn right_id(&self, left: &str) -> Option<&str> {
        let pair = self.pairs.iter().find(|pair| pair.id == left)?;
        self.pairs.iter().find(|other| other.right == pair.right).map(|first| first.id.as_str())
    }

    /// The right-hand sides, each once, with their ids.
    pub fn rights(&self) -> Vec<(&str, &Text)> {
        let firsts = self.pairs.iter().filter(|pair| self.right_id(&pair.id) == Some(&pair.id));
        let firsts = firsts.map(|pair| (pair.id.as_str(), &pair.right));
        firsts.chain(self.extra.iter().map(|item| (item.id.as_str(), &item.say))).collect()
    }
}

impl Pair {
    fn read(reader: &mut Reader<'_>, at: &Spot<'_>, index: usize) -> Option<Pair> {
        if !reader.keys(at, &["id", "left", "right"]) {
            return None;
        }
        let id = reader.id_or(at, 'p', index);
        let left = reader.required(at, "left").and_then(|left| reader.text(&left));
        let right = reader.required(at, "right").and_then(|right| reader.text(&right));
        Some(Pair { id: id?, left: left?, right: right? })
    }
}

impl Rules for Matching {
    const NAME: &'static str = "match";
    const KEYS: &'static [&'static str] = &["pairs", "extra"];

    fn schema() -> Keys {
        let pair = Keys::new(&["left", "right"])
            .key("id", reference("id"))
            .key("left", reference("text"))
            .key("right", reference("text"));
        Keys::new(&["pairs"])
            .key("pairs", array(pair.closed(), 2, MOST))
            .key("extra", array(reference("item"), 0, MOST))
    }

    fn fits(question: &Node) -> bool {
        question.get("pairs").is_some()
    }

    fn read(reader: &mut Reader<'_>, question: &Spot<'_>) -> Option<Matching> {
        let list = reader.required(question, "pairs")?;
        let mut spots = reader.list(&list, 2, MOST)?;
        let pairs: Vec<Option<Pair>> =
            spots.iter().enumerate().map(|(i, spot)| Pair::read(reader, spot, i)).collect();
        let extra = reader.optional(question, "extra", |reader, at| {
            let items = reader.list(at, 0, MOST)?;
            let read: Vec<Option<Item>> =
                items.iter().enumerate().map(|(i, spot)| Item::read(reader, spot, 'x', i)).collect();
            spots.extend(items);
            read.into_iter().collect::<Option<Vec<Item>>>()
        });
        let pairs: Vec<Pair> = pairs.into_iter().collect::<Option<_>>()?;
        let extra = extra?.unwrap_or_default();
        let ids = pairs.iter().map(|pair| &pair.id).chain(extra.iter().map(|item| &item.id));
        reader.distinct(ids.zip(&spots).map(|(id, spot)| (id.as_str(), spot.clone())));
        for (index, item) in extra.iter().enumerate() {
            if pairs.iter().any(|pair| pair.right == item.say) {
                reader.wrong(&spots[pairs.len() + index], "extra-matches", item.id.as_str(), "");
            }
        }
        Some(Matching { pairs, extra })
    }

    fn write(&self, writer: &mut Writer) {
        writer.put_list("pairs", &self.pairs, |pair, writer| {
            writer.put("id", pair.id.as_str());
            writer.put_text("left", &pair.left);
            writer.put_text("right", &pair.right);
        });
        writer.put_list("extra", &self.extra, Item::write);
    }

    fn texts(&self) -> Vec<(String, &Text)> {
        let mut texts = Vec::new();
        for (index, pair) in self.pairs.iter().enumerate() {
            texts.push((format!("pairs[{index}].left"), &pair.left));
            texts.push((format!("pairs[{index}].right"), &pair.right));
        }
        texts.extend(self.extra.iter().enumerate().map(|(i, item)| (format!("extra[{i}]"), &item.say)));
        texts
    }

    fn present(&self, lots: &mut Lots, _: Option<&Frozen>) -> Vec<String> {
        shuffle_unsolved(self.rights().into_iter().map(|(id, _)| id.to_owned()).collect(), lots)
    }

    fn respond(&self, form: &Form<'_>) -> Result<Response, ResponseProblem> {
        let rights = self.rights();
        let mut paired = Vec::new();
        for pair in &self.pairs {
            let Some(right) = form.one(&format!("match-{}", pair.id)) else { continue };
            let right = form.meant(right);
            if !rights.iter().any(|(id, _)| *id == right) {
                return Err(ResponseProblem::Unknown(right.to_owned()));
            }
            paired.push((pair.id.clone(), right.to_owned()));
        }
        if paired.is_empty() { Err(ResponseProblem::Nothing) } else { Ok(Response::Paired(paired)) }
    }

    fn grade(&self, response: &Response, _: Option<&Frozen>) -> Grade {
        let Response::Paired(paired) = response else { return Grade::whole(false) };
        let mark = |pair: &Pair| match paired.iter().find(|(left, _)| *left == pair.id) {
            None => Mark::Missed,
            Some((_, right)) if self.right_id(&pair.id) == Some(right) => Mark::Hit,
            Some(_) => Mark::Wrong,
        };
        let parts: Vec<Part> =
            self.pairs.iter().map(|pair| Part { id: pair.id.clone(), mark: mark(pair) }).collect();
        let hits = parts.iter().filter(|part| part.mark == Mark::Hit).count();
        Grade::partial(hits, self.pairs.len(), parts)
    }

    fn semantics(&self) -> serde_json::Value {
        let mut pairs: Vec<(&str, &str)> = self
            .pairs
            .iter()
            .map(|pair| (pair.id.as_str(), self.right_id(&pair.id).unwrap_or_default()))
            .collect();
        pairs.sort_unstable();
        serde_json::json!(pairs)
    }
}
