//! ConfigMaps and Secrets. Source: `pkg/printers/internalversion/printers.go` (`printConfigMap`, `printSecret`).

use super::{Table, age_of, listed};
use crate::cluster::clock::SimTime;
use crate::cluster::object::Resource;
use crate::cluster::state::State;
use k8s_openapi::api::core::v1::{ConfigMap, Secret};

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
