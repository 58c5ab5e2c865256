//! Whether a container is started again after its end.
//!
//! Sources: `pkg/kubelet/container/helpers.go` (`ShouldContainerBeRestarted`); docs "Pod Lifecycle". A container may have a
//! policy of its own, and rules by exit code that come before it.

use super::container::Role;
use k8s_openapi::api::core::v1::Container;

/// When a container is started again after its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Restart {
    policy: RestartPolicy,
    /// `restartPolicyRules`: (the exit codes are among these, rather than not, these).
    rules: Vec<(bool, Vec<i32>)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum RestartPolicy {
    Always,
    OnFailure,
    Never,
}

impl Restart {
    /// The rule for a container in a Pod with this policy.
    pub(super) fn of(pod_policy: Option<&str>, container: &Container, role: Role) -> Restart {
        let policy = match container.restart_policy.as_deref().or(pod_policy) {
            Some("Never") => RestartPolicy::Never,
            Some("OnFailure") => RestartPolicy::OnFailure,
            _ if role == Role::Init => RestartPolicy::OnFailure,
            _ => RestartPolicy::Always,
        };
        let rules = container.restart_policy_rules.iter().flatten().filter(|rule| rule.action == "Restart");
        let rules = rules
            .filter_map(|rule| rule.exit_codes.as_ref())
            .map(|codes| (codes.operator == "In", codes.values.clone().unwrap_or_default()));
        Restart { policy, rules: rules.collect() }
    }

    /// Whether the container starts again after an exit with this code.
    pub(super) fn after(&self, code: i32) -> bool {
        self.rules.iter().any(|(among, codes)| codes.contains(&code) == *among)
            || match self.policy {
                RestartPolicy::Always => true,
                RestartPolicy::OnFailure => code != 0,
                RestartPolicy::Never => false,
            }
    }
}
