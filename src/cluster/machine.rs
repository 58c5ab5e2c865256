//! A Node's machine and its kubelet's configuration, as far as the Node object does not show them.
//!
//! Source: `pkg/kubelet/apis/config/v1beta1/defaults_linux.go`, `pkg/kubelet/eviction/helpers.go`, `…/eviction/api/types.go`;
//! docs "Node-pressure Eviction".

use super::clock::Millis;
use super::quantity::Quantity;
use std::collections::BTreeMap;

/// What a scenario says of a machine.
#[derive(Clone, Debug, PartialEq)]
pub struct Machine {
    /// The size in bytes of a disk of its own for images and containers' layers; `None` if they share the Node's disk.
    pub image_disk: Option<i64>,
    /// When the kubelet evicts at once.
    pub eviction_hard: Thresholds,
    /// The longest wait before a container is started again (`crashLoopBackOff.maxContainerRestartPeriod`).
    pub max_restart_period: Millis,
}

/// The longest wait before a container is started again, or its image pulled again, where nobody says otherwise
/// (`MaxCrashLoopBackOff`, `imageBackOffPeriod`).
pub const LONGEST_BACK_OFF: Millis = Millis::secs(300);

impl Default for Machine {
    fn default() -> Machine {
        Machine {
            image_disk: None,
            eviction_hard: Thresholds::default(),
            max_restart_period: LONGEST_BACK_OFF,
        }
    }
}

/// What the kubelet watches in order to evict in time, in the order in which it acts. Kubernetes puts memory first and the
/// others in any order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Watched {
    /// Memory.
    Memory,
    /// The Node's disk.
    Disk,
    /// The inodes of the Node's disk.
    Inodes,
    /// The disk of images and containers' layers, which may be the same one.
    ImageDisk,
    /// The inodes of that disk.
    ImageInodes,
    /// Process numbers.
    Pids,
}

impl Watched {
    /// Every one, in order.
    pub const ALL: [Watched; 6] = [
        Watched::Memory,
        Watched::Disk,
        Watched::Inodes,
        Watched::ImageDisk,
        Watched::ImageInodes,
        Watched::Pids,
    ];

    /// The eviction signal, as a kubelet's configuration names it.
    pub const fn name(self) -> &'static str {
        match self {
            Watched::Memory => "memory.available",
            Watched::Disk => "nodefs.available",
            Watched::Inodes => "nodefs.inodesFree",
            Watched::ImageDisk => "imagefs.available",
            Watched::ImageInodes => "imagefs.inodesFree",
            Watched::Pids => "pid.available",
        }
    }

    /// Reads the name of a signal.
    pub fn parse(name: &str) -> Option<Watched> {
        Watched::ALL.into_iter().find(|watched| watched.name() == name)
    }
}

/// How much must be free.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Threshold {
    /// An amount.
    Amount(i64),
    /// A part of the whole, from 0 to 1; of the kubelet's own precision.
    Part(f32),
}

impl Threshold {
    /// Reads `100Mi` or `10%`.
    pub fn parse(text: &str) -> Option<Threshold> {
        match text.strip_suffix('%') {
            Some(percent) => {
                let percent: f32 = percent.parse().ok()?;
                (0.0..=100.0).contains(&percent).then_some(Threshold::Part(percent / 100.0))
            }
            None => Quantity::parse(text).ok().map(|amount| Threshold::Amount(amount.value())),
        }
    }

    /// As an amount, where there is so much in all.
    pub fn of(self, capacity: i64) -> i64 {
        match self {
            Threshold::Amount(amount) => amount,
            // As `GetThresholdQuantity` reckons: the messages show this very number.
            Threshold::Part(part) => (capacity as f64 * f64::from(part)) as i64,
        }
    }
}

/// What must be free of each; what is not named is not watched.
#[derive(Clone, Debug, PartialEq)]
pub struct Thresholds(pub BTreeMap<Watched, Threshold>);

impl Default for Thresholds {
    /// `DefaultEvictionHard` on Linux. Process numbers are not among them.
    fn default() -> Thresholds {
        Thresholds(BTreeMap::from([
            (Watched::Memory, Threshold::Amount(100 * 1024 * 1024)),
            (Watched::Disk, Threshold::Part(0.1)),
            (Watched::Inodes, Threshold::Part(0.05)),
            (Watched::ImageDisk, Threshold::Part(0.15)),
            (Watched::ImageInodes, Threshold::Part(0.05)),
        ]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_threshold_is_an_amount_or_a_percentage() {
        assert_eq!(Threshold::parse("100Mi"), Some(Threshold::Amount(104_857_600)));
        assert_eq!(Threshold::parse("10%").unwrap().of(1000), 100);
        for wrong in ["-1%", "101%", "lots", "%"] {
            assert_eq!(Threshold::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_percentage_is_reckoned_with_single_precision_as_the_kubelet_does() {
        // 0.15 is 0.15000000596046448 with 24 bits; of 100 Gi that is 640 bytes more than 15 Gi.
        let gi = 1024 * 1024 * 1024;
        assert_eq!(Threshold::Part(0.15).of(100 * gi), 15 * gi + 640);
    }
}
