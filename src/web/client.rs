//! From where a request comes, behind reverse proxies too: only what a trusted proxy says of it is believed.
//!
//! Each proxy appends the address that it saw to `X-Forwarded-For` (or `Forwarded`), so that the list is read from its
//! end, and only as far as trusted proxies wrote it. What stands before that, a visitor may have made up. Nothing else
//! that a proxy could say (host, scheme) is read: the base URL is configured.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::str::FromStr;

use actix_web::HttpRequest;
use actix_web::http::header::{FORWARDED, HeaderMap, HeaderName, X_FORWARDED_FOR};
use ipnet::IpNet;

use super::App;

/// The reverse proxies that may say from where a request comes: addresses and networks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Proxies(Vec<IpNet>);

/// Why a list of proxies cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is neither an address (10.0.0.7) nor a network (10.0.0.0/8)")]
pub struct ProxiesError(String);

impl Proxies {
    fn trust(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(&address))
    }
}

impl FromStr for Proxies {
    type Err = ProxiesError;

    /// Reads a list whose entries stand between commas or spaces; an empty one trusts nobody.
    fn from_str(text: &str) -> Result<Proxies, ProxiesError> {
        let entries = text.split([',', ' ']).filter(|entry| !entry.is_empty());
        entries
            .map(|entry| match (entry.parse::<IpNet>(), entry.parse::<IpAddr>()) {
                (Ok(network), _) => Ok(network.trunc()),
                (_, Ok(address)) => Ok(address.to_canonical().into()),
                _ => Err(ProxiesError(entry.to_owned())),
            })
            .collect::<Result<_, _>>()
            .map(Proxies)
    }
}

/// The address of the visitor: of who is connected to us, or, where that is a trusted proxy, of who was connected to it,
/// and so on. IPv4 never comes in its IPv6 form.
pub fn address(request: &HttpRequest, app: &App) -> IpAddr {
    // Every request that came over TCP has a peer.
    let peer = request.peer_addr().map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |peer| peer.ip());
    walk(peer, request.headers(), app.proxies())
}

fn walk(peer: IpAddr, headers: &HeaderMap, proxies: &Proxies) -> IpAddr {
    let peer = peer.to_canonical();
    if !proxies.trust(peer) {
        return peer;
    }
    let by = |hops: Vec<Option<IpAddr>>| {
        let mut at = peer;
        for hop in hops.into_iter().rev() {
            match hop {
                Some(hop) if proxies.trust(at) => at = hop,
                _ => break,
            }
        }
        at
    };
    let (de_facto, standard) = (listed(headers, &X_FORWARDED_FOR), listed(headers, &FORWARDED));
    let de_facto = de_facto.map(|list| by(list.split(',').map(|entry| node(entry.trim())).collect()));
    let standard = standard.map(|list| by(list.split(',').map(forwarded_for).collect()));
    match (de_facto, standard) {
        (Some(one), Some(other)) if one == other => one,
        // A proxy writes one of the two and passes the other on as it came: either could be the visitor's invention.
        (Some(_), Some(_)) => peer,
        (Some(at), None) | (None, Some(at)) => at,
        (None, None) => peer,
    }
}

/// The lines of a header as the one list that they are.
fn listed(headers: &HeaderMap, name: &HeaderName) -> Option<String> {
    let lines: Vec<&str> = headers.get_all(name).map(|line| line.to_str().unwrap_or_default()).collect();
    (!lines.is_empty()).then(|| lines.join(","))
}

/// `for="[2001:db8::1]:4711";proto=https`, an element of `Forwarded` (RFC 7239).
fn forwarded_for(element: &str) -> Option<IpAddr> {
    let pairs = element.split(';').filter_map(|pair| pair.trim().split_once('='));
    let (_, value) = pairs.into_iter().find(|(name, _)| name.eq_ignore_ascii_case("for"))?;
    node(value.trim().trim_matches('"'))
}

/// An address as proxies write it: alone, with a port, an IPv6 one in brackets or not. `None` for `unknown` and the like.
fn node(text: &str) -> Option<IpAddr> {
    let bare = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
    let address = bare.parse::<IpAddr>().or_else(|_| text.parse::<SocketAddr>().map(|socket| socket.ip()));
    address.ok().map(|address| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::http::header::HeaderValue;

    fn seen(peer: &str, trusted: &str, headers: &[(&'static str, &'static str)]) -> String {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(HeaderName::from_static(name), HeaderValue::from_static(value));
        }
        walk(peer.parse().unwrap(), &map, &trusted.parse().unwrap()).to_string()
    }

    #[test]
    fn who_is_no_trusted_proxy_can_say_nothing_of_its_address() {
        let forged = [("x-forwarded-for", "1.2.3.4"), ("forwarded", "for=1.2.3.4")];
        assert_eq!(seen("203.0.113.9", "", &forged), "203.0.113.9");
        assert_eq!(seen("203.0.113.9", "10.0.0.0/8", &forged), "203.0.113.9");
    }

    #[test]
    fn the_list_is_read_from_its_end_and_only_as_far_as_trusted_proxies_wrote_it() {
        let forwarded = |list| seen("10.0.0.1", "10.0.0.0/8, 192.0.2.7", &[("x-forwarded-for", list)]);
        assert_eq!(forwarded("203.0.113.9"), "203.0.113.9");
        assert_eq!(forwarded("1.2.3.4, 203.0.113.9"), "203.0.113.9");
        assert_eq!(forwarded("1.2.3.4, 203.0.113.9, 192.0.2.7, 10.9.9.9"), "203.0.113.9");
        assert_eq!(forwarded("203.0.113.9:5000"), "203.0.113.9");
        assert_eq!(forwarded("[2001:db8::1]:5000"), "2001:db8::1");
        assert_eq!(forwarded("::ffff:203.0.113.9"), "203.0.113.9");
        // All of them trusted: the request was born inside.
        assert_eq!(forwarded("10.0.0.5, 10.0.0.6"), "10.0.0.5");
        // What is no address ends the walk at the proxy that passed it on.
        assert_eq!(forwarded("1.2.3.4, unknown"), "10.0.0.1");
        assert_eq!(forwarded(""), "10.0.0.1");
        let lines = [("x-forwarded-for", "1.2.3.4"), ("x-forwarded-for", "203.0.113.9, 10.0.0.2")];
        assert_eq!(seen("::ffff:10.0.0.1", "10.0.0.0/8", &lines), "203.0.113.9");
    }

    #[test]
    fn the_standard_header_is_understood_too() {
        let forwarded = |list| seen("10.0.0.1", "10.0.0.0/8", &[("forwarded", list)]);
        assert_eq!(forwarded("for=1.2.3.4, For=203.0.113.9;proto=https;by=10.0.0.1"), "203.0.113.9");
        assert_eq!(forwarded("proto=https;for=\"[2001:db8::1]:4711\""), "2001:db8::1");
        assert_eq!(forwarded("for=_hidden"), "10.0.0.1");
        assert_eq!(forwarded("proto=https"), "10.0.0.1");
    }

    #[test]
    fn where_the_two_headers_differ_neither_is_believed() {
        let both =
            |other| seen("10.0.0.1", "10.0.0.1", &[("x-forwarded-for", "203.0.113.9"), ("forwarded", other)]);
        assert_eq!(both("for=203.0.113.9"), "203.0.113.9");
        assert_eq!(both("for=1.2.3.4"), "10.0.0.1");
    }

    #[test]
    fn a_list_of_proxies_has_addresses_and_networks() {
        let proxies: Proxies = "127.0.0.1,10.1.2.3/8  ::1".parse().unwrap();
        assert_eq!(
            proxies.0.iter().map(ToString::to_string).collect::<Vec<_>>(),
            ["127.0.0.1/32", "10.0.0.0/8", "::1/128"]
        );
        assert_eq!("".parse(), Ok(Proxies::default()));
        let refused = "10.0.0.0/8,proxy".parse::<Proxies>().unwrap_err().to_string();
        assert!(refused.starts_with("\"proxy\" is neither"), "{refused}");
    }
}
