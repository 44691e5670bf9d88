//! Which hosts are this machine.

use std::net::IpAddr;

/// Whether a host is this machine by its name or address, with or without a port: `localhost`, `127.0.0.1:5000`, `[::1]`.
/// What is said to it does not leave the machine, so it needs no encryption.
pub fn is_loopback(host: &str) -> bool {
    let name = without_port(host);
    if name.eq_ignore_ascii_case("localhost") {
        return true;
    }
    let address = name.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(name);
    address.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// The host of an address with its port, for messages; the address itself where it has none.
pub(super) fn host_of(url: &str) -> String {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#']).next().unwrap_or(rest);
    authority.rsplit_once('@').map_or(authority, |(_, host)| host).to_owned()
}

fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) && !name.ends_with(':') => {
            // `::1` without brackets has colons of its own.
            if name.contains(':') && !name.ends_with(']') { host } else { name }
        }
        _ => host,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_machine_is_this_machine() {
        for host in ["localhost", "localhost:5000", "127.0.0.1", "127.3.2.1:80", "[::1]", "[::1]:5000", "::1"] {
            assert!(is_loopback(host), "{host}");
        }
        for host in [
            "localhost.example.com",
            "127.0.0.1.example.com",
            "example.com:127",
            "10.0.0.1",
            "[::2]:1",
            "",
            "docker.io",
        ] {
            assert!(!is_loopback(host), "{host}");
        }
    }
}
