//! `kubectl rollout undo | pause | resume | restart`. Source: `staging/src/k8s.io/kubectl/pkg/polymorphichelpers`
//! (`rollback.go`, `objectpauser.go`, `objectresumer.go`, `objectrestarter.go`).

use super::edit::{edit, mapping, merge};
use super::target::Target;
use super::{Deed, Next, Refused};
use crate::cluster::engine::World;
use crate::cluster::object::{Key, Kind};
use crate::cluster::scenario::{Reader, at};
use crate::yaml::Node;
use k8s_openapi::api::apps::v1::{ControllerRevision, ReplicaSet};
use serde_json::Value;
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
        let now = world.now.to_time().0.to_string();
        let before = match self.verb {
            Verb::Undo(to) => Some(earlier(world, kind, &key, to)?),
            Verb::Pause | Verb::Resume | Verb::Restart => None,
        };
        let name = format!("{}.apps {:?}", kind.plural(), &*key.name);
        edit(world, kind, &key, |json| {
            let paused = json["spec"]["paused"] == true;
            match (self.verb, paused) {
                (Verb::Undo(_), true) => Err(Refused::new(
                    "refused",
                    "cannot rollback a paused deployment; resume it first with 'kubectl rollout resume' and try again",
                )),
                (Verb::Undo(_), false) => {
                    if let Some(template) = before {
                        json["spec"]["template"] = template;
                    }
                    Ok(())
                }
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

/// The template of the revision before the present one, or of a named one.
fn earlier(world: &World, kind: Kind, key: &Key, to: Option<i64>) -> Result<Value, Refused> {
    let owner = world.store.state().object(kind, key);
    let uid = owner.and_then(|object| object.metadata().uid.clone()).unwrap_or_default();
    let mut revisions: Vec<(i64, Value)> = if kind == Kind::Deployment {
        let sets = world.store.controlled_by::<ReplicaSet>(&uid);
        sets.filter_map(|set| {
            let revision = set.metadata.annotations.as_ref()?.get(REVISION)?.parse().ok()?;
            let template = set.spec.as_ref()?.template.as_ref()?;
            let mut template = serde_json::to_value(template).ok()?;
            mapping(&mut template, &["metadata", "labels"]).shift_remove(TEMPLATE_HASH);
            Some((revision, template))
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
                Some((revision.revision, template))
            })
            .collect()
    };
    revisions.sort_by_key(|(revision, _)| *revision);
    match to {
        Some(wanted) => {
            let found = revisions.into_iter().find(|(revision, _)| *revision == wanted);
            found.ok_or_else(|| {
                Refused::new("refused", format!("unable to find specified revision {wanted} in history"))
            })
        }
        None => {
            revisions.pop();
            revisions.pop().ok_or_else(|| {
                Refused::new(
                    "refused",
                    format!("no rollout history found for {} {:?}", kind.name().to_lowercase(), &*key.name),
                )
            })
        }
    }
    .map(|(_, template)| template)
}
