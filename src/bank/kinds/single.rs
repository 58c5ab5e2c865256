//! `single`: one of several choices is right.
//!
//! ```yaml
//! - id: bare-pod-dead-node
//!   kind: single               # may be left out where one choice is right
//!   ask:
//!     zh: 裸 Pod 的 Node 断电十分钟后，它在哪里？
//!     en: Ten minutes after its Node lost power, where is this bare Pod?
//!   choices:                   # 2 to 10
//!     - id: moved              # where it is left out: c1, c2 … by place
//!       say:
//!         zh: 在另一个健康的 Node 上运行
//!         en: Running on another, healthy Node
//!       why:                   # why it is wrong
//!         zh: Pod 一生只绑定一次，从不迁移。
//!         en: A Pod is bound once in its life and never moved.
//!       misconception: m07     # the belief of those who choose it
//!       scenario: node-failure # what shows why it is wrong
//!     - id: terminating
//!       say:
//!         zh: 还在原处，状态为 Terminating
//!         en: Still where it was, Terminating
//!       right: true
//!   shuffle: false             # keep this order; shuffled where it is left out
//!   show: 1                    # draw so many of the wrong choices each time; all where it is left out
//! ```

use super::{Choices, Form, Frozen, Grade, Lots, Reader, Response, ResponseProblem, Rules, Spot, Writer};
use crate::bank::answer::{Mark, Part};
use crate::bank::schema::Keys;
use crate::text::Text;
use crate::yaml::Node;

/// What only a question with one right choice has.
#[derive(Clone, Debug, PartialEq)]
pub struct Single {
    /// Its choices, of which one is right.
    pub choices: Choices,
}

impl Rules for Single {
    const NAME: &'static str = "single";
    const KEYS: &'static [&'static str] = Choices::KEYS;

    fn schema() -> Keys {
        Choices::schema(false)
    }

    fn fits(question: &Node) -> bool {
        Choices::count_right(question).is_some_and(|right| right < 2)
    }

    fn read(reader: &mut Reader<'_>, question: &Spot<'_>) -> Option<Single> {
        Choices::read(reader, question, false).map(|choices| Single { choices })
    }

    fn write(&self, writer: &mut Writer) {
        self.choices.write(writer);
    }

    fn texts(&self) -> Vec<(String, &Text)> {
        self.choices.texts()
    }

    fn scenarios(&self) -> Vec<&str> {
        self.choices.scenarios()
    }

    fn present(&self, lots: &mut Lots, _: Option<&Frozen>) -> Vec<String> {
        self.choices.present(lots)
    }

    fn respond(&self, form: &Form<'_>) -> Result<Response, ResponseProblem> {
        form.chosen_one(|id| self.choices.get(id).is_some())
    }

    fn grade(&self, response: &Response, _: Option<&Frozen>) -> Grade {
        let Response::Chosen(chosen) = response else { return Grade::whole(false) };
        let parts: Vec<Part> = (self.choices.all.iter())
            .map(|choice| Part {
                id: choice.id.clone(),
                mark: Mark::of_choice(choice.right, chosen.contains(&choice.id)),
            })
            .collect();
        let right = chosen.len() == 1 && parts.iter().any(|part| part.mark == Mark::Hit);
        Grade { parts, ..Grade::whole(right) }
    }

    fn semantics(&self) -> serde_json::Value {
        self.choices.semantics()
    }
}
