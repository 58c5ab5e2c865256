//! What there is of a Node's memory, disks and process numbers, and what of it is in use.
//!
//! Pure: how full the timeline has made them and what the containers use goes in, what is free comes out. Source:
//! `pkg/kubelet/eviction/helpers.go` (`makeSignalObservations`).

use crate::cluster::engine::Pressure;
use crate::cluster::machine::{Threshold, Thresholds, Watched};

/// The disk of a Node that does not say how large it is: 100 GiB.
const DISK: i64 = 100 * 1024 * 1024 * 1024;
/// A file system has an inode for so many bytes (the default of `mke2fs`).
const BYTES_PER_INODE: i64 = 16 * 1024;
/// How many processes a machine can have (`kernel.pid_max`).
const PIDS: i64 = 32_768;

/// A Node's condition that says it is short of something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Condition {
    /// MemoryPressure.
    Memory,
    /// DiskPressure.
    Disk,
    /// PIDPressure.
    Pids,
}

/// Names of a condition and of what goes with it.
pub(super) struct Words {
    /// The Node's condition.
    pub(super) condition: &'static str,
    /// Its reasons when False and when True, and what the kubelet says with them.
    pub(super) reasons: [(&'static str, &'static str); 2],
    /// The reasons of the Node's Events when the condition changes to False and to True.
    pub(super) events: [&'static str; 2],
}

impl Condition {
    /// Every one, in the order in which a Node lists them.
    pub(super) const ALL: [Condition; 3] = [Condition::Memory, Condition::Disk, Condition::Pids];

    /// How it is spoken of.
    pub(super) const fn words(self) -> Words {
        match self {
            Condition::Memory => Words {
                condition: "MemoryPressure",
                reasons: [
                    ("KubeletHasSufficientMemory", "kubelet has sufficient memory available"),
                    ("KubeletHasInsufficientMemory", "kubelet has insufficient memory available"),
                ],
                events: ["NodeHasSufficientMemory", "NodeHasInsufficientMemory"],
            },
            Condition::Disk => Words {
                condition: "DiskPressure",
                reasons: [
                    ("KubeletHasNoDiskPressure", "kubelet has no disk pressure"),
                    ("KubeletHasDiskPressure", "kubelet has disk pressure"),
                ],
                events: ["NodeHasNoDiskPressure", "NodeHasDiskPressure"],
            },
            Condition::Pids => Words {
                condition: "PIDPressure",
                reasons: [
                    ("KubeletHasSufficientPID", "kubelet has sufficient PID available"),
                    ("KubeletHasInsufficientPID", "kubelet has insufficient PID available"),
                ],
                events: ["NodeHasSufficientPID", "NodeHasInsufficientPID"],
            },
        }
    }
}

/// The condition that a shortage shows as.
pub(super) const fn condition(watched: Watched) -> Condition {
    match watched {
        Watched::Memory => Condition::Memory,
        Watched::Disk | Watched::Inodes | Watched::ImageDisk | Watched::ImageInodes => Condition::Disk,
        Watched::Pids => Condition::Pids,
    }
}

/// What is scarce, as messages name it.
pub(super) const fn resource(watched: Watched) -> &'static str {
    match watched {
        Watched::Memory => "memory",
        Watched::Disk | Watched::ImageDisk => "ephemeral-storage",
        Watched::Inodes | Watched::ImageInodes => "inodes",
        Watched::Pids => "pids",
    }
}

/// How large a machine is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Size {
    /// Memory in bytes.
    pub(super) memory: i64,
    /// The Node's disk in bytes; 0 if it does not say.
    pub(super) disk: i64,
    /// The disk of images and layers in bytes, if it is another one.
    pub(super) image_disk: Option<i64>,
}

/// Amounts in use, or free.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Amounts {
    /// Memory in bytes.
    pub(super) memory: i64,
    /// Bytes on the Node's disk.
    pub(super) disk: i64,
    /// Bytes on the disk of images and layers. Where that is the Node's, they are added.
    pub(super) image_disk: i64,
    /// Inodes of the Node's disk.
    pub(super) inodes: i64,
    /// Processes.
    pub(super) pids: i64,
}

/// What there is of something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Room {
    /// In all.
    pub(super) capacity: i64,
    /// Free.
    pub(super) available: i64,
}

impl Size {
    fn disk(self) -> i64 {
        if self.disk > 0 { self.disk } else { DISK }
    }

    /// How much there is of a thing in all.
    fn capacity(self, watched: Watched) -> i64 {
        let image_disk = self.image_disk.unwrap_or(self.disk());
        match watched {
            Watched::Memory => self.memory,
            Watched::Disk => self.disk(),
            Watched::ImageDisk => image_disk,
            Watched::Inodes => self.disk() / BYTES_PER_INODE,
            Watched::ImageInodes => image_disk / BYTES_PER_INODE,
            Watched::Pids => PIDS,
        }
    }

    /// How much of a thing is in use.
    fn used(self, watched: Watched, used: Amounts) -> i64 {
        let is_shared = self.image_disk.is_none();
        match watched {
            Watched::Memory => used.memory,
            Watched::Disk | Watched::ImageDisk if is_shared => used.disk + used.image_disk,
            Watched::Disk => used.disk,
            Watched::ImageDisk => used.image_disk,
            Watched::Inodes => used.inodes,
            Watched::ImageInodes => {
                if is_shared {
                    used.inodes
                } else {
                    0
                }
            }
            Watched::Pids => used.pids,
        }
    }
}

/// What the processes outside the simulated containers use of a Node, as the timeline has set it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Outside(Amounts);

impl Outside {
    /// Something is now this full in all, of which `used` is the containers'.
    pub(super) fn fill(&mut self, what: Pressure, percent: i64, size: Size, used: Amounts) {
        let (watched, outside) = match what {
            Pressure::Memory => (Watched::Memory, &mut self.0.memory),
            Pressure::Disk => (Watched::Disk, &mut self.0.disk),
            Pressure::ImageDisk if size.image_disk.is_none() => (Watched::Disk, &mut self.0.disk),
            Pressure::ImageDisk => (Watched::ImageDisk, &mut self.0.image_disk),
            Pressure::Inodes => (Watched::Inodes, &mut self.0.inodes),
            Pressure::Pids => (Watched::Pids, &mut self.0.pids),
        };
        *outside = (size.capacity(watched) / 100 * percent - size.used(watched, used)).max(0);
    }

    /// The machine starts again: disks stay as full as they were, memory and process numbers do not.
    pub(super) fn reboot(&mut self) {
        self.0.memory = 0;
        self.0.pids = 0;
    }

    /// What there is of a thing where the containers use this.
    pub(super) fn room(self, watched: Watched, size: Size, used: Amounts) -> Room {
        let capacity = size.capacity(watched);
        let in_use = size.used(watched, self.0) + size.used(watched, used);
        Room { capacity, available: (capacity - in_use).max(0) }
    }

    /// What is short, and how much of it must be free, in the order in which it is acted upon.
    pub(super) fn shortages(self, thresholds: &Thresholds, size: Size, used: Amounts) -> Vec<Shortage> {
        let shortage = |(watched, threshold): (&Watched, &Threshold)| {
            let room = self.room(*watched, size, used);
            let least = threshold.of(room.capacity);
            (room.available < least).then_some(Shortage { watched: *watched, least, room })
        };
        thresholds.0.iter().filter_map(shortage).collect()
    }
}

/// Too little is free.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Shortage {
    /// Of what.
    pub(super) watched: Watched,
    /// How much must be free.
    pub(super) least: i64,
    /// What there is.
    pub(super) room: Room,
}

#[cfg(test)]
mod tests {
    use super::*;

    const MI: i64 = 1024 * 1024;
    const GI: i64 = 1024 * MI;

    fn short(size: Size, fill: &[(Pressure, i64)], used: Amounts) -> Vec<Watched> {
        let mut outside = Outside::default();
        for (what, percent) in fill {
            outside.fill(*what, *percent, size, used);
        }
        let found = outside.shortages(&Thresholds::default(), size, used);
        found.iter().map(|shortage| shortage.watched).collect()
    }

    fn size(image_disk: Option<i64>) -> Size {
        Size { memory: 8 * GI, disk: 100 * GI, image_disk }
    }

    #[test]
    fn a_hundred_mebibytes_of_memory_must_be_free() {
        let used = Amounts { memory: 1000 * MI, ..Amounts::default() };
        assert_eq!(short(size(None), &[(Pressure::Memory, 98)], used), [], "164 MiB are free");
        assert_eq!(short(size(None), &[(Pressure::Memory, 99)], used), [Watched::Memory]);
        let mut outside = Outside::default();
        outside.fill(Pressure::Memory, 99, size(None), used);
        let gone = outside.shortages(&Thresholds::default(), size(None), Amounts::default());
        assert_eq!(gone, [], "the containers are gone");
    }

    #[test]
    fn images_on_the_nodes_disk_make_its_threshold_fifteen_per_cent() {
        let none = Amounts::default();
        assert_eq!(
            short(size(None), &[(Pressure::Disk, 85)], none),
            [Watched::ImageDisk],
            "a hair is missing"
        );
        assert_eq!(short(size(None), &[(Pressure::Disk, 84)], none), []);
        assert_eq!(short(size(None), &[(Pressure::Disk, 91)], none), [Watched::Disk, Watched::ImageDisk]);
    }

    #[test]
    fn a_disk_of_their_own_keeps_images_apart_from_the_nodes_disk() {
        let own = size(Some(50 * GI));
        let none = Amounts::default();
        assert_eq!(short(own, &[(Pressure::Disk, 89)], none), []);
        assert_eq!(short(own, &[(Pressure::Disk, 91)], none), [Watched::Disk]);
        assert_eq!(short(own, &[(Pressure::ImageDisk, 86)], none), [Watched::ImageDisk]);
        let layers = Amounts { image_disk: 48 * GI, ..Amounts::default() };
        assert_eq!(short(own, &[], layers), [Watched::ImageDisk], "2 of 50 GiB are free");
    }

    #[test]
    fn inodes_run_out_by_themselves_and_process_numbers_are_watched_only_if_told() {
        let none = Amounts::default();
        assert_eq!(
            short(size(None), &[(Pressure::Inodes, 96)], none),
            [Watched::Inodes, Watched::ImageInodes]
        );
        assert_eq!(short(size(None), &[(Pressure::Pids, 100)], none), []);
        let told = Thresholds([(Watched::Pids, Threshold::parse("10%").unwrap())].into());
        let mut outside = Outside::default();
        outside.fill(Pressure::Pids, 95, size(None), none);
        let found = outside.shortages(&told, size(None), Amounts { pids: 3, ..none });
        // 95 times a hundredth of 32 768 (327) are 31 065; three processes more leave 1700, and a tenth is 3276.
        let room = Room { capacity: 32_768, available: 1700 };
        assert_eq!(found, [Shortage { watched: Watched::Pids, least: 3276, room }]);
    }
}
