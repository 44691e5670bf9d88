//! Where a repository is: GitHub's own host or an Enterprise one, and the addresses of its interfaces.

use http::Uri;

use super::refusal::GitHubError;

/// The interface of github.com.
pub const PUBLIC_API: &str = "https://api.github.com";

/// The addresses of one host's interfaces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Address {
    /// Of REST, without a slash at the end.
    pub(super) rest: String,
    /// Of GraphQL.
    pub(super) graphql: String,
    /// The host with its port, as messages and the budget's file name it.
    pub(super) authority: String,
    /// The host as people and the GitHub command line call it.
    pub(super) host: String,
}

impl Address {
    /// Reads the address of a REST interface: `https://api.github.com`, `https://HOST/api/v3`; plain HTTP only on
    /// this machine.
    pub(super) fn parse(url: &str) -> Result<Self, GitHubError> {
        let refuse = |message| GitHubError::Address { url: url.to_owned(), message };
        let rest = url.trim().trim_end_matches('/').to_owned();
        let uri: Uri = rest.parse().map_err(|_| refuse("it is not the address of an interface"))?;
        let (Some(scheme), Some(authority)) = (uri.scheme_str(), uri.authority()) else {
            return Err(refuse("it begins neither with https:// nor http://"));
        };
        if authority.as_str().contains('@') {
            return Err(GitHubError::Address { url: "***".to_owned(), message: "a credential has no place in it" });
        }
        if uri.query().is_some() {
            return Err(refuse("it has a query"));
        }
        let host = authority.host().trim_matches(['[', ']']).to_lowercase();
        match scheme {
            "https" => {}
            "http" if is_loopback(&host) => {}
            "http" => return Err(refuse("it is not encrypted, so the token would be sent in the open")),
            _ => return Err(refuse("it begins neither with https:// nor http://")),
        }
        // Enterprise hosts have both interfaces below /api.
        let root = rest.strip_suffix("/v3").filter(|root| root.ends_with("/api")).unwrap_or(&rest);
        let graphql = format!("{root}/graphql");
        let host = match host.strip_prefix("api.") {
            Some(people) if people == "github.com" || people.ends_with(".ghe.com") => people.to_owned(),
            _ => host,
        };
        Ok(Self { graphql, authority: authority.as_str().to_lowercase(), host, rest })
    }

    /// Scheme, host and port.
    pub(super) fn origin(&self) -> &str {
        let host = self.rest.find("://").map_or(0, |scheme| scheme + 3);
        self.rest[host..].find('/').map_or(&self.rest, |slash| &self.rest[..host + slash])
    }

    /// Whether an absolute address is one of this host's: the token goes nowhere else.
    pub(super) fn is_own(&self, url: &str) -> bool {
        let origin = |text: &str| {
            let uri: Uri = text.parse().ok()?;
            Some((uri.scheme_str()?.to_owned(), uri.authority()?.as_str().to_lowercase()))
        };
        origin(url).is_some_and(|found| Some(found) == origin(&self.rest))
    }
}

fn is_loopback(host: &str) -> bool {
    host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// The address of a host's REST interface.
pub fn api_url_of(host: &str) -> String {
    match host {
        "github.com" => PUBLIC_API.to_owned(),
        host if host.ends_with(".ghe.com") => format!("https://api.{host}"),
        host => format!("https://{host}/api/v3"),
    }
}

/// The host of an interface as people and the GitHub command line call it: `github.com` for [`PUBLIC_API`].
pub fn host_of(api_url: &str) -> Result<String, GitHubError> {
    Address::parse(api_url).map(|address| address.host)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_of_host_has_its_addresses() {
        let cases = [
            ("https://api.github.com/", "https://api.github.com/graphql", "github.com"),
            ("https://api.acme.ghe.com", "https://api.acme.ghe.com/graphql", "acme.ghe.com"),
            ("https://Git.Acme.example/api/v3/", "https://Git.Acme.example/api/graphql", "git.acme.example"),
            ("http://127.0.0.1:4000/api/v3", "http://127.0.0.1:4000/api/graphql", "127.0.0.1"),
            ("http://localhost:4000", "http://localhost:4000/graphql", "localhost"),
            ("http://[::1]:4000", "http://[::1]:4000/graphql", "::1"),
        ];
        for (url, graphql, host) in cases {
            let address = Address::parse(url).unwrap();
            assert_eq!((address.graphql.as_str(), address.host.as_str()), (graphql, host));
        }
    }

    #[test]
    fn an_address_that_would_give_the_token_away_is_refused() {
        let urls = [
            "",
            "github.com",
            "ftp://h/",
            "http://git.acme.example/api/v3",
            "https://me:pw@h/api/v3",
            "https://h/?a=b",
        ];
        let told: Vec<String> = urls.iter().map(|url| Address::parse(url).unwrap_err().to_string()).collect();
        insta::assert_snapshot!(told.join("\n"), @r"
        `` is not an address of GitHub's interface: it is not the address of an interface
        `github.com` is not an address of GitHub's interface: it begins neither with https:// nor http://
        `ftp://h/` is not an address of GitHub's interface: it begins neither with https:// nor http://
        `http://git.acme.example/api/v3` is not an address of GitHub's interface: it is not encrypted, so the token would be sent in the open
        `***` is not an address of GitHub's interface: a credential has no place in it
        `https://h/?a=b` is not an address of GitHub's interface: it has a query
        ");
    }

    #[test]
    fn the_token_goes_only_to_its_own_host() {
        let address = Address::parse("https://api.github.com").unwrap();
        assert!(address.is_own("https://api.github.com/repositories/7/pulls"));
        for other in ["https://logs.example/a", "http://api.github.com/", "https://api.github.com:8443/", "/relative"] {
            assert!(!address.is_own(other), "{other}");
        }
    }

    #[test]
    fn a_host_has_one_interface() {
        for host in ["github.com", "acme.ghe.com", "git.acme.example"] {
            assert_eq!(host_of(&api_url_of(host)).unwrap(), host);
        }
    }
}
