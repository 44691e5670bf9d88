//! The credential: whose it is, of which kind, what it may do, how long it lasts, and how many calls are left.

use jiff::Timestamp;
use serde::Deserialize;

use super::super::super::{Finding, FindingState};
use super::super::Inner;
use super::super::credential::Credential;
use super::super::facts::Facts;
use super::super::http::{Reply, Request};
use super::{Then as _, fine, notice, problem, until};

/// A token that ends sooner is worth a word: a migration takes days.
const SOON: jiff::SignedDuration = jiff::SignedDuration::from_hours(24 * 7);

/// Fewer calls of an hour's allowance are worth a word, in percent.
const FEW: u64 = 10;

#[derive(Deserialize)]
struct Limits {
    resources: Resources,
}

#[derive(Deserialize)]
struct Resources {
    core: Left,
    graphql: Option<Left>,
}

#[derive(Deserialize)]
struct Left {
    limit: u64,
    remaining: u64,
    reset: i64,
}

impl Inner {
    /// The token: whose, of which kind, until when; and what it may do, where GitHub tells.
    pub(super) async fn examine_token(&self, facts: &Facts) -> Vec<Finding> {
        let credential = self.client.tokens().credential();
        let says = format!("{} is {}'s ({})", credential.describe(), facts.viewer, kind(credential));
        let reply = match self.client.read(&Request::get(format!("/repos/{}", self.client.repository()))).await {
            Ok(reply) if reply.status == 200 => reply,
            _ => return vec![fine("token", says)],
        };
        let renewal = credential.renewal(&self.client.http().address().host);
        let token = match end(&reply) {
            Some(end) if end.duration_since(self.client.now()) < SOON => {
                notice("token", format!("{says}, and ends in {}", until(end, self.client.now()))).then(&renewal)
            }
            _ => fine("token", says),
        };
        let is_public = reply.json().is_some_and(|repository| repository["private"] == false);
        vec![token, scopes(&reply, is_public, credential, &renewal)]
    }

    /// What is left of the hour's calls.
    pub(super) async fn examine_limits(&self) -> Vec<Finding> {
        let limits: Limits = match self.client.read(&Request::get("/rate_limit")).await {
            // Enterprise hosts may have no limits, and say so with 404.
            Ok(reply) if reply.status == 404 => return vec![fine("limits", "this host limits no calls".to_owned())],
            Ok(reply) => match self.client.parse(&reply, "") {
                Ok(limits) => limits,
                Err(error) => return vec![notice("limits", format!("failed to ask: {error}"))],
            },
            Err(error) => return vec![notice("limits", format!("failed to ask: {error}"))],
        };
        let now = self.client.now();
        let one = |what: &str, left: &Left| {
            let again = Timestamp::from_second(left.reset).map_or_else(|_| "an hour".to_owned(), |at| until(at, now));
            let says = format!("{} of {} left, all again in {again}", left.remaining, left.limit);
            if left.remaining == 0 {
                return problem(what, says).then(&format!("Resume in {again}."));
            }
            let few = left.remaining * 100 < left.limit * FEW;
            if few { notice(what, says).then("Something else uses the same credential.") } else { fine(what, says) }
        };
        let mut findings = vec![one("REST calls", &limits.resources.core)];
        findings.extend(limits.resources.graphql.iter().map(|left| one("GraphQL points", left)));
        findings
    }

    /// What is left by our own count of writes.
    pub(super) fn examine_content_budget(&self) -> Finding {
        let spent = self.client.budget().spent();
        let now = self.client.now();
        let says = format!(
            "{} of {} in the last minute and {} of {} in the last hour",
            spent.minute, spent.limits.per_minute, spent.hour, spent.limits.per_hour
        );
        match spent.blocked {
            Some(end) => Finding {
                state: FindingState::Notice,
                hint: Some(format!("GitHub asked to wait: the next goes out in {}.", until(end, now))),
                ..fine("writes", says)
            },
            None => fine("writes", format!("{says} (counted in `{}`)", spent.path)),
        }
    }
}

fn kind(credential: &Credential) -> &'static str {
    let Credential::Token { secret, .. } = credential else { return "a GitHub App's installation" };
    match secret.expose() {
        token if token.starts_with("ghp_") => "a classic token",
        token if token.starts_with("github_pat_") => "a fine-grained token",
        token if token.starts_with("gho_") => "a token of an OAuth app",
        token if token.starts_with("ghu_") => "a person's token of a GitHub App",
        token if token.starts_with("ghs_") => "an installation's token, as in GitHub Actions",
        _ => "a token",
    }
}

/// When the token ends, if GitHub tells: `2026-12-01 00:00:00 UTC`, or with an offset.
fn end(reply: &Reply) -> Option<Timestamp> {
    let text = reply.header("github-authentication-token-expiration")?.trim().replace(" UTC", " +0000");
    jiff::fmt::strtime::parse("%Y-%m-%d %H:%M:%S %z", &text).ok()?.to_timestamp().ok()
}

/// What a classic token may do; of others GitHub does not tell.
fn scopes(reply: &Reply, is_public: bool, credential: &Credential, renewal: &str) -> Finding {
    let Some(scopes) = reply.header("x-oauth-scopes") else {
        let needs = "“Contents”, “Pull requests” and “Issues” for writing, “Actions” and “Checks” to run checks again";
        return match credential {
            Credential::App(_) => notice("permissions", "GitHub does not tell what the App may do".to_owned()),
            Credential::Token { .. } => notice("permissions", "GitHub does not tell what the token may do".to_owned()),
        }
        .then(&format!("It needs {needs}."));
    };
    let has: Vec<&str> = scopes.split(',').map(str::trim).filter(|scope| !scope.is_empty()).collect();
    let says = if has.is_empty() { "the token has none".to_owned() } else { has.join(", ") };
    let enough = has.contains(&"repo") || is_public && has.contains(&"public_repo");
    if enough {
        let sees_teams = ["read:org", "write:org", "admin:org"].iter().any(|scope| has.contains(scope));
        return if sees_teams {
            fine("scopes", says)
        } else {
            let hint = "To wait for a team's review it also needs the scope `read:org`.";
            notice("scopes", says).then(hint)
        };
    }
    let needed = if is_public { "`public_repo` or `repo`" } else { "`repo`" };
    problem("scopes", says).then(&format!("Give the token the scope {needed}, or: {renewal}"))
}

#[cfg(test)]
mod tests {
    use http::HeaderMap;
    use http::header::HeaderValue;

    use super::*;

    #[test]
    fn the_end_of_a_token_is_read_in_both_spellings() {
        for text in ["2026-12-01 10:00:00 UTC", "2026-12-01 12:00:00 +0200"] {
            let mut headers = HeaderMap::new();
            headers.insert("github-authentication-token-expiration", HeaderValue::from_static(text));
            let reply = Reply { status: 200, headers, body: Vec::new() };
            assert_eq!(end(&reply), Some("2026-12-01T10:00:00Z".parse().unwrap()), "{text}");
        }
    }
}
