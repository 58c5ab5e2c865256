//! One question: its lines, gathered by what they are, and then the tree that they make.

use super::line::{self, Answer};
use super::{At, Sheet};
use crate::bank::identity::sha256;
use crate::bank::reader::nearest;
use crate::text::Lang;
use crate::yaml::{Entry, Node, Value};

/// What was written under a key.
struct Field<'a> {
    key: &'static str,
    /// The language of the key's word.
    lang: Lang,
    at: At,
    value_at: At,
    value: &'a str,
    /// The lines below `|`.
    block: Option<String>,
}

/// A choice, an item or a pair.
struct Point<'a> {
    sort: Sort,
    at: At,
    words: &'a str,
    attributes: line::Attributes<'a>,
    right: bool,
    /// The reason below it.
    why: Option<(At, String)>,
}

#[derive(Clone, Copy, PartialEq)]
enum Sort {
    Choice,
    Item,
    Pair,
}

/// The lines of a question by what they are.
struct Gathered<'a> {
    at: At,
    heading: &'a str,
    attributes: line::Attributes<'a>,
    /// What is asked, below the heading.
    more: Vec<&'a str>,
    fields: Vec<Field<'a>>,
    points: Vec<Point<'a>>,
    /// The picture: where it stands, what is on it, its name.
    image: Option<(At, &'a str, (At, &'a str))>,
    /// The reason below the answer.
    why: Option<(At, String)>,
}

/// Reads the question between two lines as a tree.
pub(super) fn read(sheet: &mut Sheet<'_>, start: usize, end: usize) -> Node {
    let lines = sheet.lines;
    let heading = lines[start];
    let hashes = line::hashes(heading);
    let behind = heading.trim_start_matches(['#', '＃']);
    let (words, attributes) = line::attributes(behind.trim());
    let at = At::of(start, heading, words);
    if hashes != 2 || !heading.starts_with("## ") {
        sheet.slip(
            At::of(start, heading, heading),
            "slip-heading",
            heading,
            &format!("## {}", behind.trim()),
        );
    }
    let mut gathered = Gathered {
        at,
        heading: words,
        attributes,
        more: Vec::new(),
        fields: Vec::new(),
        points: Vec::new(),
        image: None,
        why: None,
    };
    let mut index = start + 1;
    while index < end {
        index = gathered.line(sheet, index, end);
    }
    gathered.tree(sheet)
}

impl<'a> Gathered<'a> {
    /// Whether something but what is asked has been seen.
    fn has_structure(&self) -> bool {
        !self.points.is_empty() || self.fields.iter().any(|field| !["zh", "en"].contains(&field.key))
    }

    fn field(&self, key: &str) -> Option<&Field<'a>> {
        self.fields.iter().find(|field| field.key == key)
    }

    fn has(&self, sort: Sort) -> bool {
        self.points.iter().any(|point| point.sort == sort)
    }

    /// Reads a line, or several that belong together; says which is next.
    fn line(&mut self, sheet: &mut Sheet<'a>, index: usize, end: usize) -> usize {
        let line = sheet.lines[index];
        let body = line.trim();
        let at = At::of(index, line, body);
        if sheet.fenced[index] {
            if self.has_structure() {
                sheet.wrong(at, "md-stray-line", body, "");
            } else {
                self.more.push(line);
            }
            return index + 1;
        }
        if body.is_empty() {
            if !self.more.is_empty() && !self.has_structure() {
                self.more.push("");
            }
            return index + 1;
        }
        if line.starts_with('\t') && self.is_structure(body) {
            sheet.tab(index);
        }
        if line::reason(line).is_some() {
            return self.reason(sheet, index, end);
        }
        if let Some((alt, name)) = line::image(body) {
            if self.image.is_some() {
                sheet.wrong(at, "md-key-twice", "![…](…)", "");
            }
            self.image = Some((At::of(index, line, alt), alt, (At::of(index, line, name), name)));
        } else if let Some((right, words, spelled)) = line::choice(body) {
            if !spelled {
                let mended = format!("- [{}] {words}", if right { 'x' } else { ' ' });
                sheet.slip(at, "slip-checkbox", body, &mended);
            }
            self.point(Sort::Choice, index, line, words, right);
        } else if let Some((key, lang, value)) = line::key(body) {
            return self.keyed(sheet, index, end, (key, lang, value));
        } else if let Some(words) = line::numbered(body) {
            self.point(Sort::Item, index, line, words, false);
        } else if let Some((_, words)) = line::lettered(body).filter(|(place, _)| *place == self.points.len())
        {
            self.point(Sort::Choice, index, line, words, false);
        } else if let Some(words) = line::bullet(body) {
            if line::arrow(words).is_some() {
                self.point(Sort::Pair, index, line, words.trim(), false);
            } else {
                sheet.wrong(at, "md-no-box", body, &format!("- [ ] {}", words.trim()));
            }
        } else if line::hashes(body) == 1 && line::hashes(line) == 1 {
            sheet.slip(at, "md-section", body, "");
        } else {
            let near = line::colon(body).and_then(|(word, _)| nearest(word, &line::words()));
            match near.filter(|near| near.len() > 2) {
                Some(near) => sheet.wrong(
                    at,
                    "unknown-key-near",
                    line::colon(body).map_or(body, |(word, _)| word),
                    near,
                ),
                None if self.has_structure() => sheet.wrong(at, "md-stray-line", body, ""),
                None => self.more.push(line.trim_end()),
            }
        }
        index + 1
    }

    /// Whether a line is read for what it begins with, however far to the right it stands.
    fn is_structure(&self, body: &str) -> bool {
        line::reason(body).is_some()
            || line::image(body).is_some()
            || line::choice(body).is_some()
            || line::key(body).is_some()
            || line::numbered(body).is_some()
            || line::bullet(body).is_some()
    }

    fn point(&mut self, sort: Sort, index: usize, line: &str, words: &'a str, right: bool) {
        let (words, attributes) = line::attributes(words);
        self.points.push(Point { sort, at: At::of(index, line, words), words, attributes, right, why: None });
    }

    /// Reasons belong to the choice above them, or to the answer.
    fn reason(&mut self, sheet: &mut Sheet<'a>, index: usize, end: usize) -> usize {
        let line = sheet.lines[index];
        let words: Vec<&str> = sheet.lines[index..end].iter().map_while(|line| line::reason(line)).collect();
        let next = index + words.len();
        let at = At::of(index, line, words[0]);
        let why = match self.points.last_mut().filter(|point| point.sort == Sort::Choice) {
            Some(choice) => &mut choice.why,
            None if self.fields.iter().any(|field| field.key == "answer") => &mut self.why,
            None => {
                sheet.wrong(at, "md-stray-reason", words[0], "");
                return next;
            }
        };
        match why {
            Some(_) => sheet.wrong(at, "md-key-twice", ">", ""),
            None => *why = Some((at, words.join("\n"))),
        }
        next
    }

    fn keyed(
        &mut self,
        sheet: &mut Sheet<'a>,
        index: usize,
        end: usize,
        (key, lang, value): (&'static str, Lang, &'a str),
    ) -> usize {
        let line = sheet.lines[index];
        let at = At::of(index, line, line.trim());
        let value_at = At::of(index, line, value);
        let twice = self.fields.iter().any(|field| field.key == key && field.lang == lang);
        if twice {
            sheet.wrong(at, "md-key-twice", key, "");
        }
        let mut next = index + 1;
        let mut block = None;
        if value == "|" || value == "｜" {
            if sheet.lines.get(next).is_some_and(|line| next < end && line.starts_with('\t')) {
                sheet.tab(next);
            }
            let is_inside =
                |line: &str| line.trim().is_empty() || line.starts_with("  ") || line.starts_with('\t');
            let mut words: Vec<&str> =
                sheet.lines[next..end].iter().take_while(|line| is_inside(line)).copied().collect();
            while words.last().is_some_and(|line| line.trim().is_empty()) {
                words.pop();
            }
            next += words.len();
            let words = words.iter().map(|line| {
                let inside = line.strip_prefix("  ").or_else(|| line.strip_prefix('\t'));
                inside.unwrap_or_default().trim_end()
            });
            block = Some(words.collect::<Vec<_>>().join("\n"));
        }
        if !twice {
            self.fields.push(Field { key, lang, at, value_at, value, block });
        }
        next
    }

    /// Makes the tree of what was gathered.
    fn tree(mut self, sheet: &mut Sheet<'a>) -> Node {
        let mut entries = Vec::new();
        let attributes = std::mem::take(&mut self.attributes);
        attribute_entries(self.at, &attributes, &mut entries);
        let has_cloze = self.field("cloze").is_some();
        let is_free = !self.has(Sort::Choice) && !self.has(Sort::Item) && !self.has(Sort::Pair);
        let is_bare = is_free
            && !has_cloze
            && ["answer", "back", "predict"].iter().all(|key| self.field(key).is_none());
        let blank = |words: &str| words.find("[[").is_some_and(|at| words[at..].contains("]]"));
        if is_bare && !blank(self.heading) && self.more.iter().any(|line| blank(line)) {
            // A heading, and below it the text with blanks.
            let words = std::mem::take(&mut self.more).join("\n");
            let node = sheet.text(self.at, words.trim());
            entries.push(self.at.entry("cloze", node));
        }
        let ask = self.ask(sheet);
        if is_bare && ask.iter().any(|side| side.value.as_str().is_some_and(blank)) {
            let hide = |side: &Entry| self.at.entry(&side.key, self.at.string(hidden(&side.value)));
            let asked: Vec<Entry> = ask.iter().map(hide).collect();
            entries.push(self.at.entry("cloze", self.at.map(ask)));
            self.finish_ask(sheet, asked, &mut entries);
        } else {
            self.finish_ask(sheet, ask, &mut entries);
        }
        if let Some((at, alt, (name_at, name))) = self.image {
            let alt = sheet.text(at, alt);
            let file = name_at.entry("file", name_at.string(name));
            entries.push(at.entry("image", at.map(vec![file, at.entry("alt", alt)])));
        }
        for key in ["explain", "hint", "back", "cloze", "why"] {
            self.text_field(sheet, key, key, &mut entries);
        }
        if let Some((at, words)) = self.why.take() {
            let node = sheet.text(at, &words);
            entries.push(at.entry("why", node));
        }
        for field in &self.fields {
            match field.key {
                "kind" | "id" | "tags" | "fact" | "difficulty" | "misconception" | "status" | "shuffle"
                | "show" | "see" => {
                    attribute_entries(field.value_at, &[(field.key, field.value)], &mut entries);
                }
                "scenario" => entries.push(field.at.entry("scenario", scenario(field))),
                _ => {}
            }
        }
        if self.field("predict").is_some() {
            self.predict(sheet, &mut entries);
        } else {
            self.text_field(sheet, "unit", "unit", &mut entries);
            self.answer(sheet, &mut entries);
            self.points(sheet, &mut entries);
        }
        // A key that was given twice, as an attribute and as a line.
        let mut seen: Vec<&str> = Vec::new();
        let mut unique = Vec::new();
        for entry in &entries {
            if seen.contains(&entry.key.as_str()) {
                let at = At { line: entry.line, column: entry.column };
                sheet.wrong(at, "md-key-twice", &entry.key, "");
            } else {
                seen.push(&entry.key);
                unique.push(entry.clone());
            }
        }
        At { line: self.at.line, column: 1 }.map(unique)
    }

    /// What is asked, by language.
    fn ask(&self, sheet: &mut Sheet<'a>) -> Vec<Entry> {
        let mut sides: Vec<Entry> = Vec::new();
        if !self.heading.is_empty() {
            let node = sheet.text(self.at, self.heading);
            match node.value {
                Value::Map(found) => sides.extend(found),
                _ => sides.push(self.at.entry(sheet.lang.code(), node)),
            }
        }
        let more = self.more.join("\n");
        if !more.trim().is_empty() {
            match sides.iter_mut().find(|side| side.key == sheet.lang.code()) {
                Some(Entry { value: Node { value: Value::Str(words), .. }, .. }) => {
                    words.push('\n');
                    words.push_str(more.trim_end());
                }
                _ => sides.push(self.at.entry(sheet.lang.code(), self.at.string(more.trim()))),
            }
        }
        for key in ["zh", "en"] {
            for field in self.fields.iter().filter(|field| field.key == key) {
                if sides.iter().any(|side| side.key == key) {
                    sheet.wrong(field.at, "md-key-twice", key, "");
                    continue;
                }
                let words = field.block.clone().unwrap_or_else(|| {
                    line::quoted(field.value)
                        .filter(|(_, rest)| rest.trim().is_empty())
                        .map_or_else(|| field.value.to_owned(), |(words, _)| words)
                });
                sides.push(field.at.entry(key, field.value_at.string(words)));
            }
        }
        sides
    }

    /// Puts in what is asked, and an id where there is none.
    fn finish_ask(&self, sheet: &mut Sheet<'a>, ask: Vec<Entry>, entries: &mut Vec<Entry>) {
        let has_id = entries.iter().any(|entry| entry.key == "id") || self.field("id").is_some();
        if !has_id {
            let words: Vec<&str> = ask.iter().filter_map(|side| side.value.as_str()).collect();
            let id = format!("q-{}", &sha256(&words)[..12]);
            sheet.derived.insert(id.clone());
            entries.push(self.at.entry("id", self.at.string(id)));
        }
        if !ask.is_empty() {
            entries.push(self.at.entry("ask", self.at.map(ask)));
        }
    }

    /// A text under a key: in one language or two, or under both words of the key.
    fn text_field(&self, sheet: &mut Sheet<'a>, key: &str, name: &str, entries: &mut Vec<Entry>) {
        let found: Vec<&Field<'_>> = self.fields.iter().filter(|field| field.key == key).collect();
        match found[..] {
            [] => {}
            [only] => {
                let node = only.text(sheet);
                entries.push(only.at.entry(name, node));
            }
            [first, second, ..] => {
                let side = |sheet: &mut Sheet<'a>, field: &Field<'_>| {
                    let node = field.text(sheet);
                    if let Value::Map(_) = node.value {
                        sheet.wrong(field.value_at, "md-too-many-sides", field.value, "");
                    }
                    field.at.entry(field.lang.code(), node)
                };
                let both = vec![side(sheet, first), side(sheet, second)];
                entries.push(first.at.entry(name, first.value_at.map(both)));
            }
        }
    }

    /// `答案:`: true or false, a number, letters of choices, or words.
    fn answer(&self, sheet: &mut Sheet<'a>, entries: &mut Vec<Entry>) {
        let Some(field) = self.field("answer") else { return };
        if self.has(Sort::Choice) {
            return;
        }
        let kind = entries.iter().find(|entry| entry.key == "kind").and_then(|entry| entry.value.as_str());
        let at = field.value_at;
        let guess = match kind {
            Some("short") => Answer::Words,
            _ => line::answer(field.value),
        };
        match guess {
            Answer::Bool(value) => entries.push(field.at.entry("answer", at.node(Value::Bool(value)))),
            Answer::Number(value, tolerance, unit) => {
                entries.push(field.at.entry("value", scalar(at, value)));
                if let Some(tolerance) = tolerance {
                    entries.push(field.at.entry("tolerance", scalar(at, tolerance)));
                } else if let Some(tolerance) = self.field("tolerance") {
                    entries
                        .push(tolerance.at.entry("tolerance", scalar(tolerance.value_at, tolerance.value)));
                }
                if !unit.is_empty() && self.field("unit").is_none() {
                    entries.push(field.at.entry("unit", at.string(unit)));
                }
            }
            Answer::Words => {
                let list = |words: &str| {
                    at.node(Value::Seq(
                        line::alternatives(words).into_iter().map(|word| at.string(word)).collect(),
                    ))
                };
                let node = match line::raw_sides(field.value) {
                    (all, None) => list(all),
                    (first, Some(second)) => {
                        let sides = [(sheet.lang, first), (sheet.lang.other(), second)];
                        let sides = sides.into_iter().filter(|(_, words)| !words.is_empty());
                        at.map(sides.map(|(lang, words)| at.entry(lang.code(), list(words))).collect())
                    }
                };
                entries.push(field.at.entry("answers", node));
            }
        }
    }

    /// Choices, items and pairs.
    fn points(&self, sheet: &mut Sheet<'a>, entries: &mut Vec<Entry>) {
        // `答案: B` or `答案: A、C` beside choices with letters.
        let letters: Vec<char> = self.field("answer").map_or_else(Vec::new, |field| {
            field.value.chars().filter(|c| c.is_alphabetic()).map(|c| c.to_ascii_uppercase()).collect()
        });
        let mut all: [Vec<Node>; 4] = Default::default();
        for point in &self.points {
            let mut own = Vec::new();
            attribute_entries(point.at, &point.attributes, &mut own);
            let list = match point.sort {
                Sort::Choice => {
                    let node = sheet.text(point.at, point.words);
                    own.push(point.at.entry("say", node));
                    let letter = char::from(b'A' + u8::try_from(all[0].len()).unwrap_or(u8::MAX - b'A'));
                    if point.right || letters.contains(&letter) {
                        own.push(point.at.entry("right", point.at.node(Value::Bool(true))));
                    }
                    if let Some((at, why)) = &point.why {
                        let node = sheet.text(*at, why);
                        own.push(at.entry("why", node));
                    }
                    0
                }
                Sort::Item => {
                    let node = sheet.text(point.at, point.words);
                    own.push(point.at.entry("say", node));
                    1
                }
                Sort::Pair => {
                    let (left, right) = line::arrow(point.words).unwrap_or((point.words, ""));
                    let right = sheet.text(point.at, right);
                    if left.is_empty() {
                        own.push(point.at.entry("say", right));
                        3
                    } else {
                        let left = sheet.text(point.at, left);
                        own.push(point.at.entry("left", left));
                        own.push(point.at.entry("right", right));
                        2
                    }
                }
            };
            all[list].push(point.at.map(own));
        }
        for (list, key) in all.into_iter().zip(["choices", "items", "pairs", "extra"]) {
            if let Some(first) = list.first() {
                let at = At { line: first.line, column: first.column };
                entries.push(at.entry(key, at.node(Value::Seq(list))));
            }
        }
    }

    /// `预测:` and the wrong values below it.
    fn predict(&self, sheet: &mut Sheet<'a>, entries: &mut Vec<Entry>) {
        let Some(field) = self.field("predict") else { return };
        let mut own = Vec::new();
        let (words, attributes) = line::attributes(field.value);
        attribute_entries(field.value_at, &attributes, &mut own);
        probe_entries(field.value_at, words, &mut own);
        self.text_field(sheet, "unit", "unit", &mut own);
        let mut wrong = Vec::new();
        for point in &self.points {
            if point.right || point.sort != Sort::Choice {
                sheet.wrong(point.at, "md-predict-right", point.words, "");
            }
            let mut value = Vec::new();
            attribute_entries(point.at, &point.attributes, &mut value);
            probe_entries(point.at, point.words, &mut value);
            if let Some((at, why)) = &point.why {
                let node = sheet.text(*at, why);
                value.push(at.entry("why", node));
            }
            wrong.push(point.at.map(value));
        }
        if !wrong.is_empty() {
            own.push(field.at.entry("wrong", field.value_at.node(Value::Seq(wrong))));
        }
        entries.push(field.at.entry("predict", field.value_at.map(own)));
    }
}

impl Field<'_> {
    fn text(&self, sheet: &mut Sheet<'_>) -> Node {
        match &self.block {
            Some(words) => self.value_at.string(words.as_str()),
            None => sheet.text(self.value_at, self.value),
        }
    }
}

/// A text with its blanks left open.
fn hidden(node: &Node) -> String {
    let (mut out, mut rest) = (String::new(), node.as_str().unwrap_or_default());
    while let Some((words, tail)) = rest.split_once("[[") {
        let Some((_, after)) = tail.split_once("]]") else { break };
        out.push_str(words);
        out.push_str("____");
        rest = after;
    }
    out + rest
}

/// A value as it is spelled: a whole number, a number, true or false, or a word.
fn scalar(at: At, spelled: &str) -> Node {
    let value = match spelled {
        "true" => Value::Bool(true),
        "false" => Value::Bool(false),
        _ => match (spelled.parse::<i64>(), spelled.parse::<f64>()) {
            (Ok(whole), _) => Value::Int(whole),
            (_, Ok(number)) if number.is_finite() => Value::Float(number),
            _ => Value::Str(spelled.to_owned()),
        },
    };
    at.node(value)
}

fn attribute_entries(at: At, attributes: &[(&str, &str)], entries: &mut Vec<Entry>) {
    for (key, value) in attributes {
        let node = match *key {
            "tags" => {
                let tags = value.split([' ', ',', '，', '、']).filter(|tag| !tag.is_empty());
                at.node(Value::Seq(tags.map(|tag| at.string(tag)).collect()))
            }
            "difficulty" | "weight" | "show" | "shuffle" => scalar(at, value),
            _ => at.string(*value),
        };
        entries.push(at.entry(key, node));
    }
}

/// `value @ moment`.
fn probe_entries(at: At, words: &str, entries: &mut Vec<Entry>) {
    let (value, moment) = line::probe(words);
    if !moment.is_empty() {
        entries.push(at.entry("at", at.string(moment)));
    }
    if !value.is_empty() {
        entries.push(at.entry("value", at.string(value)));
    }
}

/// `run + contrast @ moment`.
fn scenario(field: &Field<'_>) -> Node {
    let at = field.value_at;
    let (names, moment) = field.value.split_once('@').unwrap_or((field.value, ""));
    let (run, contrast) = names.split_once('+').unwrap_or((names, ""));
    if contrast.trim().is_empty() && moment.trim().is_empty() {
        return at.string(run.trim());
    }
    let parts = [("run", run), ("contrast", contrast), ("focus", moment)];
    let parts = parts.into_iter().filter(|(_, words)| !words.trim().is_empty());
    at.map(parts.map(|(key, words)| at.entry(key, at.string(words.trim()))).collect())
}
