//! Who asks and what they may do: tokens, their kinds, scopes, permissions and ends.

use std::collections::{BTreeMap, BTreeSet};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jiff::Timestamp;
use serde_json::Value;

use super::answer::Answer;
use super::call::Call;
use super::model::Role;
use super::world::World;

/// What a token is and so how it is limited.
#[derive(Clone, Debug)]
pub(crate) enum Kind {
    /// A classic personal access token, with scopes that every answer names.
    Classic(BTreeSet<String>),
    /// A fine-grained one, with a permission (`read` or `write`) per area.
    FineGrained(BTreeMap<String, String>),
    /// An app's installation's.
    Installation(BTreeMap<String, String>),
}

/// A token and whose it is.
#[derive(Clone, Debug)]
pub(crate) struct Token {
    pub(crate) login: String,
    pub(crate) kind: Kind,
    pub(crate) expires: Option<Timestamp>,
}

impl Token {
    /// A classic token with these scopes.
    pub(crate) fn classic(login: &str, scopes: &[&str]) -> Self {
        let scopes = scopes.iter().map(|&scope| scope.to_owned()).collect();
        Self { login: login.to_owned(), kind: Kind::Classic(scopes), expires: None }
    }

    /// A fine-grained token with these permissions, such as `("pull_requests", "write")`.
    pub(crate) fn fine_grained(login: &str, permissions: &[(&str, &str)]) -> Self {
        let permissions = permissions.iter().map(|&(area, level)| (area.to_owned(), level.to_owned())).collect();
        Self { login: login.to_owned(), kind: Kind::FineGrained(permissions), expires: None }
    }
}

/// Who makes a request.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Actor {
    Anonymous,
    /// The app itself, by a signed JWT.
    App,
    Token {
        token: String,
        login: String,
        installation: bool,
    },
}

impl Actor {
    /// Whose budget is used.
    pub(crate) fn key(&self) -> &str {
        match self {
            Self::Anonymous => "anonymous",
            Self::App => "app",
            Self::Token { token, .. } => token,
        }
    }

    /// The login, for what it does.
    pub(crate) fn login(&self) -> &str {
        match self {
            Self::Anonymous => "ghost",
            Self::App => "app",
            Self::Token { login, .. } => login,
        }
    }
}

impl World {
    /// Who the credentials are; wrong ones are refused whatever was asked for.
    pub(crate) fn authenticate(&self, call: &Call) -> Result<Actor, Answer> {
        let Some(header) = call.headers.get("authorization") else { return Ok(Actor::Anonymous) };
        let secret = credential(header).ok_or_else(Answer::bad_credentials)?;
        if let Some(token) = self.tokens.get(&secret) {
            let ended = token.expires.is_some_and(|end| end <= self.now());
            let installation = matches!(token.kind, Kind::Installation(_));
            let actor = Actor::Token { token: secret, login: token.login.clone(), installation };
            return if ended { Err(Answer::bad_credentials()) } else { Ok(actor) };
        }
        if secret.matches('.').count() == 2 { self.jwt(&secret) } else { Err(Answer::bad_credentials()) }
    }

    /// An app's JWT: its claims are looked at as GitHub does, its signature is not.
    fn jwt(&self, jwt: &str) -> Result<Actor, Answer> {
        let refuse = |why: &str| Answer::message(401, why);
        let part = |index: usize| -> Option<Value> {
            serde_json::from_slice(&URL_SAFE_NO_PAD.decode(jwt.split('.').nth(index)?).ok()?).ok()
        };
        let undecodable = || refuse("A JSON web token could not be decoded");
        let (header, claims) = (part(0).ok_or_else(undecodable)?, part(1).ok_or_else(undecodable)?);
        if header["alg"] != "RS256" || jwt.ends_with('.') {
            return Err(undecodable());
        }
        if claims["iss"].as_str().is_none() && claims["iss"].as_u64().is_none() {
            return Err(refuse("'Issuer' claim ('iss') must be an Integer or a String"));
        }
        let now = self.now().as_second();
        let (Some(issued), Some(ends)) = (claims["iat"].as_i64(), claims["exp"].as_i64()) else {
            return Err(refuse(
                "'Expiration time' claim ('exp') must be a numeric value representing the future time at which the assertion expires",
            ));
        };
        if ends <= now {
            return Err(refuse(
                "'Expiration time' claim ('exp') must be a numeric value representing the future time at which the assertion expires",
            ));
        }
        if ends - issued > 600 || ends - now > 660 {
            return Err(refuse("'Expiration time' claim ('exp') is too far in the future"));
        }
        Ok(Actor::App)
    }

    /// Refuses what the token's scopes or permissions do not reach. Reading what is public needs none.
    pub(crate) fn permit(&self, at: usize, actor: &Actor, area: &str, write: bool) -> Result<(), Answer> {
        let Actor::Token { token, .. } = actor else {
            return match actor {
                Actor::Anonymous if write => Err(Answer::message(401, "Requires authentication")),
                Actor::App => Err(Answer::message(401, "A JSON web token could not be decoded")),
                _ => Ok(()),
            };
        };
        let private = self.repositories[at].private;
        let known = self.tokens.get(token).ok_or_else(Answer::bad_credentials)?;
        let level = if write { "write" } else { "read" };
        let (permissions, who) = match &known.kind {
            Kind::Classic(scopes) => {
                let reaches = scopes.contains("repo") || (!private && (scopes.contains("public_repo") || !write));
                // GitHub does not say that something is there to somebody whose token may not use it.
                return if reaches { Ok(()) } else { Err(Answer::not_found()) };
            }
            Kind::FineGrained(permissions) => (permissions, "personal access token"),
            Kind::Installation(permissions) => (permissions, "integration"),
        };
        let granted = permissions.get(area).map(String::as_str);
        let reaches = granted == Some("write") || (!write && (granted == Some("read") || !private));
        if reaches {
            return Ok(());
        }
        let refusal = Answer::forbidden(&format!("Resource not accessible by {who}"));
        Err(refusal.with("x-accepted-github-permissions", format!("{area}={level}")))
    }

    /// Refuses a person whose role in the repository is too small.
    pub(crate) fn require(&self, at: usize, actor: &Actor, role: Role) -> Result<(), Answer> {
        match self.role(at, actor) {
            Some(has) if has >= role => Ok(()),
            None => Err(Answer::not_found()),
            Some(_) => Err(Answer::forbidden("Must have admin rights to Repository.")),
        }
    }

    /// The scopes that answers name, for tokens that have some.
    pub(crate) fn scopes(&self, actor: &Actor) -> Option<String> {
        let Actor::Token { token, .. } = actor else { return None };
        match &self.tokens.get(token)?.kind {
            Kind::Classic(scopes) => Some(scopes.iter().cloned().collect::<Vec<_>>().join(", ")),
            _ => None,
        }
    }
}

/// The secret in an `Authorization` header, whatever the scheme.
pub(crate) fn credential(header: &str) -> Option<String> {
    let (scheme, value) = header.split_once(' ')?;
    match scheme.to_ascii_lowercase().as_str() {
        "bearer" | "token" => Some(value.trim().to_owned()),
        "basic" => {
            let pair = String::from_utf8(STANDARD.decode(value.trim()).ok()?).ok()?;
            let (user, password) = pair.split_once(':')?;
            // Git takes a token as the password of any user, or as the user of no password.
            Some(if password.is_empty() || password == "x-oauth-basic" { user } else { password }.to_owned())
        }
        _ => None,
    }
}
