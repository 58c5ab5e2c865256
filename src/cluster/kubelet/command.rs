//! Which program a container or a hook runs, and whether its image has it.
//!
//! The errors are those of containerd and runc, since people search for them: of `CreateContainer` where there is nothing
//! to run at all, of `StartContainer` where the program is not there, of `ExecSync` in a container that runs.
//!
//! Sources: containerd `internal/cri/server/container_create.go`, `container_start.go`; runc `libcontainer`.

use crate::cluster::image::Image;
use k8s_openapi::api::core::v1::Container;

/// The exit code that containerd gives to a container that did not start (`errorStartExitCode`).
pub(super) const NOT_STARTED: i32 = 128;
/// The reason that it gives then (`errorStartReason`).
pub(super) const START_ERROR: &str = "StartError";

/// The program that a container runs where its manifest or the lack of an ENTRYPOINT says so; `None` if the image's own.
fn program<'c>(container: &'c Container, image: &Image) -> Option<&'c str> {
    let first = |words: &'c Option<Vec<String>>| words.iter().flatten().next().map(String::as_str);
    let named = first(&container.command);
    if image.has_entrypoint { named } else { named.or_else(|| first(&container.args)) }
}

/// Why no container can be made: neither the manifest nor the image says what to run. `id` is the container's.
pub(super) fn nothing_to_run(container: &Container, image: &Image, id: &str) -> Option<String> {
    let nothing = !image.has_entrypoint && program(container, image).is_none();
    let id = id.strip_prefix("containerd://").unwrap_or(id);
    nothing.then(|| {
        format!("failed to generate container \"{id}\" spec: failed to generate spec: no command specified")
    })
}

/// Why a container that has been made does not start: its program is not in the image.
pub(super) fn not_there(container: &Container, image: &Image) -> Option<String> {
    let program = program(container, image).filter(|program| !is_in(image, program))?;
    Some(format!(
        "failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create failed: \
         unable to start container process: error during container init: {}: unknown",
        exec_error(program)
    ))
}

/// Why a program cannot be run in a container that runs.
pub(super) fn exec(image: &Image, program: &str) -> Option<String> {
    (!is_in(image, program)).then(|| {
        format!(
            "OCI runtime exec failed: exec failed: unable to start container process: {}: unknown",
            exec_error(program)
        )
    })
}

/// Whether an image has a program. A list of commands names them as `sh` or as `/bin/sh`.
fn is_in(image: &Image, program: &str) -> bool {
    let name = program.rsplit('/').next().unwrap_or(program);
    let is_it = |listed: &String| listed == program || listed == name;
    image.commands.as_ref().is_none_or(|commands| commands.iter().any(is_it))
}

/// What runc says of a program that is not there.
fn exec_error(program: &str) -> String {
    if program.contains('/') {
        format!("exec: \"{program}\": stat {program}: no such file or directory")
    } else {
        format!("exec: \"{program}\": executable file not found in $PATH")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn container(command: &[&str], args: &[&str]) -> Container {
        serde_json::from_value(json!({"name": "app", "command": command, "args": args})).unwrap()
    }

    fn image(has_entrypoint: bool, commands: Option<&[&str]>) -> Image {
        let commands = commands.map(|names| names.iter().map(|name| (*name).to_owned()).collect());
        Image { has_entrypoint, commands, ..Image::default() }
    }

    #[test]
    fn a_program_must_be_in_an_image_that_lists_its_commands() {
        let lists = image(true, Some(&["sh", "nginx"]));
        let ends = |command: &[&str], image: &Image| {
            not_there(&container(command, &[]), image)
                .map(|error| error.split("init: ").last().unwrap().to_owned())
        };
        assert_eq!(ends(&["sh", "-c", "nothing-here"], &lists), None);
        assert_eq!(ends(&["/bin/sh"], &lists), None);
        assert_eq!(ends(&["nothing-here"], &image(true, None)), None, "no list, no limits");
        assert_eq!(ends(&[], &lists), None, "the image's own program");
        assert_eq!(
            ends(&["ngnix"], &lists).unwrap(),
            "exec: \"ngnix\": executable file not found in $PATH: unknown"
        );
        assert_eq!(
            ends(&["/app/serve"], &lists).unwrap(),
            "exec: \"/app/serve\": stat /app/serve: no such file or directory: unknown"
        );
    }

    #[test]
    fn an_image_without_an_entrypoint_runs_what_the_manifest_names_or_nothing() {
        let bare = image(false, Some(&["sh"]));
        assert_eq!(
            nothing_to_run(&container(&[], &[]), &bare, "containerd://1a2b").unwrap(),
            "failed to generate container \"1a2b\" spec: failed to generate spec: no command specified"
        );
        assert_eq!(nothing_to_run(&container(&["sh"], &[]), &bare, ""), None);
        assert_eq!(
            nothing_to_run(&container(&[], &["sh", "-c"]), &bare, ""),
            None,
            "args alone are the command"
        );
        assert!(not_there(&container(&[], &["bash"]), &bare).is_some());
        assert_eq!(nothing_to_run(&container(&[], &[]), &image(true, None), ""), None);
    }

    #[test]
    fn a_program_is_run_in_a_container_only_if_its_image_has_it() {
        let distroless = image(true, Some(&[]));
        assert_eq!(
            exec(&distroless, "/bin/sh").unwrap(),
            "OCI runtime exec failed: exec failed: unable to start container process: exec: \"/bin/sh\": stat /bin/sh: \
             no such file or directory: unknown"
        );
        assert_eq!(exec(&image(true, None), "/bin/sh"), None);
    }
}
