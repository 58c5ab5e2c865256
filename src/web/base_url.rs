//! Where browsers find this service: its origin, and the path under which its pages live.

use std::fmt;
use std::str::FromStr;

/// The address in a browser's address bar, as in `https://study.example.org/doujia`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BaseUrl {
    origin: String,
    prefix: String,
}

/// Why a base URL cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BaseUrlError {
    /// It must begin so.
    #[error("it must begin with http:// or https://")]
    Scheme,
    /// There is no host, or something that is not part of one.
    #[error("a host must follow, as in https://study.example.org")]
    Host,
    /// A query or fragment makes no sense here.
    #[error("it must end with a path of plain characters, without ? and #")]
    Path,
}

impl BaseUrl {
    /// `https://study.example.org`: what a browser's `Origin` header says.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// `/doujia`, or nothing where the pages live at the root: what stands before the path of each page.
    pub fn prefix(&self) -> &str {
        &self.prefix
    }

    /// Whether browsers come through TLS, so that cookies must be `Secure`.
    pub fn is_https(&self) -> bool {
        self.origin.starts_with("https://")
    }
}

impl FromStr for BaseUrl {
    type Err = BaseUrlError;

    fn from_str(text: &str) -> Result<BaseUrl, BaseUrlError> {
        let (scheme, rest) = text.trim().split_once("://").ok_or(BaseUrlError::Scheme)?;
        let scheme = scheme.to_ascii_lowercase();
        let default_port = match scheme.as_str() {
            "http" => ":80",
            "https" => ":443",
            _ => return Err(BaseUrlError::Scheme),
        };
        let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
        let in_host = |c: char| c.is_ascii_alphanumeric() || ".-:[]".contains(c);
        if host.is_empty() || !host.chars().all(in_host) {
            return Err(BaseUrlError::Host);
        }
        let in_path = |c: char| c.is_ascii_alphanumeric() || "-._~/".contains(c);
        if !path.chars().all(in_path) || path.split('/').any(|part| part == "." || part == "..") {
            return Err(BaseUrlError::Path);
        }
        let host = host.to_ascii_lowercase();
        let host = host.strip_suffix(default_port).unwrap_or(&host);
        let path = path.trim_matches('/');
        let prefix = if path.is_empty() { String::new() } else { format!("/{path}") };
        Ok(BaseUrl { origin: format!("{scheme}://{host}"), prefix })
    }
}

impl fmt::Display for BaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}/", self.origin, self.prefix)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_taken_apart() {
        let cases = [
            ("http://127.0.0.1:8080", "http://127.0.0.1:8080", "", false),
            ("https://Study.Example.org/doujia/", "https://study.example.org", "/doujia", true),
            ("https://example.org:443/a/b", "https://example.org", "/a/b", true),
            ("http://[::1]:80", "http://[::1]", "", false),
        ];
        for (text, origin, prefix, https) in cases {
            let base: BaseUrl = text.parse().unwrap();
            assert_eq!((base.origin(), base.prefix(), base.is_https()), (origin, prefix, https), "{text}");
        }
    }

    #[test]
    fn what_is_no_address_is_refused() {
        let refused = |text: &str| text.parse::<BaseUrl>().unwrap_err();
        assert_eq!(refused("example.org"), BaseUrlError::Scheme);
        assert_eq!(refused("ftp://example.org"), BaseUrlError::Scheme);
        assert_eq!(refused("https:///doujia"), BaseUrlError::Host);
        assert_eq!(refused("https://me@example.org"), BaseUrlError::Host);
        assert_eq!(refused("https://example.org/a?b"), BaseUrlError::Path);
        assert_eq!(refused("https://example.org/../b"), BaseUrlError::Path);
    }
}
