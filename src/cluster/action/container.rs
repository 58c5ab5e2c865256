//! What befalls a container: its process ends, or stops answering its readiness check.

use super::target::Target;
use super::{Deed, Next, Refused};
use crate::cluster::engine::{Signal, World};
use crate::cluster::object::{Key, Kind, Resource};
use crate::cluster::scenario::{Reader, at};
use crate::yaml::Node;
use k8s_openapi::api::core::v1::Pod;
use std::sync::Arc;

#[derive(Debug)]
struct Befalls {
    pod: Target,
    container: Option<String>,
    what: What,
}

#[derive(Clone, Copy, Debug)]
enum What {
    Exits { code: i32 },
    Readiness(bool),
}

pub(super) fn read_crash(reader: &mut Reader<'_>, map: &Node, path: &str) -> Option<Arc<dyn Deed>> {
    read(reader, map, path, Some(1))
}

pub(super) fn read_finish(reader: &mut Reader<'_>, map: &Node, path: &str) -> Option<Arc<dyn Deed>> {
    read(reader, map, path, Some(0))
}

pub(super) fn read_unready(reader: &mut Reader<'_>, map: &Node, path: &str) -> Option<Arc<dyn Deed>> {
    read_readiness(reader, map, path, false)
}

pub(super) fn read_ready(reader: &mut Reader<'_>, map: &Node, path: &str) -> Option<Arc<dyn Deed>> {
    read_readiness(reader, map, path, true)
}

fn read_readiness(reader: &mut Reader<'_>, map: &Node, path: &str, ready: bool) -> Option<Arc<dyn Deed>> {
    let (pod, container) = read_container(reader, map, path, &["pod", "container"])?;
    Some(Arc::new(Befalls { pod, container, what: What::Readiness(ready) }))
}

fn read(reader: &mut Reader<'_>, map: &Node, path: &str, default: Option<i32>) -> Option<Arc<dyn Deed>> {
    let (pod, container) = read_container(reader, map, path, &["pod", "container", "code"])?;
    let code = match map.get("code") {
        Some(code) => i32::try_from(reader.whole(code, &at(path, "code"), 0, 255)?).ok(),
        None => default,
    };
    Some(Arc::new(Befalls { pod, container, what: What::Exits { code: code.unwrap_or_default() } }))
}

/// A mapping with a Pod and perhaps a container, or just the Pod.
fn read_container(
    reader: &mut Reader<'_>,
    map: &Node,
    path: &str,
    keys: &[&str],
) -> Option<(Target, Option<String>)> {
    if map.as_str().is_some() {
        return Some((Target::read_pod(reader, map, path)?, None));
    }
    if !reader.keys(map, path, keys) {
        return None;
    }
    let pod = reader.required(map, path, "pod")?;
    let pod = Target::read_pod(reader, pod, &at(path, "pod"))?;
    let container = match map.get("container") {
        Some(name) => Some(reader.string(name, &at(path, "container"))?.to_owned()),
        None => None,
    };
    Some((pod, container))
}

impl Deed for Befalls {
    fn words(&self) -> String {
        let container = self.container.as_ref().map(|name| format!(" -c {name}")).unwrap_or_default();
        match self.what {
            What::Exits { code } => format!("kubectl exec {}{container} -- exit {code}", self.pod),
            What::Readiness(true) => format!("{}{container}: ready", self.pod),
            What::Readiness(false) => format!("{}{container}: not ready", self.pod),
        }
    }

    fn act(&self, world: &mut World) -> Result<Next, Refused> {
        if self.pod.kind() != Kind::Pod {
            return Err(Refused::new("no-such-pod", self.pod.to_string()));
        }
        let pod = self.pod.find(world)?;
        if let Some(name) = &self.container {
            check_container(world, &pod, name)?;
        }
        let container = self.container.clone();
        world.signal(match self.what {
            What::Exits { code } => Signal::ContainerExits { pod, container, code },
            What::Readiness(ready) => Signal::Readiness { pod, container, ready },
        });
        Ok(Next::Done)
    }
}

fn check_container(world: &World, key: &Key, name: &str) -> Result<(), Refused> {
    let spec = world.store.get::<Pod>(key).and_then(|pod| pod.spec.as_ref().map(|spec| (pod, spec)));
    let Some((pod, spec)) = spec else { return Ok(()) };
    let mut containers = spec.containers.iter().chain(spec.init_containers.iter().flatten());
    if containers.any(|container| container.name == name) {
        return Ok(());
    }
    Err(Refused::new("refused", format!("container {name} is not valid for pod {}", pod.name())))
}
