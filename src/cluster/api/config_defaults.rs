//! What the API server fills into ConfigMaps and Secrets. Sources: `pkg/apis/core/v1/defaults.go` (`SetDefaults_Secret`),
//! `pkg/apis/core/v1/conversion.go` (`stringData`).

use super::Admit;
use crate::cluster::state::State;
use k8s_openapi::ByteString;
use k8s_openapi::api::core::v1::{ConfigMap, Secret};

impl Admit for ConfigMap {}

impl Admit for Secret {
    fn fill_in(&mut self, _state: &State) {
        self.type_.get_or_insert_with(|| "Opaque".to_owned());
        // What was written as text goes to the rest, encoded, and is never read back.
        for (key, text) in self.string_data.take().into_iter().flatten() {
            self.data.get_or_insert_default().insert(key, ByteString(text.into_bytes()));
        }
    }
}
