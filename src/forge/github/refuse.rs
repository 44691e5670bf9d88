//! Reads a refusal from an answer: which of GitHub's many ways to say no it is. Pure.

use serde_json::Value;

use super::http::Reply;
use super::refusal::GitHubError;

/// How much of an answer that is not GitHub's is shown.
const START: usize = 80;

/// Who asked for what: for messages.
#[derive(Debug, Clone)]
pub(super) struct Asker<'a> {
    /// The credential in words.
    pub(super) credential: &'a str,
    /// How to put another in its place.
    pub(super) renewal: &'a str,
    /// `OWNER/NAME`.
    pub(super) repository: &'a str,
    pub(super) host: &'a str,
    /// The permission that the request needs.
    pub(super) needs: &'a str,
    /// Whether the credential is known to see the repository.
    pub(super) sees: bool,
}

/// What an answer that is no success says.
pub(super) fn refuse(reply: &Reply, asker: &Asker<'_>) -> GitHubError {
    let Some(body) = reply.json().filter(Value::is_object) else { return not_github(reply, asker) };
    let message = message(&body);
    let credential = || asker.credential.to_owned();
    match reply.status {
        401 => GitHubError::Unauthorized { credential: credential(), message, renewal: asker.renewal.to_owned() },
        403 if reply.header("x-github-sso").is_some() || message.contains("SAML enforcement") => {
            let url = reply.header("x-github-sso").and_then(|value| value.split_once("url="));
            GitHubError::SingleSignOn { credential: credential(), url: url.map(|(_, url)| url.trim().to_owned()) }
        }
        403 if message.contains("archived") => GitHubError::Archived(asker.repository.to_owned()),
        403 => GitHubError::Forbidden { credential: credential(), message, needs: needs(reply, asker) },
        404 if asker.sees => GitHubError::Forbidden {
            credential: credential(),
            message: "GitHub answers as if it were not there (404)".to_owned(),
            needs: needs(reply, asker),
        },
        404 => GitHubError::RepositoryUnknown { repository: asker.repository.to_owned(), credential: credential() },
        400 | 422 => GitHubError::Invalid(message),
        status => GitHubError::Refused { status, message },
    }
}

/// An answer that is not JSON at all.
pub(super) fn not_github(reply: &Reply, asker: &Asker<'_>) -> GitHubError {
    let text = String::from_utf8_lossy(&reply.body);
    let words: Vec<&str> = text.split_whitespace().collect();
    let text = words.join(" ");
    let start = match text.char_indices().nth(START) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None if text.is_empty() => "nothing".to_owned(),
        None => text,
    };
    GitHubError::NotGitHub { host: asker.host.to_owned(), status: reply.status, start }
}

/// The permission that GitHub names in the answer, or else the one we know it needs.
fn needs(reply: &Reply, asker: &Asker<'_>) -> String {
    let named = |header| reply.header(header).map(str::trim).filter(|value| !value.is_empty());
    if let Some(permissions) = named("x-accepted-github-permissions") {
        return format!("the permission {}", permissions.split(';').next().unwrap_or(permissions).replace('=', ": "));
    }
    match (named("x-accepted-oauth-scopes"), reply.header("x-oauth-scopes").map(str::trim)) {
        (Some(accepted), Some("")) => format!("one of the scopes `{accepted}`; it has none"),
        (Some(accepted), Some(has)) => format!("one of the scopes `{accepted}`; it has `{has}`"),
        _ => asker.needs.to_owned(),
    }
}

/// The messages of an answer in GitHub's words: those of its single errors where it has some.
pub(super) fn message(body: &Value) -> String {
    let text = |value: &Value, key: &str| value.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    let of_error = |error: &Value| {
        if let Some(sentence) = error.as_str() {
            return sentence.to_owned();
        }
        let (message, field, code) = (text(error, "message"), text(error, "field"), text(error, "code"));
        match (message.as_str(), field.as_str(), code.as_str()) {
            ("", "", "") => error.to_string(),
            ("", field, "missing_field") => format!("{field} is missing"),
            ("", field, "already_exists") => format!("{field} exists already"),
            ("", field, code) => format!("{field} is {code}"),
            (message, _, _) => message.to_owned(),
        }
    };
    let errors: Vec<String> = match body.get("errors") {
        Some(Value::Array(errors)) => errors.iter().map(of_error).collect(),
        Some(Value::String(error)) => vec![error.clone()],
        _ => Vec::new(),
    };
    if errors.is_empty() { text(body, "message") } else { errors.join("; ") }
}

/// Whether one of an answer's errors is about this field.
pub(super) fn is_about(body: &Value, field: &str) -> bool {
    let errors = body.get("errors").and_then(Value::as_array);
    errors.is_some_and(|errors| errors.iter().any(|error| error.get("field").and_then(Value::as_str) == Some(field)))
}

#[cfg(test)]
mod tests {
    use http::HeaderMap;
    use http::header::{HeaderName, HeaderValue};
    use serde_json::json;

    use super::*;

    fn said(status: u16, headers: &[(&str, &str)], body: &str, sees: bool) -> String {
        let pair =
            |(name, value): &(&str, &str)| (name.parse::<HeaderName>().unwrap(), HeaderValue::from_str(value).unwrap());
        let headers = headers.iter().map(pair).collect::<HeaderMap>();
        let asker = Asker {
            credential: "the token in GITHUB_TOKEN",
            renewal: "Set GITHUB_TOKEN to a new token.",
            repository: "acme/connectors",
            host: "api.github.com",
            needs: "the permission “Pull requests: write” (a classic token: the scope `repo`)",
            sees,
        };
        let error = refuse(&Reply { status, headers, body: body.as_bytes().to_vec() }, &asker);
        format!("{status}: {error}\n  {}", error.hint().unwrap_or_default())
    }

    #[test]
    fn each_answer_is_told_apart() {
        let told = |message: &str| json!({ "message": message }).to_string();
        let validation = json!({
            "message": "Validation Failed",
            "errors": [
                { "resource": "PullRequest", "code": "custom", "message": "A pull request already exists for acme:a." },
                { "resource": "PullRequest", "field": "base", "code": "invalid" },
                { "resource": "Issue", "field": "title", "code": "missing_field" },
                "Could not resolve to a node",
            ],
        });
        let sso = [("x-github-sso", "required; url=https://github.com/orgs/acme/sso?authorization_request=A")];
        let scopes = [("x-accepted-oauth-scopes", "repo, public_repo"), ("x-oauth-scopes", "read:org")];
        let no_scopes = [("x-accepted-oauth-scopes", "repo"), ("x-oauth-scopes", "")];
        let fine = [("x-accepted-github-permissions", "pull_requests=write")];
        let all = [
            said(401, &[], &told("Bad credentials"), true),
            said(403, &sso, &told("Resource protected by organization SAML enforcement."), true),
            said(403, &[], &told("Resource protected by organization SAML enforcement."), true),
            said(403, &scopes, &told("Must have admin rights to Repository."), true),
            said(403, &no_scopes, &told("Must have push access"), true),
            said(403, &fine, &told("Resource not accessible by personal access token"), true),
            said(403, &[], &told("Resource not accessible by integration"), true),
            said(403, &[], &told("Repository was archived so is read-only."), true),
            said(404, &[], &told("Not Found"), false),
            said(404, &[], &told("Not Found"), true),
            said(410, &[], &told("Issues has been disabled in this repository."), true),
            said(422, &[], &validation.to_string(), true),
            said(400, &[], &told("Problems parsing JSON"), true),
            said(200, &[], "<!DOCTYPE html>\n<html><title>Sign in</title>", true),
            said(407, &[], "", true),
        ];
        insta::assert_snapshot!(all.join("\n"), @r"
        401: GitHub does not accept the token in GITHUB_TOKEN: Bad credentials
          It has expired, was revoked, or is cut off. Set GITHUB_TOKEN to a new token.
        403: the token in GITHUB_TOKEN is not authorised for the single sign-on of the organisation
          Authorise it at https://github.com/orgs/acme/sso?authorization_request=A, then resume.
        403: the token in GITHUB_TOKEN is not authorised for the single sign-on of the organisation
          Authorise it for the organisation in your token settings (Configure SSO), then resume.
        403: the token in GITHUB_TOKEN may not do this: Must have admin rights to Repository.
          It needs one of the scopes `repo, public_repo`; it has `read:org`. Give it that, then resume.
        403: the token in GITHUB_TOKEN may not do this: Must have push access
          It needs one of the scopes `repo`; it has none. Give it that, then resume.
        403: the token in GITHUB_TOKEN may not do this: Resource not accessible by personal access token
          It needs the permission pull_requests: write. Give it that, then resume.
        403: the token in GITHUB_TOKEN may not do this: Resource not accessible by integration
          It needs the permission “Pull requests: write” (a classic token: the scope `repo`). Give it that, then resume.
        403: the repository acme/connectors is archived: nothing in it can be changed
          Ask an administrator to unarchive it.
        404: there is no repository acme/connectors, or the token in GITHUB_TOKEN cannot see it
          Look at the remote's address, and whether the token's access covers this repository.
        404: the token in GITHUB_TOKEN may not do this: GitHub answers as if it were not there (404)
          It needs the permission “Pull requests: write” (a classic token: the scope `repo`). Give it that, then resume.
        410: GitHub refuses (status 410): Issues has been disabled in this repository.
          
        422: GitHub does not take this: A pull request already exists for acme:a.; base is invalid; title is missing; Could not resolve to a node
          Change the `with:` of the step.
        400: GitHub does not take this: Problems parsing JSON
          Change the `with:` of the step.
        200: something that is not GitHub's interface answers at api.github.com (status 200): <!DOCTYPE html> <html><title>Sign in</title>
          A proxy or a sign-in page stands in between: look at the network.
        407: something that is not GitHub's interface answers at api.github.com (status 407): nothing
          A proxy or a sign-in page stands in between: look at the network.
        ");
    }
}
