//! How a container comes to be: its image, what it takes from ConfigMaps and Secrets, its creation.
//!
//! What is in the way of that is told in Events and kept as an [`Obstacle`]. A Pod's containers are started one after
//! another, and how often an image could not be pulled is remembered for all of them: the next one that wants the same
//! image waits without a pull of its own. Source: `pkg/kubelet/kuberuntime/kuberuntime_container.go` (`startContainer`), `pkg/kubelet/images/image_manager.go`.

use super::container::{Note, never_pull};
use super::images::{Answer, Pull, Pulled, size};
use super::node::Machine;
use super::obstacle::{Obstacle, Reason};
use super::pod_worker::{REPORT, Worker};
use super::{COMPONENT, command, config, image_name};
use crate::cluster::engine::World;
use crate::cluster::events::EventType;
use crate::cluster::object::Key;
use k8s_openapi::api::core::v1::Secret;

impl Worker {
    /// Starts a container if it is not running and may run (again) now.
    pub(super) fn start(&mut self, world: &mut World, machine: &mut Machine, index: usize) -> bool {
        let now = world.now;
        let unit = &mut self.units[index];
        if unit.decide(now) {
            return true;
        }
        if !unit.wants_image(now) {
            return false;
        }
        unit.restarting(now);
        if now == self.sandbox {
            unit.head_start = self.sandbox_takes;
        }
        let image = unit.image_name.clone();
        if let Err(error) = image_name::check(&image) {
            let message = format!(
                "Failed to apply default image tag \"{image}\": couldn't parse image name \"{image}\": {error}"
            );
            self.say(world, index, EventType::Warning, "InspectFailed", message.clone());
            self.hold(world, index, Reason::InvalidImageName, message);
            return true;
        }
        self.look_for_pull_secrets(world);
        let backs_off = self.pulls.get(&image).and_then(|pulls| pulls.until(now));
        let unit = &mut self.units[index];
        let pull = Pull {
            image: image.clone(),
            pod: self.key.clone(),
            uid: self.uid.clone(),
            container: index,
            asked: now,
        };
        match machine.ask_image(world, unit.pull_policy, backs_off, pull) {
            Answer::Present => {
                let message = super::images::present(&image);
                self.say(world, index, EventType::Normal, "Pulled", message);
                self.create(world, index);
            }
            Answer::Pulling => {
                unit.pull();
                let message = format!("Pulling image \"{image}\"");
                self.say(world, index, EventType::Normal, "Pulling", message);
            }
            Answer::BackOff(again) => {
                let mut obstacle = Obstacle::failed_pull(super::images::refusal(&image), now, again);
                obstacle.back_off();
                unit.hold(obstacle);
                self.tell(world, index, Note::PullBackOff(image));
            }
            Answer::Never => {
                self.say(world, index, EventType::Warning, "ErrImageNeverPull", never_pull(&image));
                self.hold(world, index, Reason::ErrImageNeverPull, never_pull(&image));
            }
        }
        true
    }

    /// The kubelet says which of the Pod's pull secrets are missing, and tries without them (`getPullSecretsForPod`).
    fn look_for_pull_secrets(&self, world: &mut World) {
        let named = self.pod.spec.iter().flat_map(|spec| spec.image_pull_secrets.iter().flatten());
        let names = named.map(|reference| reference.name.as_str()).filter(|name| !name.is_empty());
        let is_missing =
            |name: &&str| world.store.get::<Secret>(&Key::new(&self.key.namespace, name)).is_none();
        let missing: Vec<&str> = names.filter(is_missing).collect();
        if missing.is_empty() {
            return;
        }
        let message = format!(
            "Unable to retrieve some image pull secrets ({}); attempting to pull the image may not succeed.",
            missing.join(", ")
        );
        world.warn(COMPONENT, self.pod.as_ref(), "FailedToRetrieveImagePullSecret", message);
    }

    /// The image is there: a container is made of it, unless something is in the way.
    fn create(&mut self, world: &mut World, index: usize) {
        let (now, unit) = (world.now, &mut self.units[index]);
        let id = unit.next_id(&self.uid, now);
        if let Err(error) = config::environment(world.store.state(), &self.key.namespace, &unit.container) {
            self.hold(world, index, Reason::CreateContainerConfigError, error);
        } else if let Some(error) = command::nothing_to_run(&unit.container, &unit.image, &id) {
            self.hold(world, index, Reason::CreateContainerError, error);
        } else {
            unit.create(now);
        }
    }

    /// Something is in the way of a container's creation.
    fn hold(&mut self, world: &mut World, index: usize, reason: Reason, error: String) {
        // Problems with the image have been told in full, the others are told here.
        let told = match reason {
            Reason::CreateContainerConfigError | Reason::CreateContainerError => error.as_str(),
            Reason::InvalidImageName
            | Reason::ErrImagePull
            | Reason::ImagePullBackOff
            | Reason::ErrImageNeverPull => reason.word(),
        };
        self.say(world, index, EventType::Warning, "Failed", format!("Error: {told}"));
        self.units[index].hold(Obstacle::new(reason, error, world.now));
        self.report.get_or_insert(world.now + REPORT);
    }

    /// A pull for one of its containers has ended.
    pub(super) fn pulled(&mut self, world: &mut World, pulled: &Pulled) {
        let now = world.now;
        let Some(unit) = self.units.get_mut(pulled.pull.container) else { return };
        if !unit.is_pulling() {
            return;
        }
        let image = unit.image_name.clone();
        match pulled.took {
            Some(took) => {
                let message = format!(
                    "Successfully pulled image \"{image}\" in {} ({} including waiting). Image size: {} bytes.",
                    took.as_go(),
                    now.since(pulled.pull.asked).as_go(),
                    size(&unit.image),
                );
                self.say(world, pulled.pull.container, EventType::Normal, "Pulled", message);
                self.create(world, pulled.pull.container);
            }
            None => {
                let error = super::images::refusal(&image);
                let pulls = self.pulls.entry(image.clone()).or_default();
                pulls.grow(now, now);
                unit.hold(Obstacle::failed_pull(error.clone(), now, now + pulls.window(now)));
                let message = format!("Failed to pull image \"{image}\": {error}");
                self.say(world, pulled.pull.container, EventType::Warning, "Failed", message);
                let message = "Error: ErrImagePull".to_owned();
                self.say(world, pulled.pull.container, EventType::Warning, "Failed", message);
                self.report.get_or_insert(now + REPORT);
            }
        }
    }
}
