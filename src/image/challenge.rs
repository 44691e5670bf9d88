//! What a registry asks for before it answers: the header `WWW-Authenticate` (RFC 9110, section 11.6.1).

/// One way to say who we are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Challenge {
    /// With name and password.
    Basic,
    /// With a token that another address gives out
    /// (<https://distribution.github.io/distribution/spec/auth/token/>).
    Bearer {
        /// Where the token is.
        realm: String,
        /// For which service it is to be.
        service: Option<String>,
        /// What it is to allow.
        scope: Option<String>,
    },
}

/// The best challenge of these headers that we can answer: a token before a password.
pub(super) fn best<'a>(headers: impl Iterator<Item = &'a str>) -> Option<Challenge> {
    let all: Vec<Challenge> = headers.flat_map(parse).collect();
    all.iter().find(|challenge| **challenge != Challenge::Basic).or(all.first()).cloned()
}

/// Every challenge of a header that we can answer. Several may stand in one, divided by the same commas as their
/// parameters: a word with no `=` after it begins the next.
fn parse(header: &str) -> Vec<Challenge> {
    let mut challenges: Vec<(String, Vec<(String, String)>)> = Vec::new();
    let mut rest = header;
    loop {
        rest = rest.trim_start_matches([' ', '\t', ',']);
        let end = rest.find(|c: char| c == '=' || c == ',' || c.is_whitespace()).unwrap_or(rest.len());
        if end == 0 {
            break;
        }
        let word = &rest[..end];
        let after = rest[end..].trim_start();
        if let Some(value) = after.strip_prefix('=') {
            let (value, left) = value_of(value.trim_start());
            if let Some((_, parameters)) = challenges.last_mut() {
                parameters.push((word.to_ascii_lowercase(), value));
            }
            rest = left;
        } else {
            challenges.push((word.to_ascii_lowercase(), Vec::new()));
            rest = after;
        }
    }
    challenges.into_iter().filter_map(|(scheme, parameters)| challenge(&scheme, &parameters)).collect()
}

fn challenge(scheme: &str, parameters: &[(String, String)]) -> Option<Challenge> {
    let value = |name: &str| {
        let found = parameters.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.clone()).filter(|value| !value.is_empty())
    };
    match scheme {
        "basic" => Some(Challenge::Basic),
        "bearer" => {
            Some(Challenge::Bearer { realm: value("realm")?, service: value("service"), scope: value("scope") })
        }
        _ => None,
    }
}

/// A word or a quoted text, and what follows it.
fn value_of(text: &str) -> (String, &str) {
    let Some(quoted) = text.strip_prefix('"') else {
        let end = text.find([',', ' ', '\t']).unwrap_or(text.len());
        return (text[..end].to_owned(), &text[end..]);
    };
    let mut value = String::new();
    let mut letters = quoted.char_indices();
    while let Some((at, letter)) = letters.next() {
        match letter {
            '"' => return (value, &quoted[at + 1..]),
            '\\' => value.extend(letters.next().map(|(_, letter)| letter)),
            _ => value.push(letter),
        }
    }
    (value, "")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bearer(realm: &str, service: Option<&str>, scope: Option<&str>) -> Challenge {
        let owned = |text: Option<&str>| text.map(str::to_owned);
        Challenge::Bearer { realm: realm.to_owned(), service: owned(service), scope: owned(scope) }
    }

    #[test]
    fn what_docker_hub_says_is_read() {
        let header = "Bearer realm=\"https://auth.docker.io/token\",service=\"registry.docker.io\",scope=\"repository:a/b:pull,push\"";
        let wanted =
            bearer("https://auth.docker.io/token", Some("registry.docker.io"), Some("repository:a/b:pull,push"));
        assert_eq!(best([header].into_iter()), Some(wanted));
    }

    #[test]
    fn several_challenges_stand_in_one_header_or_in_two() {
        let token = bearer("https://x/t", None, None);
        assert_eq!(best(["Basic realm=\"a, b\", Bearer realm=\"https://x/t\""].into_iter()), Some(token.clone()));
        assert_eq!(best(["Negotiate", "basic", "BEARER realm=https://x/t"].into_iter()), Some(token));
        assert_eq!(best(["Basic realm=x , charset=UTF-8"].into_iter()), Some(Challenge::Basic));
    }

    #[test]
    fn quotes_may_be_escaped_and_rubbish_is_no_challenge() {
        assert_eq!(
            best(["Bearer realm=\"https://x/\\\"t\\\"\""].into_iter()),
            Some(bearer("https://x/\"t\"", None, None))
        );
        for header in ["", "Bearer", "Bearer realm=\"\"", "Digest realm=x", "=,=,", "Bearer service=\"x"] {
            assert_eq!(best([header].into_iter()), None, "{header}");
        }
    }
}
