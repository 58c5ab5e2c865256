//! A container's status as the API shows it.
//!
//! Source: `pkg/kubelet/kubelet_pods.go` (`convertToAPIContainerStatuses`).

use super::{After, Ended, Life, Role, StartError, Unit};
use crate::cluster::clock::SimTime;
use k8s_openapi::api::core::v1::{
    ContainerState, ContainerStateRunning, ContainerStateTerminated, ContainerStateWaiting, ContainerStatus,
};
use sha2::{Digest, Sha256};

impl Unit {
    /// Its status as the API shows it. `waiting` is the reason to wait where there is no better one; `pod` is how
    /// messages name the Pod. As long as a start is not done, its postStart hook included, the API shows what was before.
    pub(in crate::cluster::kubelet) fn status(
        &self,
        waiting: &str,
        pod: &str,
        now: SimTime,
    ) -> ContainerStatus {
        let mut last = self.last.as_ref();
        let mut id = None;
        let mut ready = false;
        let mut started = false;
        let is_starting = self.process().is_some_and(|process| process.is_starting(now));
        let starting = || match (&self.start_error, &self.last) {
            (Some(error), Some(_)) => self.waits(error, pod),
            (None, Some(last)) => last.state(),
            (_, None) => wait(waiting, None),
        };
        let state = match &self.life {
            Life::Running(_) if is_starting => starting(),
            Life::Idle | Life::Pulling(None) | Life::Creating(_) => starting(),
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
                self.waits(&StartError::BackOff(self.back_off_window()), pod)
            }
            Life::Ended(ended, _) => {
                id = Some(ended.id.clone());
                ready = self.role == Role::Init && ended.code == 0;
                match &self.start_error {
                    Some(error) if !self.is_over() => {
                        last = Some(ended);
                        self.waits(error, pod)
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
            restart_count: (self.runs - 1 - i32::from(is_starting)).max(0),
            ..ContainerStatus::default()
        }
    }

    /// The state of a container whose latest start came to nothing, or was put off.
    fn waits(&self, error: &StartError, pod: &str) -> ContainerState {
        match error {
            StartError::NotStarted(error) => wait("RunContainerError", Some(error.clone())),
            StartError::PostStart(failure) => wait("PostStartHookError", Some(failure.says(&self.name, pod))),
            StartError::BackOff(window) => {
                let window = window.as_go();
                let message =
                    format!("back-off {window} restarting failed container={} pod={pod}", self.name);
                wait("CrashLoopBackOff", Some(message))
            }
        }
    }
}

fn wait(reason: &str, message: Option<String>) -> ContainerState {
    ContainerState {
        waiting: Some(ContainerStateWaiting { reason: Some(reason.to_owned()), message }),
        ..ContainerState::default()
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
