//! A container's status as the API shows it.
//!
//! Source: `pkg/kubelet/kubelet_pods.go` (`convertToAPIContainerStatuses`).

use super::{After, Ended, Life, Unit};
use crate::cluster::kubelet::container::Role;
use crate::cluster::kubelet::images::go_duration;
use k8s_openapi::api::core::v1::{
    ContainerState, ContainerStateRunning, ContainerStateTerminated, ContainerStateWaiting, ContainerStatus,
};
use sha2::{Digest, Sha256};

impl Unit {
    /// Its status as the API shows it. `waiting` is the reason to wait where there is no better one; `pod` is how
    /// messages name the Pod.
    pub(in crate::cluster::kubelet) fn status(&self, waiting: &str, pod: &str) -> ContainerStatus {
        let wait = |reason: &str, message: Option<String>| ContainerState {
            waiting: Some(ContainerStateWaiting { reason: Some(reason.to_owned()), message }),
            ..ContainerState::default()
        };
        let mut last = self.last.as_ref();
        let mut id = None;
        let mut ready = false;
        let mut started = false;
        let state = match &self.life {
            Life::Idle | Life::Pulling(None) | Life::Creating(_) => wait(waiting, None),
            Life::Pulling(Some(obstacle)) | Life::Held(obstacle) => {
                wait(obstacle.reason.word(), Some(obstacle.says(&self.image_name)))
            }
            Life::Running(process) => {
                id = Some(process.id.clone());
                ready = process.ready && self.role != Role::Init;
                started = process.up;
                ContainerState {
                    running: Some(ContainerStateRunning { started_at: Some(process.started.to_time()) }),
                    ..ContainerState::default()
                }
            }
            Life::Ended(ended, After::Restart { waits: true, .. }) => {
                last = Some(ended);
                id = Some(ended.id.clone());
                let message = format!(
                    "back-off {} restarting failed container={} pod={pod}",
                    go_duration(self.back_off_window()),
                    self.name
                );
                wait("CrashLoopBackOff", Some(message))
            }
            Life::Ended(ended, _) => {
                id = Some(ended.id.clone());
                ready = self.role == Role::Init && ended.code == 0;
                match &self.start_error {
                    Some((reason, error)) if !self.is_over() => {
                        last = Some(ended);
                        wait(reason, Some(error.clone()))
                    }
                    _ => ended.state(),
                }
            }
        };
        ContainerStatus {
            name: self.name.clone(),
            image: self.image_name.clone(),
            image_id: id.as_ref().map_or_else(String::new, |_| digest(&self.image_name)),
            container_id: id,
            state: Some(state),
            last_state: Some(last.map(Ended::state).unwrap_or_default()),
            ready,
            started: Some(started),
            restart_count: (self.runs - 1).max(0),
            ..ContainerStatus::default()
        }
    }
}

impl Ended {
    fn state(&self) -> ContainerState {
        ContainerState {
            terminated: Some(ContainerStateTerminated {
                exit_code: self.code,
                reason: Some(self.reason.to_owned()),
                started_at: Some(self.started.to_time()),
                finished_at: Some(self.finished.to_time()),
                container_id: Some(self.id.clone()),
                message: self.message.clone(),
                ..ContainerStateTerminated::default()
            }),
            ..ContainerState::default()
        }
    }
}

fn digest(image: &str) -> String {
    let name = image.rsplit_once(':').map_or(image, |(name, _)| name);
    format!("docker.io/library/{name}@sha256:{}", hex::encode(Sha256::digest(image)))
}
