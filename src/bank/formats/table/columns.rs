//! The header row: which column holds what, in Chinese or English, in any order.

use crate::bank::reader::nearest;
use crate::text::Lang;
use unicode_normalization::UnicodeNormalization;

/// At most this many choices, items or pairs.
pub(super) const MOST_CHOICES: usize = 10;

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Field {
    Id,
    Kind,
    Ask,
    Cloze,
    Back,
    Choice(usize),
    Why(Option<usize>),
    Answer,
    Tolerance,
    Unit,
    Explain,
    Hint,
    Tags,
    Difficulty,
    Fact,
    Misconception,
    Scenario,
    Contrast,
    Focus,
    See,
    Status,
    Shuffle,
    Show,
}

/// A column: what it holds, and in which language, where its header says one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Column {
    pub(super) field: Field,
    pub(super) lang: Option<Lang>,
}

/// The names of the columns that are there once: the canonical one of each language first.
const NAMES: [(Field, &[&str], &[&str]); 20] = [
    (Field::Id, &["编号", "题号", "序号", "标识"], &["id", "no", "number"]),
    (Field::Kind, &["题型", "类型", "题目类型"], &["kind", "type", "question type"]),
    (Field::Ask, &["题目", "题干", "问题", "正面"], &["question", "ask", "stem", "front", "question text"]),
    (Field::Cloze, &["填空", "填空文本", "句子"], &["cloze", "sentence"]),
    (Field::Back, &["背面"], &["back"]),
    (
        Field::Answer,
        &["答案", "正确答案", "参考答案"],
        &["answer", "answers", "correct", "correct answer", "right", "key"],
    ),
    (Field::Tolerance, &["误差", "允许误差"], &["tolerance", "error"]),
    (Field::Unit, &["单位"], &["unit"]),
    (Field::Explain, &["解析", "解释", "说明", "答案解析"], &["explain", "explanation", "general feedback"]),
    (Field::Hint, &["提示"], &["hint"]),
    (Field::Tags, &["标签"], &["tags", "tag", "labels"]),
    (Field::Difficulty, &["难度", "难易度"], &["difficulty", "level"]),
    (Field::Fact, &["知识点", "考点"], &["fact", "topic"]),
    (Field::Misconception, &["误区", "误解"], &["misconception"]),
    (Field::Scenario, &["场景"], &["scenario", "run"]),
    (Field::Contrast, &["对照", "对照场景"], &["contrast"]),
    (Field::Focus, &["时刻", "关键时刻"], &["focus", "moment"]),
    (Field::See, &["参考", "链接", "文档"], &["see", "link", "url"]),
    (Field::Status, &["状态"], &["status"]),
    (Field::Shuffle, &["打乱", "乱序"], &["shuffle"]),
];

/// Columns that are there once for each choice.
const CHOICES: [&str; 7] = ["选项", "备选项", "choice", "option", "item", "pair", "选择"];
const WHYS: [&str; 6] = ["理由", "反馈", "选项解析", "why", "feedback", "reason"];
const SHOW: [&str; 3] = ["抽取", "show", "draw"];

/// How a header is compared: half width, small letters, without space and punctuation.
fn fold(name: &str) -> String {
    name.nfkc().flat_map(char::to_lowercase).filter(|c| c.is_alphanumeric()).collect()
}

/// Takes the language off the end of a folded name.
fn without_lang(name: &str) -> (&str, Option<Lang>) {
    let ends = [
        ("chinese", Lang::Zh),
        ("english", Lang::En),
        ("中文", Lang::Zh),
        ("英文", Lang::En),
        ("zh", Lang::Zh),
        ("en", Lang::En),
    ];
    for (end, lang) in ends {
        if let Some(name) =
            name.strip_suffix(end).or_else(|| name.strip_prefix(end).filter(|_| end.len() > 2))
        {
            return (name, Some(lang));
        }
    }
    (name, None)
}

/// `a` or `1` is the first.
fn index(suffix: &str) -> Option<usize> {
    let index = match suffix.as_bytes() {
        [letter @ b'a'..=b'j'] => usize::from(letter - b'a'),
        _ => suffix.parse::<usize>().ok().filter(|number| suffix.len() < 3 && *number > 0)? - 1,
    };
    (index < MOST_CHOICES).then_some(index)
}

impl Column {
    /// What the column with this header holds; `None` for a name that nobody knows.
    pub(super) fn from_header(header: &str) -> Option<Column> {
        let folded = fold(header);
        // `option` ends in nothing of a language, `question_en` does; a whole name always wins.
        let of = |name: &str, lang| Some(Column { field: field(name)?, lang });
        of(&folded, None).or_else(|| {
            let (name, lang) = without_lang(&folded);
            lang.and_then(|_| of(name, lang))
        })
    }

    /// The known name that was probably meant.
    pub(super) fn nearest(header: &str) -> Option<&'static str> {
        let names: Vec<&'static str> = NAMES
            .iter()
            .flat_map(|(_, zh, en)| zh.iter().chain(en.iter()))
            .chain(&CHOICES)
            .chain(&WHYS)
            .copied()
            .collect();
        nearest(&fold(header), &names)
    }

    /// Its canonical header.
    pub(super) fn header(self, lang: Lang) -> String {
        let letter = |index: usize| char::from(b'A' + index as u8);
        let name = match (self.field, lang) {
            (Field::Choice(index), Lang::Zh) => format!("选项{}", letter(index)),
            (Field::Choice(index), Lang::En) => format!("choice {}", letter(index)),
            (Field::Why(Some(index)), Lang::Zh) => format!("理由{}", letter(index)),
            (Field::Why(Some(index)), Lang::En) => format!("why {}", letter(index)),
            (Field::Why(None), Lang::Zh) => "理由".to_owned(),
            (Field::Why(None), Lang::En) => "why".to_owned(),
            (Field::Show, Lang::Zh) => "抽取".to_owned(),
            (Field::Show, Lang::En) => "show".to_owned(),
            (field, lang) => {
                NAMES.iter().find(|(named, ..)| *named == field).map_or_else(String::new, |(_, zh, en)| {
                    match lang {
                        Lang::Zh => zh[0].to_owned(),
                        Lang::En => en[0].to_owned(),
                    }
                })
            }
        };
        match self.lang {
            Some(lang) => format!("{name}_{}", lang.code()),
            None => name,
        }
    }
}

/// What a folded name without a language stands for.
fn field(name: &str) -> Option<Field> {
    let named = NAMES.iter().find(|(_, zh, en)| zh.iter().chain(en.iter()).any(|known| fold(known) == name));
    if let Some((field, ..)) = named {
        return Some(*field);
    }
    if SHOW.contains(&name) {
        return Some(Field::Show);
    }
    if WHYS.contains(&name) {
        return Some(Field::Why(None));
    }
    let behind = |starts: &[&str]| starts.iter().find_map(|start| index(name.strip_prefix(start)?));
    if let Some(at) = behind(&CHOICES) {
        return Some(Field::Choice(at));
    }
    if let Some(at) = behind(&WHYS) {
        return Some(Field::Why(Some(at)));
    }
    // A bare letter is a choice.
    (name.len() == 1 && name.starts_with(char::is_alphabetic))
        .then(|| index(name).map(Field::Choice))
        .flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(header: &str) -> Option<(Field, Option<Lang>)> {
        Column::from_header(header).map(|column| (column.field, column.lang))
    }

    #[test]
    fn headers_are_known_in_both_languages_however_they_are_spelled() {
        assert_eq!(read("题目"), Some((Field::Ask, None)));
        assert_eq!(read(" Question (EN) "), Some((Field::Ask, Some(Lang::En))));
        assert_eq!(read("题目_en"), Some((Field::Ask, Some(Lang::En))));
        assert_eq!(read("英文题目"), Some((Field::Ask, Some(Lang::En))));
        assert_eq!(read("选项Ｂ"), Some((Field::Choice(1), None)));
        assert_eq!(read("Option 3"), Some((Field::Choice(2), None)));
        assert_eq!(read("D"), Some((Field::Choice(3), None)));
        assert_eq!(read("choice_a_zh"), Some((Field::Choice(0), Some(Lang::Zh))));
        assert_eq!(read("理由A"), Some((Field::Why(Some(0)), None)));
        assert_eq!(read("Correct answer"), Some((Field::Answer, None)));
        assert_eq!((read("colour"), read("选项Z"), read("")), (None, None, None));
    }

    #[test]
    fn a_slip_finds_the_column_that_was_meant() {
        assert_eq!(Column::nearest("Anwser"), Some("answer"));
        assert_eq!(Column::nearest("知识占"), Some("知识点"));
        assert_eq!(Column::nearest("colour of the sky"), None);
    }

    #[test]
    fn every_header_that_is_written_is_read() {
        let singles = NAMES.iter().map(|(field, ..)| *field).chain([Field::Show, Field::Why(None)]);
        let choices = (0..MOST_CHOICES).flat_map(|index| [Field::Choice(index), Field::Why(Some(index))]);
        for field in singles.chain(choices) {
            for lang in [None, Some(Lang::Zh), Some(Lang::En)] {
                let column = Column { field, lang };
                for header in Lang::ALL.map(|lang| column.header(lang)) {
                    assert_eq!(Column::from_header(&header), Some(column), "{header}");
                }
            }
        }
    }
}
