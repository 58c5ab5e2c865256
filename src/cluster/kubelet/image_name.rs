//! What is an image's name: `registry/path/name:tag@digest`, as container runtimes read it.
//!
//! The API server takes any text without spaces at its ends; only the kubelet finds out. Source: the module
//! `github.com/distribution/reference` (`normalize.go`, `regexp.go`), which `applyDefaultImageTag` in
//! `pkg/kubelet/images/image_manager.go` asks.

/// Where names without a registry are looked for.
const DOCKER_HUB: &str = "docker.io";
/// The longest tag.
const LONGEST_TAG: usize = 128;
/// The longest name without tag and digest, the registry's part not counted.
const LONGEST_PATH: usize = 255;

/// Checks a name; the error is the runtime's.
pub(super) fn check(name: &str) -> Result<(), String> {
    if name.len() == 64 && name.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b)) {
        let why = "cannot specify 64-byte hexadecimal strings";
        return Err(format!("invalid repository name ({name}), {why}"));
    }
    let (registry, rest) = split(name);
    let path = rest.split(':').next().unwrap_or("");
    if path.chars().any(char::is_uppercase) {
        return Err(format!("invalid reference format: repository name ({path}) must be lowercase"));
    }
    let (rest, digest) = match rest.split_once('@') {
        Some((rest, digest)) => (rest, Some(digest)),
        None => (rest.as_str(), None),
    };
    let (path, tag) = match rest.split_once(':') {
        Some((path, tag)) => (path, Some(tag)),
        None => (rest, None),
    };
    let is_good = is_registry(registry)
        && path.split('/').all(is_component)
        && tag.is_none_or(is_tag)
        && digest.is_none_or(is_digest);
    if !is_good {
        return Err("invalid reference format".to_owned());
    }
    if path.len() > LONGEST_PATH {
        return Err(format!("repository name must not be more than {LONGEST_PATH} characters"));
    }
    Ok(())
}

/// The registry of a name, and the rest of it. The first part is a registry only if it looks like a host.
fn split(name: &str) -> (&str, String) {
    let (registry, rest) = match name.split_once('/') {
        Some((first, rest))
            if first.contains(['.', ':'])
                || first == "localhost"
                || first.chars().any(char::is_uppercase) =>
        {
            (first, rest)
        }
        _ => (DOCKER_HUB, name),
    };
    let registry = if registry == "index.docker.io" { DOCKER_HUB } else { registry };
    if registry == DOCKER_HUB && !rest.contains('/') {
        (registry, format!("library/{rest}"))
    } else {
        (registry, rest.to_owned())
    }
}

/// `host`, `host:port` or `[v6]:port`.
fn is_registry(text: &str) -> bool {
    let (host, port) = match text.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => (host, Some(port)),
        _ => (text, None),
    };
    let is_part = |part: &str| {
        !part.is_empty()
            && !part.starts_with('-')
            && !part.ends_with('-')
            && part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
    };
    let is_v6 = |host: &str| {
        let inner = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
        inner.is_some_and(|v6| !v6.is_empty() && v6.bytes().all(|b| b.is_ascii_hexdigit() || b == b':'))
    };
    port.is_none_or(|port| !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit()))
        && (is_v6(host) || host.split('.').all(is_part))
}

/// A part of the path: small letters and digits, with `.`, `_`, `__` or any number of `-` between them.
fn is_component(part: &str) -> bool {
    let is_word = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    let ends = |b: Option<u8>| b.is_some_and(is_word);
    if !ends(part.bytes().next()) || !ends(part.bytes().next_back()) {
        return false;
    }
    let mut between = part.split(|c: char| u8::try_from(c).is_ok_and(is_word)).filter(|gap| !gap.is_empty());
    between.all(|gap| matches!(gap, "." | "_" | "__") || gap.bytes().all(|b| b == b'-'))
}

fn is_tag(tag: &str) -> bool {
    let is_word = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
    tag.len() <= LONGEST_TAG
        && tag.bytes().next().is_some_and(is_word)
        && tag.bytes().all(|b| is_word(b) || matches!(b, b'.' | b'-'))
}

/// `sha256:…`: an algorithm, and at least 32 hexadecimal digits.
fn is_digest(digest: &str) -> bool {
    let Some((algorithm, hex)) = digest.split_once(':') else { return false };
    let mut parts = algorithm.split(['-', '_', '+', '.']);
    let is_part = |part: &str| {
        part.starts_with(|c: char| c.is_ascii_alphabetic()) && part.bytes().all(|b| b.is_ascii_alphanumeric())
    };
    parts.all(is_part) && hex.len() >= 32 && hex.bytes().all(|b| b.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::check;

    #[test]
    fn what_runtimes_take_is_taken() {
        let digest = format!("web@sha256:{}", "0f".repeat(32));
        for name in [
            "web",
            "web:1",
            "web:1.2.3-Alpine_x",
            "team/web_app:1",
            "a--b/c__d:2",
            "registry.example.com:5000/team/web:1",
            "localhost/web",
            "ghcr.io/team/web",
            "[::1]:5000/web",
            &digest,
        ] {
            assert_eq!(check(name), Ok(()), "{name}");
        }
    }

    #[test]
    fn what_is_no_name_is_told_in_the_runtimes_words() {
        let long = "a".repeat(256);
        for (name, error) in [
            ("web:", "invalid reference format"),
            ("web:1:2", "invalid reference format"),
            (":1", "invalid reference format"),
            ("web app:1", "invalid reference format"),
            ("web:-1", "invalid reference format"),
            ("https://registry.example.com/web:1", "invalid reference format"),
            ("a___b", "invalid reference format"),
            ("web-", "invalid reference format"),
            ("web@sha256:abc", "invalid reference format"),
            ("${IMAGE}", "invalid reference format: repository name (library/${IMAGE}) must be lowercase"),
            ("Web:1", "invalid reference format: repository name (library/Web) must be lowercase"),
            ("ghcr.io/Team/web", "invalid reference format: repository name (Team/web) must be lowercase"),
            (long.as_str(), "repository name must not be more than 255 characters"),
        ] {
            assert_eq!(check(name), Err(error.to_owned()), "{name}");
        }
        let hex = "0f".repeat(32);
        let error = format!("invalid repository name ({hex}), cannot specify 64-byte hexadecimal strings");
        assert_eq!(check(&hex), Err(error));
    }
}
