//! `multiple`: any number of the choices may be right, and all of them shall be chosen.
//!
//! The score is what was rightly chosen, less what was wrongly chosen, out of what is right; never below nothing.
//!
//! ```yaml
//! - id: pod-shares
//!   kind: multiple             # may be left out where several choices are right
//!   ask:
//!     zh: 同一 Pod 的容器共享什么？
//!     en: What do containers of one Pod share?
//!   choices:                   # as in a `single` question
//!     - id: ip
//!       say:
//!         zh: IP
//!         en: The IP
//!       right: true
//!     - id: ports
//!       say:
//!         zh: 端口空间
//!         en: The port space
//!       right: true
//!       weight: 2              # counts twice, 1 to 10; 1 where it is left out
//!     - id: root
//!       say:
//!         zh: 根文件系统
//!         en: The root file system
//!       why:
//!         zh: 每个容器各有各的镜像。
//!         en: Each container has an image of its own.
//! ```

use super::{Choices, Form, Frozen, Grade, Lots, Reader, Response, ResponseProblem, Rules, Spot, Writer};
use crate::bank::answer::{Mark, Part};
use crate::bank::schema::Keys;
use crate::text::Text;
use crate::yaml::Node;

/// What only a question with several right choices has.
#[derive(Clone, Debug, PartialEq)]
pub struct Multiple {
    /// Its choices, of which at least one is right.
    pub choices: Choices,
}

impl Rules for Multiple {
    const NAME: &'static str = "multiple";
    const KEYS: &'static [&'static str] = Choices::KEYS;

    fn schema() -> Keys {
        Choices::schema(true)
    }

    fn fits(question: &Node) -> bool {
        Choices::count_right(question).is_some_and(|right| right >= 2)
    }

    fn read(reader: &mut Reader<'_>, question: &Spot<'_>) -> Option<Multiple> {
        Choices::read(reader, question, true).map(|choices| Multiple { choices })
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
        form.chosen(|id| self.choices.get(id).is_some()).map(Response::Chosen)
    }

    fn grade(&self, response: &Response, _: Option<&Frozen>) -> Grade {
        let Response::Chosen(chosen) = response else { return Grade::whole(false) };
        let (mut hit, mut wrong, mut all) = (0_usize, 0_usize, 0_usize);
        let mut parts = Vec::new();
        for choice in &self.choices.all {
            let weight = usize::from(choice.weight);
            let mark = Mark::of_choice(choice.right, chosen.contains(&choice.id));
            match mark {
                Mark::Hit => (hit, all) = (hit + weight, all + weight),
                Mark::Missed => all += weight,
                Mark::Wrong => wrong += weight,
                Mark::Left => {}
            }
            parts.push(Part { id: choice.id.clone(), mark });
        }
        Grade::partial(hit.saturating_sub(wrong), all, parts)
    }

    fn semantics(&self) -> serde_json::Value {
        self.choices.semantics()
    }
}
