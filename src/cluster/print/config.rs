//! ConfigMaps, Secrets and namespaces. Source: `pkg/printers/internalversion/printers.go` (`printConfigMap`, `printSecret`,
//! `printNamespace`).

use super::{Table, age_of, listed};
use crate::cluster::clock::SimTime;
use crate::cluster::object::Resource;
use crate::cluster::state::State;
use k8s_openapi::api::core::v1::{ConfigMap, Namespace, Secret};

/// `kubectl get configmaps`.
pub fn config_maps(state: &State, at: SimTime, _wide: bool) -> Table {
    let mut table = Table::new(&["NAME", "DATA", "AGE"], None);
    for map in listed::<ConfigMap>(state) {
        let text = map.data.as_ref().map_or(0, std::collections::BTreeMap::len);
        let binary = map.binary_data.as_ref().map_or(0, std::collections::BTreeMap::len);
        table.rows.push(vec![map.name().to_owned(), (text + binary).to_string(), age_of(&map.metadata, at)]);
    }
    table
}

/// `kubectl get secrets`.
pub fn secrets(state: &State, at: SimTime, _wide: bool) -> Table {
    let mut table = Table::new(&["NAME", "TYPE", "DATA", "AGE"], None);
    for secret in listed::<Secret>(state) {
        table.rows.push(vec![
            secret.name().to_owned(),
            secret.type_.clone().unwrap_or_default(),
            secret.data.as_ref().map_or(0, std::collections::BTreeMap::len).to_string(),
            age_of(&secret.metadata, at),
        ]);
    }
    table
}

/// `kubectl get namespaces`.
pub fn namespaces(state: &State, at: SimTime, _wide: bool) -> Table {
    let mut table = Table::new(&["NAME", "STATUS", "AGE"], None);
    for namespace in listed::<Namespace>(state) {
        let phase = namespace.status.as_ref().and_then(|status| status.phase.clone()).unwrap_or_default();
        table.rows.push(vec![namespace.name().to_owned(), phase, age_of(&namespace.metadata, at)]);
    }
    table
}
