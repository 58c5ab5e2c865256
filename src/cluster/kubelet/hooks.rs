//! Lifecycle hooks: how long they take, and whether they fail.
//!
//! A hook sleeps as long as its command says. A command fails if it ends in `exit` with another code than 0 or in `false`,
//! or if its program is not in the image; a request fails if nothing in the Pod listens to its port. Everything else that a
//! hook may do is done in no time and succeeds.
//!
//! Source: `pkg/kubelet/lifecycle/handlers.go`.

use super::command;
use super::ports::{Network, Target};
use crate::cluster::clock::Millis;
use crate::cluster::image::Image;
use k8s_openapi::api::core::v1::{Container, HTTPGetAction, LifecycleHandler};

/// What a hook does.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Hook {
    /// How long it takes.
    pub(super) takes: Millis,
    /// How it fails, if it does.
    pub(super) failure: Option<Failure>,
}

/// A command or a request that failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Failure {
    /// What kind of hook it was, and what it did.
    hook: String,
    error: String,
}

impl Hook {
    /// What a container's hook does.
    pub(super) fn read(
        handler: &LifecycleHandler,
        container: &Container,
        image: &Image,
        network: &Network<'_>,
    ) -> Hook {
        if let Some(sleep) = &handler.sleep {
            return Hook { takes: Millis::secs(sleep.seconds), failure: None };
        }
        if let Some(get) = &handler.http_get {
            let failure = request_failure(get, container, network);
            return Hook { takes: Millis::ZERO, failure };
        }
        let command = handler.exec.as_ref().and_then(|exec| exec.command.clone()).unwrap_or_default();
        let Some(program) = command.first() else { return Hook::default() };
        let (takes, error) = match command::exec(image, program) {
            Some(error) => (Millis::ZERO, Some(error)),
            None => {
                let (takes, code) = run(&command);
                (takes, (code != 0).then(|| format!("command '{}' exited with {code}: ", command.join(" "))))
            }
        };
        let failure = error.map(|error| Failure {
            hook: format!("Exec lifecycle hook ([{}])", command.join(" ")),
            error: format!("{error}, message: \"\""),
        });
        Hook { takes, failure }
    }
}

/// How a hook's request fails, if nobody answers it.
fn request_failure(get: &HTTPGetAction, container: &Container, network: &Network<'_>) -> Option<Failure> {
    let path = get.path.as_deref().unwrap_or_default();
    let error = match Target::read(get.host.as_deref(), &get.port, container) {
        Target::Missing(error) => error,
        Target::Port(port) => {
            let refusal = network.refusal(port)?;
            let https = get.scheme.as_deref() == Some("HTTPS");
            format!("{}: {refusal}", network.request(https, port, path))
        }
        Target::Elsewhere => return None,
    };
    Some(Failure { hook: format!("HTTP lifecycle hook ({path})"), error })
}

impl Failure {
    /// What the kubelet says of it; `pod` is how messages name the Pod.
    pub(super) fn says(&self, container: &str, pod: &str) -> String {
        let Failure { hook, error } = self;
        format!("{hook} for Container \"{container}\" in Pod \"{pod}\" failed - error: {error}")
    }
}

/// How long a command sleeps, and the code with which it exits.
fn run(command: &[String]) -> (Millis, i32) {
    let words = command.iter().flat_map(|word| word.split([' ', ';', '&', '|', '\n']));
    let mut words = words.filter(|word| !word.is_empty());
    let (mut takes, mut code) = (Millis::ZERO, 0);
    while let Some(word) = words.next() {
        let name = word.rsplit('/').next().unwrap_or(word);
        code = i32::from(name == "false");
        match name {
            "sleep" => {
                let seconds = words.next().and_then(|word| word.trim_end_matches('s').parse().ok());
                takes = takes + Millis::secs(seconds.unwrap_or(0));
            }
            "exit" => {
                let code = words.next().and_then(|word| word.parse().ok());
                return (takes, code.unwrap_or(0));
            }
            _ => {}
        }
    }
    (takes, code)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn hook(handler: Value) -> Hook {
        let handler: LifecycleHandler = serde_json::from_value(handler).unwrap();
        let commands = Some(vec!["sh".to_owned(), "sleep".to_owned(), "false".to_owned()]);
        let image = Image { commands, ..Image::default() };
        Hook::read(&handler, &Container::default(), &image, &Network::of("10.244.1.2", &[]))
    }

    fn exec(command: &[&str]) -> Hook {
        hook(json!({"exec": {"command": command}}))
    }

    #[test]
    fn a_hook_takes_as_long_as_it_sleeps() {
        for (handler, seconds) in [
            (json!({"sleep": {"seconds": 5}}), 5),
            (json!({"exec": {"command": ["sleep", "20"]}}), 20),
            (json!({"exec": {"command": ["/bin/sh", "-c", "nginx -s quit; sleep 15"]}}), 15),
            (json!({"httpGet": {"path": "/stop", "port": 80}}), 0),
        ] {
            assert_eq!(
                hook(handler.clone()),
                Hook { takes: Millis::secs(seconds), failure: None },
                "{handler}"
            );
        }
    }

    #[test]
    fn a_command_fails_by_its_exit_code() {
        for (script, seconds, fails) in [
            ("exit 1", 0, true),
            ("sleep 5; exit 3", 5, true),
            ("sleep 5 && false", 5, true),
            ("exit 0; false", 0, false),
            ("false || true", 0, false),
            ("exit 1; sleep 5", 0, true),
        ] {
            let hook = exec(&["/bin/sh", "-c", script]);
            assert_eq!((hook.takes, hook.failure.is_some()), (Millis::secs(seconds), fails), "{script}");
        }
        assert!(exec(&["/bin/false"]).failure.is_some());
    }

    #[test]
    fn a_failure_says_what_was_run_in_which_container() {
        assert_eq!(
            exec(&["sh", "-c", "exit 1"]).failure.unwrap().says("app", "web_default(u)"),
            "Exec lifecycle hook ([sh -c exit 1]) for Container \"app\" in Pod \"web_default(u)\" failed - error: command \
             'sh -c exit 1' exited with 1: , message: \"\""
        );
        let missing = exec(&["curl", "localhost"]).failure.unwrap().says("app", "web_default(u)");
        assert!(missing.contains("exec: \"curl\": executable file not found in $PATH"), "{missing}");
    }
}
