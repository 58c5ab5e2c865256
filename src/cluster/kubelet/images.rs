//! The images of one Node: which are there, which are being pulled, which wait for their turn.
//!
//! Pulls are serial on a Node, in the order in which they were asked for. An image whose pull takes no time counts as
//! there from the beginning. Sources: `pkg/kubelet/images/image_manager.go`, `puller.go` (`serialImagePuller`).

use crate::cluster::clock::{Millis, SimTime};
use crate::cluster::image::{Image, Images};
use crate::cluster::object::Key;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// How long the registry takes to refuse a pull.
const REFUSAL: Millis = Millis(500);
/// An image that has not been there for so long is not deleted (`imageMinimumGCAge`).
const MIN_AGE: Millis = Millis::mins(2);
/// How long it takes to see that an image that is there is still the newest.
const CHECK: Millis = Millis(100);
/// The simulated network brings an image in at this rate, bytes in a millisecond (25 MB/s), so that a pull's duration
/// gives the image's size.
const BYTES_PER_MS: i64 = 25_000;
/// The size of an image whose pull takes no time: that of a small one.
const SMALLEST: i64 = 10_000_000;

/// When to pull.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Policy {
    /// At every start of a container.
    Always,
    /// If the image is not there.
    IfNotPresent,
    /// Not at all.
    Never,
}

impl Policy {
    /// Reads `imagePullPolicy`; the API server has filled it in.
    pub(super) fn read(word: Option<&str>) -> Policy {
        match word {
            Some("Always") => Policy::Always,
            Some("Never") => Policy::Never,
            _ => Policy::IfNotPresent,
        }
    }
}

/// What the image manager says to a container that is about to start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    /// The image is there.
    Present,
    /// It is not there and may not be pulled.
    Never,
    /// It is being pulled, or waits for its turn.
    Pulling,
    /// It could not be pulled lately, and is not tried again before then.
    BackOff(SimTime),
}

/// A pull: of what, and for whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Pull {
    /// The image.
    pub(super) image: String,
    /// The Pod.
    pub(super) pod: Key,
    /// The Pod's uid: another Pod of the same name is not meant.
    pub(super) uid: String,
    /// The container, by its place among all of the Pod's.
    pub(super) container: usize,
    /// When it was asked for.
    pub(super) asked: SimTime,
}

/// A pull that has come to its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Pulled {
    /// Which.
    pub(super) pull: Pull,
    /// How long it took, without the wait for its turn; `None` if it failed.
    pub(super) took: Option<Millis>,
}

/// The image manager of one Node.
#[derive(Clone, Debug, Default)]
pub(super) struct ImageManager {
    /// The images that have been pulled, and since when they are there.
    present: BTreeMap<String, SimTime>,
    waiting: VecDeque<Pull>,
    current: Option<Current>,
}

#[derive(Clone, Debug)]
struct Current {
    pull: Pull,
    began: SimTime,
    until: SimTime,
    succeeds: bool,
}

impl ImageManager {
    /// A container wants its image; until `backs_off` its Pod does not pull it. If the answer is [`Answer::Pulling`],
    /// [`ImageManager::next`] may have changed.
    pub(super) fn ask(
        &mut self,
        images: &Images,
        policy: Policy,
        backs_off: Option<SimTime>,
        pull: Pull,
    ) -> Answer {
        let present = self.is_present(images, &pull.image);
        match (policy, present) {
            (Policy::IfNotPresent | Policy::Never, true) => Answer::Present,
            (Policy::Never, false) => Answer::Never,
            (Policy::Always, _) | (Policy::IfNotPresent, false) => {
                if let Some(again) = backs_off {
                    return Answer::BackOff(again);
                }
                let now = pull.asked;
                self.waiting.push_back(pull);
                self.begin(images, now);
                Answer::Pulling
            }
        }
    }

    /// When the pull that is under way ends.
    pub(super) fn next(&self) -> Option<SimTime> {
        self.current.as_ref().map(|current| current.until)
    }

    /// Ends the pull that is due, and begins the next one.
    pub(super) fn finish(&mut self, images: &Images, now: SimTime) -> Option<Pulled> {
        let current = self.current.take_if(|current| current.until <= now)?;
        if current.succeeds {
            self.present.entry(current.pull.image.clone()).or_insert(now);
        }
        self.begin(images, now);
        let took = current.succeeds.then(|| current.until.since(current.began));
        Some(Pulled { pull: current.pull, took })
    }

    /// The machine lost power: pulls stop, images stay on its disk.
    pub(super) fn stop(&mut self) {
        self.waiting.clear();
        self.current = None;
    }

    /// Deletes the images that no container uses.
    pub(super) fn delete_unused(&mut self, used: &BTreeSet<&str>, now: SimTime) {
        self.present.retain(|image, since| used.contains(image.as_str()) || now.since(*since) < MIN_AGE);
    }

    /// The images that have been pulled, in order of name, with their sizes.
    pub(super) fn pulled<'a>(&'a self, images: &'a Images) -> impl Iterator<Item = (&'a str, i64)> {
        self.present.keys().map(|name| (name.as_str(), size(&images.get(name))))
    }

    fn is_present(&self, images: &Images, name: &str) -> bool {
        self.present.contains_key(name) || images.get(name).pull == Some(Millis::ZERO)
    }

    fn begin(&mut self, images: &Images, now: SimTime) {
        if self.current.is_some() {
            return;
        }
        let Some(pull) = self.waiting.pop_front() else { return };
        let (takes, succeeds) = match images.get(&pull.image).pull {
            None => (REFUSAL, false),
            Some(_) if self.is_present(images, &pull.image) => (CHECK, true),
            Some(takes) => (takes, true),
        };
        self.current = Some(Current { pull, began: now, until: now + takes, succeeds });
    }
}

/// An image's size in bytes.
pub(super) fn size(image: &Image) -> i64 {
    SMALLEST.max(image.pull.unwrap_or_default().0 * BYTES_PER_MS)
}

/// What the kubelet says of an image that is there. It has made sure that the Pod may use it
/// (`KubeletEnsureSecretPulledImages`, on since 1.35).
pub(super) fn present(image: &str) -> String {
    format!("Container image \"{image}\" already present on machine and can be accessed by the pod")
}

/// What containerd says when there is no such image.
pub(super) fn refusal(image: &str) -> String {
    let full = if image.contains('/') { image.to_owned() } else { format!("docker.io/library/{image}") };
    format!(
        "rpc error: code = NotFound desc = failed to pull and unpack image \"{full}\": failed to resolve reference \
         \"{full}\": {full}: not found"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pull(image: &str, asked: i64) -> Pull {
        Pull {
            image: image.into(),
            pod: Key::new("default", "a"),
            uid: "u".into(),
            container: 0,
            asked: SimTime(asked),
        }
    }

    fn images() -> Images {
        let mut images = Images::default();
        images.insert("slow:1".into(), Image { pull: Some(Millis::secs(4)), ..Image::default() });
        images.insert("other:1".into(), Image { pull: Some(Millis::secs(1)), ..Image::default() });
        images.insert("bad:1".into(), Image { pull: None, ..Image::default() });
        images
    }

    #[test]
    fn pulls_on_a_node_go_one_after_another() {
        let (images, mut node) = (images(), ImageManager::default());
        assert_eq!(node.ask(&images, Policy::IfNotPresent, None, pull("slow:1", 0)), Answer::Pulling);
        assert_eq!(node.ask(&images, Policy::IfNotPresent, None, pull("other:1", 100)), Answer::Pulling);
        assert_eq!(node.next(), Some(SimTime(4000)));
        assert_eq!(node.finish(&images, SimTime(4000)).unwrap().took, Some(Millis::secs(4)));
        assert_eq!(node.next(), Some(SimTime(5000)), "one second, once it is its turn");
        assert_eq!(node.finish(&images, SimTime(5000)).unwrap().pull.image, "other:1");
        assert_eq!(node.ask(&images, Policy::IfNotPresent, None, pull("slow:1", 6000)), Answer::Present);
    }

    #[test]
    fn the_policy_decides_whether_an_image_is_pulled() {
        let (images, mut node) = (images(), ImageManager::default());
        assert_eq!(node.ask(&images, Policy::Never, None, pull("slow:1", 0)), Answer::Never);
        assert_eq!(node.ask(&images, Policy::Never, None, pull("unnamed:1", 0)), Answer::Present);
        assert_eq!(node.ask(&images, Policy::Always, None, pull("unnamed:1", 0)), Answer::Pulling);
    }

    #[test]
    fn a_pull_that_fails_leaves_no_image() {
        let (images, mut node) = (images(), ImageManager::default());
        node.ask(&images, Policy::IfNotPresent, None, pull("bad:1", 0));
        let pulled = node.finish(&images, SimTime(500)).unwrap();
        assert_eq!(pulled.took, None);
        assert_eq!(node.ask(&images, Policy::Never, None, pull("bad:1", 600)), Answer::Never);
    }

    #[test]
    fn an_image_that_nobody_uses_is_deleted_once_it_is_two_minutes_old() {
        let (images, mut node) = (images(), ImageManager::default());
        node.ask(&images, Policy::IfNotPresent, None, pull("slow:1", 0));
        node.finish(&images, SimTime(4000)).unwrap();
        let there = |node: &ImageManager| node.pulled(&images).map(|(_, size)| size).sum::<i64>();
        node.delete_unused(&BTreeSet::new(), SimTime(123_999));
        assert_eq!(there(&node), 100_000_000, "4 s at 25 MB/s");
        node.delete_unused(&BTreeSet::from(["slow:1"]), SimTime(600_000));
        assert_eq!(there(&node), 100_000_000);
        node.delete_unused(&BTreeSet::new(), SimTime(124_000));
        assert_eq!(there(&node), 0);
    }
}
