//! What keeps a container from being created: the reasons to wait that the kubelet gives, and when it tries again.
//!
//! None of these counts as an exit: there was no process, so there is no restart and no CrashLoopBackOff. The Pod stays
//! Pending for as long as it takes, and the kubelet never gives up.
//!
//! Sources: `pkg/kubelet/images/types.go`, `pkg/kubelet/kuberuntime/kuberuntime_container.go` (`startContainer`),
//! `pkg/kubelet/pod_workers.go` (`completeWork`).

use crate::cluster::clock::{Millis, SimTime};

/// How long after a sync that ended with an error the kubelet syncs the Pod again (`backOffPeriod`).
const TRY_AGAIN: Millis = Millis::secs(10);
/// How long after a failed pull it finds that it must wait: a relist of the runtime's containers
/// (`genericPlegRelistPeriod`).
const LOOK_AGAIN: Millis = Millis::secs(1);

/// Why a container is not created, and since when.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Obstacle {
    /// Why.
    pub(super) reason: Reason,
    /// The error, as the container's status shows it.
    pub(super) message: String,
    /// When the kubelet looks again.
    pub(super) look: SimTime,
    /// Until when an image is not pulled again.
    backs_off: SimTime,
}

/// Why a container is not created.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reason {
    /// The image's name is none.
    InvalidImageName,
    /// The pull failed.
    ErrImagePull,
    /// It waits until it pulls again.
    ImagePullBackOff,
    /// The image is not there and may not be pulled.
    ErrImageNeverPull,
    /// Its environment needs a ConfigMap or a Secret that is not there.
    CreateContainerConfigError,
    /// The runtime cannot make a container of it.
    CreateContainerError,
}

impl Obstacle {
    /// It is met now.
    pub(super) fn new(reason: Reason, message: String, now: SimTime) -> Obstacle {
        Obstacle { reason, message, look: now + TRY_AGAIN, backs_off: now }
    }

    /// A pull has failed now; the image is pulled again at `again`.
    pub(super) fn failed_pull(message: String, now: SimTime, again: SimTime) -> Obstacle {
        let reason = Reason::ErrImagePull;
        Obstacle { reason, message, look: now + LOOK_AGAIN, backs_off: again }
    }

    /// The kubelet has looked again and finds that it must wait.
    pub(super) fn back_off(&mut self) {
        self.reason = Reason::ImagePullBackOff;
        self.look = self.backs_off;
    }

    /// What the container's status says about it.
    pub(super) fn says(&self, image: &str) -> String {
        match self.reason {
            Reason::ImagePullBackOff => {
                format!("Back-off pulling image \"{image}\": ErrImagePull: {}", self.message)
            }
            Reason::InvalidImageName
            | Reason::ErrImagePull
            | Reason::ErrImageNeverPull
            | Reason::CreateContainerConfigError
            | Reason::CreateContainerError => self.message.clone(),
        }
    }
}

impl Reason {
    /// As the API writes it.
    pub(super) const fn word(self) -> &'static str {
        match self {
            Reason::InvalidImageName => "InvalidImageName",
            Reason::ErrImagePull => "ErrImagePull",
            Reason::ImagePullBackOff => "ImagePullBackOff",
            Reason::ErrImageNeverPull => "ErrImageNeverPull",
            Reason::CreateContainerConfigError => "CreateContainerConfigError",
            Reason::CreateContainerError => "CreateContainerError",
        }
    }
}
