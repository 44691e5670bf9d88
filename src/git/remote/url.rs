//! The address of a remote: which host, whose repository, and never a password in sight.

use std::fmt;

/// The address of a remote repository, as git takes it: `https://host/owner/name.git`, `git@host:owner/name.git`,
/// `ssh://…`, or a path. Shown without its password.
#[derive(Clone, PartialEq, Eq)]
pub struct RemoteUrl(String);

/// The parts of an address that is not a path: `https://ada@host:8443/` before, `owner/name.git` behind.
struct Parts<'a> {
    before: &'a str,
    host: &'a str,
    path: &'a str,
}

impl RemoteUrl {
    /// An address; any text is one, for git takes it as a path if it is nothing else.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The host, with its port if one is named: `github.com`, `127.0.0.1:8080`. `None` for a path.
    pub fn host(&self) -> Option<&str> {
        self.parts().map(|parts| parts.host)
    }

    /// Whose repository it is and its name, without `.git`: the last two parts of the path.
    pub fn owner_and_name(&self) -> Option<(&str, &str)> {
        let path = self.parts()?.path;
        let (rest, name) = path.trim_matches('/').rsplit_once('/')?;
        let owner = rest.rsplit('/').next()?;
        let name = name.strip_suffix(".git").unwrap_or(name);
        (!owner.is_empty() && !name.is_empty()).then_some((owner, name))
    }

    /// Where the fork of this repository lies that belongs to another account: same host, and the same name unless the
    /// fork is given as `owner/name`. `None` if the address does not say whose the repository is.
    pub fn fork_of(&self, fork: &str) -> Option<Self> {
        let (of, name) = self.owner_and_name()?;
        let parts = self.parts()?;
        let whole = format!("{of}/{name}");
        let at = parts.path.rfind(&whole)?;
        let fork = if fork.contains('/') { fork.to_owned() } else { format!("{fork}/{name}") };
        Some(Self(format!("{}{}{fork}{}", parts.before, &parts.path[..at], &parts.path[at + whole.len()..])))
    }

    /// `https://host` for an address of HTTP: what credentials belong to.
    pub fn http_base(&self) -> Option<String> {
        let scheme = self.0.split_once("://").map(|(scheme, _)| scheme.to_ascii_lowercase())?;
        let http = scheme == "https" || scheme == "http";
        http.then(|| self.host().map(|host| format!("{scheme}://{host}")))?
    }

    /// What git has to be given, password and all.
    pub(in crate::git) fn exposed(&self) -> &str {
        &self.0
    }

    fn parts(&self) -> Option<Parts<'_>> {
        let text = &self.0;
        let (start, separator) = match text.split_once("://") {
            Some((scheme, _)) => (scheme.len() + 3, '/'),
            // `host:path`, unless a slash comes before the colon (gitrevisions and git-clone(1), "Git URLs").
            None if text.split_once(':').is_some_and(|(before, _)| !before.contains('/')) => (0, ':'),
            None => return None,
        };
        let end = text[start..].find(separator)? + start;
        let authority = &text[start..end];
        let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
        let parts = Parts { before: &text[..=end], host, path: &text[end + 1..] };
        (!host.is_empty()).then_some(parts)
    }
}

impl fmt::Display for RemoteUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&without_passwords(&self.0))
    }
}

impl fmt::Debug for RemoteUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&without_passwords(&self.0), f)
    }
}

/// The text with every password of an address in it (`https://ada:password@host`) masked. A name alone
/// (`https://TOKEN@host`) is masked as well, for many put a token there; `git@` and `x-access-token@` stay.
pub(in crate::git) fn without_passwords(text: &str) -> String {
    let mut masked = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("://") {
        let (before, after) = rest.split_at(at + 3);
        masked.push_str(before);
        let authority = after.split(|c: char| c == '/' || c.is_whitespace() || c == '\'' || c == '"').next();
        let authority = authority.unwrap_or_default();
        rest = after;
        if let Some((user, _)) = authority.rsplit_once('@') {
            let open = matches!(user, "git" | "x-access-token") || before.ends_with("ssh://");
            match user.split_once(':') {
                Some((name, _)) => masked.extend([name, ":***"]),
                None => masked.push_str(if open { user } else { "***" }),
            }
            rest = &after[user.len()..];
        }
    }
    masked.push_str(rest);
    masked
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn host_owner_and_name_are_read_from_every_form() {
        let cases = [
            ("https://github.com/acme/connectors.git", "github.com", "acme", "connectors"),
            ("https://ada:secret@github.com/acme/connectors", "github.com", "acme", "connectors"),
            ("https://github.com/acme/connectors/", "github.com", "acme", "connectors"),
            ("git@github.com:acme/connectors.git", "github.com", "acme", "connectors"),
            ("github.com:acme/my.tools", "github.com", "acme", "my.tools"),
            ("ssh://git@ssh.github.com:443/acme/connectors.git", "ssh.github.com:443", "acme", "connectors"),
            ("https://git.example.com/scm/team/acme/connectors.git", "git.example.com", "acme", "connectors"),
        ];
        for (url, host, owner, name) in cases {
            let url = RemoteUrl::new(url);
            assert_eq!((url.host(), url.owner_and_name()), (Some(host), Some((owner, name))), "{url}");
        }
        for path in ["/srv/acme/connectors.git", "../connectors", "./a:b", "connectors"] {
            let url = RemoteUrl::new(path);
            assert_eq!((url.host(), url.owner_and_name()), (None, None), "{url}");
        }
    }

    #[test]
    fn a_fork_lies_on_the_same_host_under_the_same_name() {
        let cases = [
            ("https://github.com/acme/connectors.git", Some("https://github.com/ada/connectors.git")),
            ("git@github.com:acme/connectors.git", Some("git@github.com:ada/connectors.git")),
            ("ssh://git@h:443/acme/connectors", Some("ssh://git@h:443/ada/connectors")),
            ("https://h/acme/acme", Some("https://h/ada/acme")),
            ("/srv/acme/connectors.git", None),
            ("https://h/alone", None),
        ];
        for (url, fork) in cases {
            assert_eq!(RemoteUrl::new(url).fork_of("ada"), fork.map(RemoteUrl::new), "{url}");
        }
        let renamed = RemoteUrl::new("git@github.com:acme/connectors.git").fork_of("ada/mine");
        assert_eq!(renamed, Some(RemoteUrl::new("git@github.com:ada/mine.git")));
    }

    #[test]
    fn credentials_belong_to_scheme_host_and_port() {
        let base = |url: &str| RemoteUrl::new(url).http_base();
        assert_eq!(base("https://ada@github.com/acme/x").as_deref(), Some("https://github.com"));
        assert_eq!(base("http://127.0.0.1:80/x").as_deref(), Some("http://127.0.0.1:80"));
        assert_eq!(base("git@github.com:acme/x"), None);
        assert_eq!(base("ssh://git@github.com/acme/x"), None);
    }

    #[test]
    fn no_password_is_shown() {
        let cases = [
            ("https://ada:secret@h/x", "https://ada:***@h/x"),
            ("https://ghp_secret@h/x", "https://***@h/x"),
            ("fatal: 'https://a:s@h/x' and 'http://b:s@h'", "fatal: 'https://a:***@h/x' and 'http://b:***@h'"),
            ("https://a:p@ss@h/x", "https://a:***@h/x"),
            ("ssh://git@h/x and git@h:x and https://h/@x", "ssh://git@h/x and git@h:x and https://h/@x"),
        ];
        for (text, shown) in cases {
            assert_eq!(without_passwords(text), shown);
        }
        assert_eq!(format!("{:?}", RemoteUrl::new("https://ada:secret@h/x")), "\"https://ada:***@h/x\"");
    }
}
