//! A bank as a table, and what a table has no place for.

use super::columns::{Column, Field, MOST_CHOICES};
use super::rows::kind_word;
use crate::bank::formats::Lost;
use crate::bank::kinds::{Choices, Item};
use crate::bank::number::{Number, Unit};
use crate::bank::{Bank, Kind, Question};
use crate::cluster::Millis;
use crate::text::{Lang, Text};

/// A cell and the column that it goes to.
type Filled = (Column, String);

/// The rows of a table with its header first, and what is not in it. A column is there if any question has it, or if it is
/// one that everybody looks for.
pub(in crate::bank::formats) fn write(bank: &Bank) -> (Vec<Vec<String>>, Vec<Lost>) {
    let mut writer = Writer { lang: bank.lang, lost: Vec::new(), id: String::new(), cells: Vec::new() };
    let mut rows: Vec<Vec<Filled>> = Vec::new();
    for question in &bank.questions {
        writer.id.clone_from(&question.id);
        writer.cells.clear();
        if writer.question(question).is_some() {
            rows.push(std::mem::take(&mut writer.cells));
        } else {
            writer.lost.retain(|lost| lost.question != question.id);
            writer.lost.push(Lost { question: question.id.clone(), what: "question" });
        }
    }
    let columns: Vec<Column> = all_columns(bank.lang)
        .into_iter()
        .filter(|column| is_always(*column) || rows.iter().flatten().any(|(of, _)| of == column))
        .collect();
    let mut table = vec![columns.iter().map(|column| column.header(bank.lang)).collect()];
    for row in rows {
        let cell =
            |column: &Column| row.iter().find(|(of, _)| of == column).map_or("", |(_, text)| text).to_owned();
        table.push(columns.iter().map(cell).collect());
    }
    (table, writer.lost)
}

fn is_always(column: Column) -> bool {
    let looked_for =
        matches!(column.field, Field::Id | Field::Kind | Field::Ask | Field::Answer | Field::Explain);
    looked_for && column.lang.is_none()
}

/// Every column, in the order in which they are written.
fn all_columns(lang: Lang) -> Vec<Column> {
    let mut fields = vec![Field::Id, Field::Kind, Field::Ask, Field::Cloze, Field::Back];
    fields.extend((0..MOST_CHOICES).map(Field::Choice));
    fields.extend([Field::Answer, Field::Tolerance, Field::Unit, Field::Why(None)]);
    fields.extend((0..MOST_CHOICES).map(|index| Field::Why(Some(index))));
    fields.extend([
        Field::Explain,
        Field::Hint,
        Field::Tags,
        Field::Difficulty,
        Field::Fact,
        Field::Misconception,
    ]);
    fields.extend([
        Field::Scenario,
        Field::Contrast,
        Field::Focus,
        Field::See,
        Field::Status,
        Field::Shuffle,
        Field::Show,
    ]);
    let langs = [None, Some(lang.other())];
    fields.into_iter().flat_map(|field| langs.map(|lang| Column { field, lang })).collect()
}

struct Writer {
    lang: Lang,
    lost: Vec<Lost>,
    id: String,
    cells: Vec<Filled>,
}

impl Writer {
    fn lose_if(&mut self, is_there: bool, what: &'static str) {
        let lost = Lost { question: self.id.clone(), what };
        if is_there && !self.lost.contains(&lost) {
            self.lost.push(lost);
        }
    }

    fn put(&mut self, field: Field, text: impl Into<String>) {
        self.cells.push((Column { field, lang: None }, text.into()));
    }

    /// A text: in the plain column what is in the bank's language, in the other one the rest.
    fn text(&mut self, field: Field, text: &Text) {
        self.sides(field, |lang| text.side(lang).map(str::to_owned));
    }

    fn sides(&mut self, field: Field, side: impl Fn(Lang) -> Option<String>) {
        for (lang, named) in [(self.lang, None), (self.lang.other(), Some(self.lang.other()))] {
            if let Some(words) = side(lang) {
                self.cells.push((Column { field, lang: named }, words));
            }
        }
    }

    /// Fills the cells of a question; `None` where they cannot hold it.
    fn question(&mut self, question: &Question) -> Option<()> {
        self.put(Field::Id, question.id.as_str());
        self.put(Field::Kind, kind_word(question.kind.name(), self.lang));
        self.text(Field::Ask, &question.ask);
        self.lose_if(question.image.is_some(), "image");
        match &question.kind {
            Kind::Single(single) => self.choices(&single.choices),
            Kind::Multiple(multiple) => self.choices(&multiple.choices),
            Kind::TrueFalse(statement) => {
                self.put(Field::Answer, if statement.answer { "TRUE" } else { "FALSE" });
                if let Some(why) = &statement.why {
                    self.text(Field::Why(None), why);
                }
            }
            Kind::Short(short) => {
                let (zh, en) = (&short.answers.zh, &short.answers.en);
                if zh.iter().chain(en).any(|answer| answer.contains(['|', '｜', '\n'])) {
                    return None;
                }
                if zh == en {
                    self.put(Field::Answer, zh.join(" | "));
                } else {
                    let list =
                        |lang| Some(short.answers.of(lang).join(" | ")).filter(|list| !list.is_empty());
                    // Two languages, so both columns say theirs.
                    self.sides(Field::Answer, list);
                    let is_one_sided = short.answers.of(self.lang.other()).is_empty();
                    self.lose_if(is_one_sided, "answers-language");
                }
            }
            Kind::Numeric(numeric) => {
                self.put(Field::Answer, numeric.value.to_string());
                if numeric.tolerance != Number::ZERO {
                    self.put(Field::Tolerance, numeric.tolerance.to_string());
                }
                match &numeric.unit {
                    Some(Unit::Time(unit)) => self.put(Field::Unit, unit.symbol()),
                    Some(Unit::Of(text)) => self.text(Field::Unit, text),
                    None => {}
                }
            }
            Kind::Order(order) => self.items(&order.items),
            Kind::Matching(matching) => {
                if matching.pairs.len() + matching.extra.len() > MOST_CHOICES {
                    return None;
                }
                for (index, pair) in matching.pairs.iter().enumerate() {
                    self.lose_if(pair.id != format!("p{}", index + 1), "choice-ids");
                    self.pair(index, Some(&pair.left), &pair.right)?;
                }
                for (index, extra) in matching.extra.iter().enumerate() {
                    self.lose_if(extra.id != format!("x{}", index + 1), "choice-ids");
                    self.pair(matching.pairs.len() + index, None, &extra.say)?;
                }
            }
            Kind::Cloze(cloze) => self.text(Field::Cloze, cloze.text()),
            Kind::Flashcard(card) => self.text(Field::Back, &card.back),
            Kind::Predict(_) => return None,
        }
        self.common(question);
        Some(())
    }

    fn choices(&mut self, choices: &Choices) {
        let mut letters = String::new();
        for (index, choice) in choices.all.iter().enumerate() {
            self.text(Field::Choice(index), &choice.say);
            if let Some(why) = &choice.why {
                self.text(Field::Why(Some(index)), why);
            }
            if choice.right {
                letters.push(char::from(b'A' + index as u8));
            }
            self.lose_if(choice.id != format!("c{}", index + 1), "choice-ids");
            self.lose_if(choice.weight != 1, "weight");
            self.lose_if(choice.misconception.is_some(), "misconception");
            self.lose_if(choice.scenario.is_some(), "scenario");
        }
        self.put(Field::Answer, letters);
        if !choices.shuffle {
            self.put(Field::Shuffle, "FALSE");
        }
        if let Some(show) = choices.show {
            self.put(Field::Show, show.to_string());
        }
    }

    fn items(&mut self, items: &[Item]) {
        for (index, item) in items.iter().enumerate() {
            self.lose_if(item.id != format!("i{}", index + 1), "choice-ids");
            self.text(Field::Choice(index), &item.say);
        }
    }

    /// `left -> right`. Where one side has a language that the other has not, or an arrow is part of the text, a cell
    /// cannot hold the pair.
    fn pair(&mut self, index: usize, left: Option<&Text>, right: &Text) -> Option<()> {
        for lang in Lang::ALL {
            let left_side = left.map(|left| left.side(lang));
            let has_arrow = left_side
                .flatten()
                .is_some_and(|text| ["->", "→", "－＞"].iter().any(|sign| text.contains(sign)));
            if has_arrow || left_side.is_some_and(|left| left.is_some() != right.side(lang).is_some()) {
                return None;
            }
        }
        self.sides(Field::Choice(index), |lang| {
            let right = right.side(lang)?;
            Some(match left.and_then(|left| left.side(lang)) {
                Some(left) => format!("{left} -> {right}"),
                None => format!("-> {right}"),
            })
        });
        Some(())
    }

    fn common(&mut self, question: &Question) {
        for (field, text) in [(Field::Explain, &question.explain), (Field::Hint, &question.hint)] {
            if let Some(text) = text {
                self.text(field, text);
            }
        }
        if !question.tags.is_empty() {
            self.put(Field::Tags, question.tags.join(", "));
        }
        if question.difficulty != 2 {
            self.put(Field::Difficulty, question.difficulty.to_string());
        }
        let words = [
            (Field::Fact, &question.fact),
            (Field::Misconception, &question.misconception),
            (Field::See, &question.see),
        ];
        for (field, word) in words {
            if let Some(word) = word {
                self.put(field, word.as_str());
            }
        }
        if let Some(scenario) = &question.scenario {
            self.put(Field::Scenario, scenario.run.as_str());
            if let Some(contrast) = &scenario.contrast {
                self.put(Field::Contrast, contrast.as_str());
            }
            if let Some(focus) = scenario.focus {
                self.put(Field::Focus, Millis(focus.0).to_string());
            }
        }
        if question.draft {
            self.put(Field::Status, "draft");
        }
    }
}
