//! A bank as GIFT, and what GIFT has no place for.

use super::parse::weights;
use crate::bank::formats::Lost;
use crate::bank::kinds::{Choice, Choices, Cloze, Matching, Numeric, Segment, Short, TrueFalse};
use crate::bank::number::Number;
use crate::bank::{Bank, Kind, Question};
use crate::text::{Lang, Text};

/// Writes the questions that can be written, in the language of the bank, and lists what is not in the file.
pub(in crate::bank::formats) fn write(bank: &Bank) -> (String, Vec<Lost>) {
    let mut writer = Writer { lang: bank.lang, lost: Vec::new(), id: String::new() };
    let mut out = String::new();
    for question in &bank.questions {
        writer.id.clone_from(&question.id);
        match writer.question(question) {
            Some(text) => out.push_str(&text),
            None => writer.lost.push(Lost { question: question.id.clone(), what: "question" }),
        }
    }
    (out, writer.lost)
}

struct Writer {
    lang: Lang,
    lost: Vec<Lost>,
    id: String,
}

impl Writer {
    fn lose(&mut self, what: &'static str) {
        let lost = Lost { question: self.id.clone(), what };
        if !self.lost.contains(&lost) {
            self.lost.push(lost);
        }
    }

    fn lose_if(&mut self, is_there: bool, what: &'static str) {
        if is_there {
            self.lose(what);
        }
    }

    /// A question, or nothing where its kind has no place in GIFT.
    fn question(&mut self, question: &Question) -> Option<String> {
        let (stem, answers) = match &question.kind {
            Kind::Single(single) => (self.text(&question.ask), self.choices(&single.choices, false)),
            Kind::Multiple(multiple) => (self.text(&question.ask), self.choices(&multiple.choices, true)),
            Kind::TrueFalse(statement) => (self.text(&question.ask), self.statement(statement)),
            Kind::Short(short) => (self.text(&question.ask), self.short(short)),
            Kind::Numeric(numeric) => (self.text(&question.ask), self.numeric(numeric)),
            Kind::Matching(matching) => (self.text(&question.ask), self.pairs(matching)?),
            Kind::Cloze(cloze) => return self.cloze(question, cloze),
            Kind::Flashcard(_) | Kind::Order(_) | Kind::Predict(_) => return None,
        };
        Some(self.whole(question, &stem, &answers, ""))
    }

    fn whole(&mut self, question: &Question, stem: &str, answers: &str, tail: &str) -> String {
        self.lose_if(question.fact.is_some(), "fact");
        self.lose_if(question.difficulty != 2, "difficulty");
        self.lose_if(question.image.is_some(), "image");
        self.lose_if(question.hint.is_some(), "hint");
        self.lose_if(question.scenario.is_some(), "scenario");
        self.lose_if(question.see.is_some(), "see");
        self.lose_if(question.misconception.is_some(), "misconception");
        self.lose_if(question.draft, "status");
        let mut out = format!("// [id:{}]", question.id);
        for tag in &question.tags {
            out.push_str(&format!(" [tag:{tag}]"));
        }
        let mut inside = answers.to_owned();
        if let Some(explain) = &question.explain {
            inside.push_str(&format!("\n\t####{}", self.marked(explain)));
        }
        // A blank line would end the question, so that each line begins with its own break, the last brace's, too.
        let end = if inside.contains('\n') { "\n" } else { "" };
        out.push_str(&format!("\n::{}::[markdown]{stem} {{{inside}{end}}}{tail}\n\n", question.id));
        out
    }

    /// A text in the language of the bank, escaped.
    fn text(&mut self, text: &Text) -> String {
        self.lose_if(text.side(self.lang.other()).is_some(), "language");
        escape(text.show(self.lang).words)
    }

    /// A text where a mark or a weight could begin: such a beginning is kept apart by the mark of the question.
    fn marked(&mut self, text: &Text) -> String {
        let text = self.text(text);
        if text.starts_with(['[', '%']) { format!("[markdown]{text}") } else { text }
    }

    fn choices(&mut self, choices: &Choices, several: bool) -> String {
        self.lose_if(!choices.shuffle, "shuffle");
        self.lose_if(choices.show.is_some(), "show");
        let all: u32 = choices.right().map(|choice| u32::from(choice.weight)).sum();
        let mut out = String::new();
        self.lose_if(several && !weights_come_back(choices, all), "weight");
        for (index, choice) in choices.all.iter().enumerate() {
            self.lose_if(choice.id != format!("c{}", index + 1), "choice-ids");
            self.lose_if(choice.misconception.is_some(), "misconception");
            self.lose_if(choice.scenario.is_some(), "scenario");
            let share = f64::from(choice.weight) * 100.0 / f64::from(all.max(1));
            out.push_str(&match (several, choice.right) {
                (false, true) => "\n\t=".to_owned(),
                (true, true) => format!("\n\t~%{}%", percent(share)),
                (true, false) => format!("\n\t~%-{}%", percent(share.min(100.0))),
                (false, false) => "\n\t~".to_owned(),
            });
            out.push_str(&self.marked(&choice.say));
            if let Some(why) = &choice.why {
                out.push_str(&format!("#{}", self.marked(why)));
            }
        }
        out
    }

    fn statement(&mut self, statement: &TrueFalse) -> String {
        let answer = if statement.answer { "TRUE" } else { "FALSE" };
        match &statement.why {
            Some(why) => format!("{answer}#{}", self.marked(why)),
            None => answer.to_owned(),
        }
    }

    fn short(&mut self, short: &Short) -> String {
        let answers = &short.answers;
        self.lose_if(answers.zh != answers.en, "answers-language");
        let mut all: Vec<&str> = Vec::new();
        for answer in answers.of(self.lang).iter().chain(answers.of(self.lang.other())) {
            if !all.contains(&answer.as_str()) {
                all.push(answer);
            }
        }
        all.iter().map(|answer| format!("\n\t={}", self.accepted(answer))).collect()
    }

    /// An accepted answer, in which `*` would stand for anything.
    fn accepted(&mut self, answer: &str) -> String {
        self.lose_if(answer.contains('*'), "wildcard");
        self.marked(&Text::only(self.lang, answer))
    }

    fn numeric(&mut self, numeric: &Numeric) -> String {
        self.lose_if(numeric.unit.is_some(), "unit");
        match numeric.tolerance {
            Number::ZERO => format!("#{}", numeric.value),
            tolerance => format!("#{}:{tolerance}", numeric.value),
        }
    }

    /// Pairs. An arrow on the left cannot be told from the one between the sides, as Moodle knows no escape for it.
    fn pairs(&mut self, matching: &Matching) -> Option<String> {
        let mut out = String::new();
        for (index, pair) in matching.pairs.iter().enumerate() {
            self.lose_if(pair.id != format!("p{}", index + 1), "choice-ids");
            let left = self.marked(&pair.left);
            if left.contains("->") {
                return None;
            }
            out.push_str(&format!("\n\t={left} -> {}", self.text(&pair.right)));
        }
        for (index, extra) in matching.extra.iter().enumerate() {
            self.lose_if(extra.id != format!("x{}", index + 1), "choice-ids");
            out.push_str(&format!("\n\t= -> {}", self.text(&extra.say)));
        }
        Some(out)
    }

    /// A sentence with one blank, with words behind it: what asks stands in a paragraph before it.
    fn cloze(&mut self, question: &Question, cloze: &Cloze) -> Option<String> {
        let segments = cloze.segments(self.lang);
        let (before, answers, after) = match segments.as_slice() {
            [Segment::Blank(_, answers), Segment::Words(after)] => ("", answers, after.as_str()),
            [Segment::Words(before), Segment::Blank(_, answers), Segment::Words(after)] => {
                (before.as_str(), answers, after.as_str())
            }
            _ => return None,
        };
        // A blank line in the sentence would be taken for the end of what asks; a brace at the end for the answers'.
        let is_one_paragraph = !before.contains("\n\n") && !after.contains("\n\n");
        if !is_one_paragraph || after.trim().is_empty() || cloze.text().side(self.lang).is_none() {
            return None;
        }
        self.lose_if(cloze.text().is_bilingual(), "language");
        let ask = self.text(&question.ask);
        if [ask.as_str(), before, after].iter().any(|text| text.contains("[[") || text.contains("]]")) {
            return None;
        }
        let stem = format!("{ask}\\n\\n{}", escape(before));
        let answers: String = answers.iter().map(|answer| format!("={} ", self.accepted(answer))).collect();
        let written = self.whole(question, &stem, answers.trim_end(), &escape(after));
        // The space that stands before braces elsewhere would be part of the sentence.
        Some(written.replacen(&format!("{stem} {{"), &format!("{stem}{{"), 1))
    }
}

/// Whether the percentages say how much each choice counts beside the others, so that the same answers are worth the same.
fn weights_come_back(choices: &Choices, all: u32) -> bool {
    let hundredths = |choice: &Choice| {
        let share = f64::from(choice.weight) * 100.0 / f64::from(all.max(1));
        (share.min(100.0) * 100.0).round() as i64
    };
    let percents: Vec<i64> = choices.all.iter().map(hundredths).collect();
    let Some(read) = weights(&percents) else { return false };
    let weight = |index: usize| i64::from(choices.all[index].weight);
    read.iter().enumerate().all(|(index, read_back)| read_back * weight(0) == read[0] * weight(index))
}

/// A percentage with as many digits as Moodle keeps.
fn percent(share: f64) -> String {
    format!("{share:.5}").trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// Escapes what means something in GIFT, and line ends, since a blank line would end the question.
fn escape(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match c {
            '\\' | '#' | '=' | '~' | '{' | '}' | ':' => out.extend(['\\', c]),
            '\n' => out.push_str("\\n"),
            '\r' => {}
            c => out.push(c),
        }
    }
    out
}
