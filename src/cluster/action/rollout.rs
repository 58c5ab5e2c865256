//! `kubectl rollout undo | pause | resume | restart`. Source: `staging/src/k8s.io/kubectl/pkg/polymorphichelpers`
//! (`rollback.go`, `objectpauser.go`, `objectresumer.go`, `objectrestarter.go`).

use super::edit::{edit, mapping, merge};
use super::target::Target;
use super::{Deed, Next, Refused};
use crate::cluster::controllers::deployment::NOT_COPIED;
use crate::cluster::engine::World;
use crate::cluster::object::{Key, Kind, Object};
use crate::cluster::scenario::{Reader, at};
use crate::yaml::Node;
use k8s_openapi::api::apps::v1::{ControllerRevision, ReplicaSet};
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;

const REVISION: &str = "deployment.kubernetes.io/revision";
const RESTARTED_AT: &str = "kubectl.kubernetes.io/restartedAt";
const TEMPLATE_HASH: &str = "pod-template-hash";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verb {
    /// To this revision; to the one before the present one if not said.
    Undo(Option<i64>),
    Pause,
    Resume,
    Restart,
}

#[derive(Debug)]
struct Rollout {
    verb: Verb,
    target: Target,
}

pub(super) fn read(reader: &mut Reader<'_>, map: &Node, path: &str) -> Option<Arc<dyn Deed>> {
    if !reader.keys(map, path, &["undo", "to", "pause", "resume", "restart"]) {
        return None;
    }
    let to = match map.get("to") {
        Some(to) => Some(reader.whole(to, &at(path, "to"), 1, i64::MAX)?),
        None => None,
    };
    let verbs = [
        ("undo", Verb::Undo(to)),
        ("pause", Verb::Pause),
        ("resume", Verb::Resume),
        ("restart", Verb::Restart),
    ];
    let mut named = verbs.into_iter().filter_map(|(key, verb)| Some((key, verb, map.get(key)?)));
    let (Some((key, verb, node)), None) = (named.next(), named.next()) else {
        reader.expected(map, path, "undo, pause, resume, restart");
        return None;
    };
    let path = at(path, key);
    let target = Target::read(reader, node, &path)?;
    let fits = match verb {
        Verb::Pause | Verb::Resume => matches!(target.kind(), Kind::Deployment),
        Verb::Undo(_) | Verb::Restart => {
            matches!(target.kind(), Kind::Deployment | Kind::StatefulSet | Kind::DaemonSet)
        }
    };
    if !fits {
        reader.wrong(node, &path, "no-rollout", target.to_string(), "");
        return None;
    }
    Some(Arc::new(Rollout { verb, target }))
}

impl Deed for Rollout {
    fn words(&self) -> String {
        let target = &self.target;
        match self.verb {
            Verb::Undo(None) => format!("kubectl rollout undo {target}"),
            Verb::Undo(Some(revision)) => format!("kubectl rollout undo {target} --to-revision={revision}"),
            Verb::Pause => format!("kubectl rollout pause {target}"),
            Verb::Resume => format!("kubectl rollout resume {target}"),
            Verb::Restart => format!("kubectl rollout restart {target}"),
        }
    }

    fn act(&self, world: &mut World) -> Result<Next, Refused> {
        let key = self.target.find(world)?;
        let kind = self.target.kind();
        if let Verb::Undo(to) = self.verb {
            return undo(world, kind, &key, to);
        }
        let now = world.now.to_time().0.to_string();
        let name = format!("{}.apps {:?}", kind.plural(), &*key.name);
        edit(world, kind, &key, |json| {
            let paused = json["spec"]["paused"] == true;
            match (self.verb, paused) {
                (Verb::Undo(_), _) => Ok(()),
                (Verb::Restart, true) => Err(Refused::new(
                    "refused",
                    format!("{name} can't restart paused deployment (run rollout resume first)"),
                )),
                (Verb::Restart, false) => {
                    mapping(json, &["spec", "template", "metadata", "annotations"])
                        .insert(RESTARTED_AT.to_owned(), now.into());
                    Ok(())
                }
                (Verb::Pause, true) => Err(Refused::new("refused", format!("{name} is already paused"))),
                (Verb::Resume, false) => Err(Refused::new("refused", format!("{name} is not paused"))),
                (Verb::Pause, false) => {
                    mapping(json, &["spec"]).insert("paused".to_owned(), true.into());
                    Ok(())
                }
                (Verb::Resume, true) => {
                    mapping(json, &["spec"]).shift_remove("paused");
                    Ok(())
                }
            }
        })?;
        Ok(Next::Done)
    }
}

/// Writes the template of an earlier revision, and of a Deployment the annotations too.
fn undo(world: &mut World, kind: Kind, key: &Key, to: Option<i64>) -> Result<Next, Refused> {
    let earlier = earlier(world, kind, key, to)?;
    let present = world.store.state().object(kind, key).map(Object::to_json).unwrap_or_default();
    if present["spec"]["paused"] == true {
        return Err(Refused::new(
            "refused",
            "cannot rollback a paused deployment; resume it first with 'kubectl rollout resume' and try again",
        ));
    }
    if present["spec"]["template"] == earlier.template {
        return Ok(Next::Told(format!(
            "{}.apps/{} skipped rollback (current template already matches revision {})",
            kind.name().to_lowercase(),
            key.name,
            to.unwrap_or(0)
        )));
    }
    edit(world, kind, key, |json| {
        json["spec"]["template"] = earlier.template;
        if let Some(restored) = earlier.annotations {
            let annotations = mapping(json, &["metadata", "annotations"]);
            annotations.retain(|name, _| NOT_COPIED.contains(&name.as_str()));
            let of_the_revision =
                restored.into_iter().filter(|(name, _)| !NOT_COPIED.contains(&name.as_str()));
            annotations.extend(of_the_revision.map(|(name, value)| (name, Value::String(value))));
        }
        Ok(())
    })?;
    Ok(Next::Done)
}

/// What a revision has kept.
struct Earlier {
    revision: i64,
    template: Value,
    /// The annotations of a Deployment's ReplicaSet.
    annotations: Option<BTreeMap<String, String>>,
}

/// The revision before the present one, or a named one.
fn earlier(world: &World, kind: Kind, key: &Key, to: Option<i64>) -> Result<Earlier, Refused> {
    let owner = world.store.state().object(kind, key);
    let uid = owner.and_then(|object| object.metadata().uid.clone()).unwrap_or_default();
    let mut revisions: Vec<Earlier> = if kind == Kind::Deployment {
        let sets = world.store.controlled_by::<ReplicaSet>(&uid);
        sets.filter_map(|set| {
            let annotations = set.metadata.annotations.clone()?;
            let revision = annotations.get(REVISION)?.parse().ok()?;
            let template = set.spec.as_ref()?.template.as_ref()?;
            let mut template = serde_json::to_value(template).ok()?;
            mapping(&mut template, &["metadata", "labels"]).shift_remove(TEMPLATE_HASH);
            Some(Earlier { revision, template, annotations: Some(annotations) })
        })
        .collect()
    } else {
        let present = owner.map(|object| object.to_json()["spec"]["template"].clone()).unwrap_or_default();
        let revisions = world.store.controlled_by::<ControllerRevision>(&uid);
        revisions
            .filter_map(|revision| {
                let mut patch = revision.data.as_ref()?.0.pointer("/spec/template")?.clone();
                // The patch says that it replaces the template; so it does here.
                let replaces = mapping(&mut patch, &[]).shift_remove("$patch").is_some();
                let mut template = if replaces { Value::Null } else { present.clone() };
                merge(&mut template, &patch);
                Some(Earlier { revision: revision.revision, template, annotations: None })
            })
            .collect()
    };
    revisions.sort_by_key(|earlier| earlier.revision);
    match to {
        Some(wanted) => {
            let found = revisions.into_iter().find(|earlier| earlier.revision == wanted);
            found.ok_or_else(|| {
                Refused::new("refused", format!("unable to find specified revision {wanted} in history"))
            })
        }
        None => {
            revisions.pop();
            revisions.pop().ok_or_else(|| {
                let none = match kind {
                    Kind::Deployment => format!("no rollout history found for deployment {:?}", &*key.name),
                    _ => "no last revision to roll back to".to_owned(),
                };
                Refused::new("refused", none)
            })
        }
    }
}
