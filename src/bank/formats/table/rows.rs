//! One row as the tree of a question.
//!
//! Nodes stand at the row and column of their cell; [`super`] makes the name of the cell from it.

use super::columns::{Column, Field, MOST_CHOICES};
use super::{Fault, Row};
use crate::bank::formats::tree::{self, At, Keys};
use crate::bank::number::Number;
use crate::text::Lang;
use crate::yaml::{Node, Value};
use unicode_normalization::UnicodeNormalization;

/// A row with its header.
pub(super) struct Cells<'s> {
    pub(super) row: &'s Row,
    pub(super) columns: &'s [Option<Column>],
    pub(super) lang: Lang,
}

/// A cell that is not blank.
#[derive(Clone, Copy)]
struct Cell<'s> {
    at: At,
    text: &'s str,
}

/// What a kind is called in a cell.
const KINDS: [(&str, &[&str]); 11] = [
    ("single", &["单选", "单选题", "single choice", "mc", "multiple choice", "选择", "选择题"]),
    ("multiple", &["多选", "多选题", "multiple answers", "multi", "checkbox"]),
    ("true-false", &["判断", "判断题", "是非题", "true/false", "truefalse", "tf", "boolean"]),
    ("cloze", &["填空", "填空题", "完形填空", "fill in the blank", "blank"]),
    ("short", &["简答", "简答题", "问答", "问答题", "short answer", "text"]),
    ("numeric", &["数值", "数值题", "数字", "计算题", "numerical", "number"]),
    ("order", &["排序", "排序题", "ordering", "sequence"]),
    ("match", &["匹配", "匹配题", "连线", "连线题", "配对", "配对题", "matching"]),
    ("flashcard", &["卡片", "闪卡", "记忆卡", "card", "flash card"]),
    ("predict", &["预测", "预测题", "prediction"]),
    ("single", &["radio"]),
];

/// The name of a kind in a template or an export.
pub(super) fn kind_word(kind: &'static str, lang: Lang) -> &'static str {
    match lang {
        Lang::En => kind,
        Lang::Zh => KINDS.iter().find(|(name, _)| *name == kind).map_or(kind, |(_, words)| words[0]),
    }
}

/// The truth values that a person writes.
pub(super) fn truth(text: &str) -> Option<bool> {
    match fold(text).as_str() {
        "true" | "t" | "yes" | "y" | "1" | "对" | "是" | "正确" | "真" | "√" | "✓" | "✔" => {
            Some(true)
        }
        "false" | "f" | "no" | "n" | "0" | "错" | "否" | "错误" | "不对" | "假" | "×" | "✗" | "✘" => {
            Some(false)
        }
        _ => None,
    }
}

fn fold(text: &str) -> String {
    text.trim().nfkc().flat_map(char::to_lowercase).collect()
}

/// Cuts a cell at bars and line ends.
fn parts(text: &str) -> impl Iterator<Item = &str> {
    text.split(['|', '｜', '\n']).map(str::trim).filter(|part| !part.is_empty())
}

/// Cuts `left -> right`.
fn arrow(text: &str) -> Option<(&str, &str)> {
    let cut =
        ["->", "→", "－＞"].into_iter().filter_map(|sign| Some((text.find(sign)?, sign.len()))).min()?;
    Some((text[..cut.0].trim(), text[cut.0 + cut.1..].trim()))
}

impl<'s> Cells<'s> {
    /// The question, without an id where the row gives none, and what its id comes from.
    pub(super) fn question(&self, faults: &mut Vec<Fault>) -> Option<(Keys, String)> {
        let at = (self.row.number, 0);
        let mut keys = Keys::new(at.0, at.1);
        if let Some(id) = self.any(Field::Id) {
            keys.put("id", tree::string(id.at, id.text.to_ascii_lowercase().replace('_', "-")));
        }
        let Some(first) = self.any(Field::Ask).or_else(|| self.any(Field::Cloze)) else {
            faults.push(self.missing(Field::Ask));
            return None;
        };
        let kind = self.kind();
        let kind_at = self.any(Field::Kind).map_or(at, |cell| cell.at);
        keys.put("kind", tree::word(kind_at, &kind));
        let ask = self.text(Field::Ask);
        if kind == "cloze" && self.any(Field::Cloze).is_none() {
            keys.put("ask", tree::word(first.at, tree::complete_the_sentence(self.lang)));
            keys.replace("cloze", ask.unwrap_or_else(|| tree::word(first.at, "")));
        } else {
            let asked = ask.unwrap_or_else(|| tree::word(first.at, tree::complete_the_sentence(self.lang)));
            keys.put("ask", asked);
        }
        let before = faults.len();
        match kind.as_str() {
            "single" | "multiple" => self.choices(&mut keys, faults),
            "true-false" => self.truth(&mut keys, faults),
            "short" => self.short(&mut keys, faults),
            "numeric" => self.numeric(&mut keys, faults),
            "order" => self.order(&mut keys, faults),
            "match" => self.pairs(&mut keys, faults),
            "cloze" => {
                if let Some(text) = self.text(Field::Cloze) {
                    keys.put("cloze", text);
                }
            }
            "flashcard" => match self.text(Field::Back).or_else(|| self.text(Field::Answer)) {
                Some(back) => keys.put("back", back),
                None => faults.push(self.missing(Field::Back)),
            },
            "predict" => faults.push(Fault::error(kind_at, "table-no-predict")),
            _ => {}
        }
        if faults.len() > before {
            return None;
        }
        self.common(&mut keys);
        Some((keys, first.text.to_owned()))
    }

    fn missing(&self, field: Field) -> Fault {
        let known = self.columns.iter().position(|column| column.is_some_and(|column| column.field == field));
        let column = known.map_or(0, |at| at as u32 + 1);
        let name = Column { field, lang: None }.header(self.lang);
        Fault::error((self.row.number, column), "table-missing").expected(name)
    }

    /// The cells of a field that are not blank.
    fn cells(&self, field: Field) -> impl Iterator<Item = (Option<Lang>, Cell<'s>)> {
        self.columns.iter().zip(&self.row.cells).enumerate().filter_map(move |(index, (column, text))| {
            let column = column.filter(|column| column.field == field && !text.trim().is_empty())?;
            Some((column.lang, Cell { at: (self.row.number, index as u32 + 1), text: text.trim() }))
        })
    }

    /// The cell of a field in the table's language, or in any.
    fn any(&self, field: Field) -> Option<Cell<'s>> {
        let rank = |(lang, _): &(Option<Lang>, Cell<'s>)| (lang.is_some(), *lang != Some(self.lang));
        self.cells(field).min_by_key(rank).map(|(_, cell)| cell)
    }

    /// The cells of a field by language: a column without one is in that of the table.
    fn sides(&self, field: Field) -> [Option<Cell<'s>>; 2] {
        Lang::ALL.map(|lang| {
            let mut plain = self.cells(field).filter(|(of, _)| of.is_none() && lang == self.lang);
            let mut said = self.cells(field).filter(|(of, _)| *of == Some(lang));
            plain.next().or_else(|| said.next()).map(|(_, cell)| cell)
        })
    }

    /// Whether a field has only its plain column.
    fn is_plain(&self, field: Field) -> bool {
        self.cells(field).all(|(lang, _)| lang.is_none())
    }

    /// A text of one or two languages.
    fn text(&self, field: Field) -> Option<Node> {
        self.text_of(field, |text| Some(text.to_owned()))
    }

    fn text_of(&self, field: Field, cut: impl Fn(&'s str) -> Option<String>) -> Option<Node> {
        let at = self.any(field)?.at;
        let mut sides = Keys::new(at.0, at.1);
        for (lang, cell) in Lang::ALL.into_iter().zip(self.sides(field)) {
            if let Some((cell, text)) = cell.and_then(|cell| Some((cell, cut(cell.text)?))) {
                sides.put(lang.code(), tree::string(cell.at, text));
            }
        }
        Some(sides.into_node())
    }

    /// The kind as it is written, or by what is in the row.
    fn kind(&self) -> String {
        let has_gap = self.any(Field::Cloze).is_some()
            || self.cells(Field::Ask).any(|(_, cell)| cell.text.contains("[["));
        let Some(cell) = self.any(Field::Kind) else { return self.guess(has_gap).to_owned() };
        let word = fold(cell.text);
        let known = KINDS.iter().find(|(name, words)| *name == word || words.contains(&word.as_str()));
        match known {
            // What Chinese papers call filling in is often one word to be typed.
            Some(("cloze", _)) if !has_gap => "short".to_owned(),
            Some((name, _)) => (*name).to_owned(),
            None => word,
        }
    }

    fn guess(&self, has_gap: bool) -> &'static str {
        let choices: Vec<Cell<'s>> =
            (0..MOST_CHOICES).filter_map(|index| self.any(Field::Choice(index))).collect();
        let answer = self.any(Field::Answer);
        if self.any(Field::Back).is_some() {
            "flashcard"
        } else if has_gap {
            "cloze"
        } else if !choices.is_empty()
            && answer.is_none()
            && choices.iter().all(|cell| arrow(cell.text).is_some())
        {
            "match"
        } else if !choices.is_empty() {
            match answer.and_then(|cell| self.chosen(cell.text)) {
                Some(chosen) if chosen.len() > 1 => "multiple",
                _ => "single",
            }
        } else if answer.is_some_and(|cell| !matches!(cell.text, "0" | "1") && truth(cell.text).is_some()) {
            "true-false"
        } else if answer.is_some_and(|cell| range(cell.text).is_some()) && self.is_plain(Field::Answer) {
            "numeric"
        } else {
            "short"
        }
    }

    /// Which choices an answer names: by letter, by number, or by what they say.
    fn chosen(&self, answer: &str) -> Option<Vec<usize>> {
        let is_there = |index: &usize| self.any(Field::Choice(*index)).is_some();
        let folded = fold(answer);
        let separators = [',', ';', '、', '/', '|', '&', '+', '和', ' ', '\n', '。', '.'];
        let words: Vec<&str> = folded.split(separators).filter(|word| !word.is_empty()).collect();
        let letter = |c: char| Some(u32::from(c).checked_sub(u32::from('a'))? as usize).filter(is_there);
        let letters: Option<Vec<usize>> = words.iter().flat_map(|word| word.chars()).map(letter).collect();
        let number = |word: &&str| word.parse::<usize>().ok()?.checked_sub(1).filter(is_there);
        let says = |text: &str| {
            (0..MOST_CHOICES).find(|index| {
                self.cells(Field::Choice(*index)).any(|(_, cell)| fold(cell.text) == fold(text))
            })
        };
        let mut found = letters
            .or_else(|| says(answer).map(|index| vec![index]))
            .or_else(|| parts(answer).map(says).collect())
            .or_else(|| words.iter().map(number).collect())?;
        found.sort_unstable();
        found.dedup();
        (!found.is_empty()).then_some(found)
    }

    fn choices(&self, keys: &mut Keys, faults: &mut Vec<Fault>) {
        let Some(answer) = self.any(Field::Answer) else { return faults.push(self.missing(Field::Answer)) };
        let Some(right) = self.chosen(answer.text) else {
            let last = (0..MOST_CHOICES).rev().find(|index| self.any(Field::Choice(*index)).is_some());
            let Some(last) = last else { return faults.push(self.missing(Field::Choice(0))) };
            let letters = format!("A–{}", char::from(b'A' + last as u8));
            return faults
                .push(Fault::error(answer.at, "table-no-such-choice").found(answer.text).expected(letters));
        };
        let mut nodes = Vec::new();
        for index in 0..MOST_CHOICES {
            let (Some(say), Some(cell)) = (self.text(Field::Choice(index)), self.any(Field::Choice(index)))
            else {
                continue;
            };
            let mut choice = Keys::new(cell.at.0, cell.at.1);
            choice.put("id", tree::string(cell.at, format!("c{}", index + 1)));
            choice.put("say", say);
            if let Some(why) = self.text(Field::Why(Some(index))) {
                choice.put("why", why);
            }
            if right.contains(&index) {
                choice.put("right", tree::node(answer.at, Value::Bool(true)));
            }
            nodes.push(choice.into_node());
        }
        keys.put("choices", tree::node(answer.at, Value::Seq(nodes)));
        if let Some(cell) = self.any(Field::Shuffle) {
            let value = truth(cell.text).map_or_else(|| Value::Str(cell.text.to_owned()), Value::Bool);
            keys.put("shuffle", tree::node(cell.at, value));
        }
        if let Some(cell) = self.any(Field::Show) {
            keys.put("show", whole(cell));
        }
    }

    fn truth(&self, keys: &mut Keys, faults: &mut Vec<Fault>) {
        let Some(answer) = self.any(Field::Answer) else { return faults.push(self.missing(Field::Answer)) };
        match truth(answer.text) {
            Some(truth) => keys.put("answer", tree::node(answer.at, Value::Bool(truth))),
            None => faults.push(Fault::error(answer.at, "table-truth").found(answer.text)),
        }
        if let Some(why) = self.text(Field::Why(None)) {
            keys.put("why", why);
        }
    }

    fn short(&self, keys: &mut Keys, faults: &mut Vec<Fault>) {
        let Some(answer) = self.any(Field::Answer) else { return faults.push(self.missing(Field::Answer)) };
        let list = |cell: Cell<'s>| {
            let words = parts(cell.text).map(|word| tree::word(cell.at, word)).collect();
            tree::node(cell.at, Value::Seq(words))
        };
        if self.is_plain(Field::Answer) {
            keys.put("answers", list(answer));
            return;
        }
        let mut sides = Keys::new(answer.at.0, answer.at.1);
        for (lang, cell) in Lang::ALL.into_iter().zip(self.sides(Field::Answer)) {
            if let Some(cell) = cell {
                sides.put(lang.code(), list(cell));
            }
        }
        keys.put("answers", sides.into_node());
    }

    fn numeric(&self, keys: &mut Keys, faults: &mut Vec<Fault>) {
        let Some(answer) = self.any(Field::Answer) else { return faults.push(self.missing(Field::Answer)) };
        let Some((value, tolerance)) = range(answer.text) else {
            return faults.push(Fault::error(answer.at, "table-number").found(answer.text));
        };
        keys.put("value", tree::number(answer.at, value));
        if let Some(cell) = self.any(Field::Tolerance) {
            match Number::parse(&fold(cell.text)) {
                Some(tolerance) => keys.put("tolerance", tree::number(cell.at, tolerance)),
                None => faults.push(Fault::error(cell.at, "table-number").found(cell.text)),
            }
        } else if tolerance != Number::ZERO {
            keys.put("tolerance", tree::number(answer.at, tolerance));
        }
        if let Some(unit) = self.text(Field::Unit) {
            keys.put("unit", unit);
        }
    }

    /// Items in the right order, or in the one that the answer gives as letters.
    fn order(&self, keys: &mut Keys, faults: &mut Vec<Fault>) {
        let mut there: Vec<usize> =
            (0..MOST_CHOICES).filter(|index| self.any(Field::Choice(*index)).is_some()).collect();
        let Some(first) = there.first().and_then(|index| self.any(Field::Choice(*index))) else {
            return faults.push(self.missing(Field::Choice(0)));
        };
        if let Some(answer) = self.any(Field::Answer) {
            let letters: Vec<usize> = fold(answer.text)
                .chars()
                .filter(char::is_ascii_lowercase)
                .map(|c| usize::from(c as u8 - b'a'))
                .collect();
            let mut sorted = letters.clone();
            sorted.sort_unstable();
            if sorted != there {
                let names: String = there.iter().map(|index| char::from(b'A' + *index as u8)).collect();
                return faults
                    .push(Fault::error(answer.at, "table-order").found(answer.text).expected(names));
            }
            there = letters;
        }
        let items = there.iter().filter_map(|index| {
            let cell = self.any(Field::Choice(*index))?;
            let mut item = Keys::new(cell.at.0, cell.at.1);
            item.put("id", tree::string(cell.at, format!("i{}", index + 1)));
            item.put("say", self.text(Field::Choice(*index))?);
            Some(item.into_node())
        });
        keys.put("items", tree::node(first.at, Value::Seq(items.collect())));
    }

    fn pairs(&self, keys: &mut Keys, faults: &mut Vec<Fault>) {
        let (mut pairs, mut extra) = (Vec::new(), Vec::new());
        let mut at = None;
        for index in 0..MOST_CHOICES {
            let field = Field::Choice(index);
            let Some(cell) = self.any(field) else { continue };
            at = at.or(Some(cell.at));
            if let Some((_, wrong)) = self.cells(field).find(|(_, cell)| arrow(cell.text).is_none()) {
                faults.push(Fault::error(wrong.at, "table-no-arrow").found(wrong.text));
                continue;
            }
            let side = |cut: fn((&'s str, &'s str)) -> &'s str| {
                self.text_of(field, |text| arrow(text).map(cut).map(str::to_owned))
            };
            let (Some(left), Some(right)) = (side(|sides| sides.0), side(|sides| sides.1)) else { continue };
            if self.cells(field).all(|(_, cell)| arrow(cell.text).is_some_and(|(left, _)| left.is_empty())) {
                extra.push(right);
                continue;
            }
            let mut pair = Keys::new(cell.at.0, cell.at.1);
            pair.put("left", left);
            pair.put("right", right);
            pairs.push(pair.into_node());
        }
        let Some(at) = at else { return faults.push(self.missing(Field::Choice(0))) };
        keys.put("pairs", tree::node(at, Value::Seq(pairs)));
        if !extra.is_empty() {
            keys.put("extra", tree::node(at, Value::Seq(extra)));
        }
    }

    /// What every kind has.
    fn common(&self, keys: &mut Keys) {
        for (field, key) in [(Field::Hint, "hint"), (Field::Explain, "explain")] {
            if let Some(text) = self.text(field) {
                keys.put(key, text);
            }
        }
        for (field, key) in
            [(Field::Fact, "fact"), (Field::Misconception, "misconception"), (Field::See, "see")]
        {
            if let Some(cell) = self.any(field) {
                keys.put(key, tree::word(cell.at, cell.text));
            }
        }
        if let Some(cell) = self.any(Field::Tags) {
            let separators = [',', '，', '、', ';', '；', '|', '｜', ' ', '\n', '#'];
            let tags = cell.text.split(separators).filter(|tag| !tag.is_empty());
            keys.put(
                "tags",
                tree::node(cell.at, Value::Seq(tags.map(|tag| tree::word(cell.at, tag)).collect())),
            );
        }
        if let Some(cell) = self.any(Field::Difficulty) {
            keys.put("difficulty", whole(cell));
        }
        if let Some(cell) = self.any(Field::Status) {
            let word = if fold(cell.text) == "草稿" { "draft".to_owned() } else { fold(cell.text) };
            keys.put("status", tree::string(cell.at, word));
        }
        if let Some(cell) = self.any(Field::Scenario) {
            let mut scenario = Keys::new(cell.at.0, cell.at.1);
            scenario.put("run", tree::word(cell.at, cell.text));
            for (field, key) in [(Field::Contrast, "contrast"), (Field::Focus, "focus")] {
                if let Some(cell) = self.any(field) {
                    scenario.put(key, tree::word(cell.at, cell.text));
                }
            }
            keys.put("scenario", scenario.into_node());
        }
    }
}

/// A whole number, or what stands there instead.
fn whole(cell: Cell<'_>) -> Node {
    let value = fold(cell.text).parse().map_or_else(|_| Value::Str(cell.text.to_owned()), Value::Int);
    tree::node(cell.at, value)
}

/// `300`, `300±5` or `295..305`, as a number and its tolerance.
fn range(text: &str) -> Option<(Number, Number)> {
    let text = fold(text);
    if let Some((value, tolerance)) = text.split_once('±').or_else(|| text.split_once("+-")) {
        return Some((Number::parse(value.trim())?, Number::parse(tolerance.trim())?));
    }
    if let Some((least, most)) = text.split_once("..") {
        let [least, most] = [least, most].map(|text| Number::parse(text.trim()).map(Number::in_millionths));
        let (least, most) = (least?, most?);
        let half = (most - least) / 2;
        let is_fine = most >= least && (most - least) % 2 == 0;
        return is_fine
            .then(|| Some((Number::millionths(least + half)?, Number::millionths(half)?)))
            .flatten();
    }
    Some((Number::parse(&text)?, Number::ZERO))
}
