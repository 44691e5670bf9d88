//! How GitHub says that it is too much:
//! <https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api#exceeding-the-rate-limit>.
//! Pure.

use std::time::Duration;

use jiff::Timestamp;
use jiff::fmt::rfc2822;
use serde_json::Value;

use super::super::budget::{Resource, Told};
use super::http::Reply;

/// What is asked of us where the moment at which a limit ends is not told.
const UNTOLD: Duration = Duration::from_mins(1);

/// What lies between the end of a limit and the next call, for clocks that do not agree to the second.
const MARGIN: Duration = Duration::from_secs(1);

/// Whether this answer is a refusal because of a limit, and what it asks for.
pub(super) fn refused(reply: &Reply, now: Timestamp) -> Option<Told> {
    let text = String::from_utf8_lossy(&reply.body).to_lowercase();
    let wait = retry_after(reply);
    match reply.status {
        403 | 429 => {
            let spoken = ["secondary rate limit", "abuse detection", "api rate limit exceeded", "too many requests"];
            let limited = reply.status == 429
                || wait.is_some()
                || spoken.iter().any(|words| text.contains(words))
                || is_spent(reply) && text.contains("rate limit");
            limited.then(|| match spent(reply, now) {
                Some(spent) if wait.is_none() && !text.contains("secondary") => spent,
                _ => Told::Slower(wait),
            })
        }
        // GraphQL says it in an answer that looks like any other.
        200 if text.contains("rate_limit") || text.contains("secondary rate limit") => {
            let body = reply.json()?;
            let errors = body.get("errors")?.as_array()?;
            let says =
                |error: &Value, key: &str| error.get(key).and_then(Value::as_str).unwrap_or_default().to_lowercase();
            if errors.iter().any(|error| says(error, "message").contains("secondary rate limit")) {
                return Some(Told::Slower(wait));
            }
            let limited =
                errors.iter().any(|error| matches!(says(error, "type").as_str(), "rate_limited" | "rate_limit"));
            limited.then(|| spent(reply, now).unwrap_or(Told::Spent(Resource::Graphql, wait.unwrap_or(UNTOLD))))
        }
        _ => None,
    }
}

/// Whether this answer, whatever else it says, was the last that the hour allows.
pub(super) fn spent(reply: &Reply, now: Timestamp) -> Option<Told> {
    if !is_spent(reply) {
        return None;
    }
    let resource = match reply.header("x-ratelimit-resource") {
        Some("graphql") => Resource::Graphql,
        // Other resources, such as search, are limited apart from what is used here.
        Some("core") | None => Resource::Core,
        Some(_) => return None,
    };
    let reset: Option<i64> = reply.header("x-ratelimit-reset").and_then(|seconds| seconds.parse().ok());
    let reset = reset.and_then(|second| Timestamp::from_second(second).ok());
    // By GitHub's own clock, since ours may be off.
    let sent = reply.header("date").and_then(|date| rfc2822::parse(&date.replace("GMT", "+0000")).ok());
    let now = sent.map_or(now, |date| date.timestamp());
    let wait = reset.map(|reset| Duration::try_from(reset.duration_since(now)).unwrap_or_default());
    Some(Told::Spent(resource, wait.unwrap_or(UNTOLD).min(Duration::from_hours(1)) + MARGIN))
}

fn is_spent(reply: &Reply) -> bool {
    reply.header("x-ratelimit-remaining") == Some("0")
}

fn retry_after(reply: &Reply) -> Option<Duration> {
    let seconds: u64 = reply.header("retry-after")?.trim().parse().ok()?;
    Some(Duration::from_secs(seconds.max(1)))
}

#[cfg(test)]
mod tests {
    use http::HeaderMap;
    use http::header::{HeaderName, HeaderValue};

    use super::*;

    fn reply(status: u16, headers: &[(&str, &str)], body: &str) -> Reply {
        let pair =
            |(name, value): &(&str, &str)| (name.parse::<HeaderName>().unwrap(), HeaderValue::from_str(value).unwrap());
        Reply { status, headers: headers.iter().map(pair).collect::<HeaderMap>(), body: body.as_bytes().to_vec() }
    }

    fn now() -> Timestamp {
        "2026-11-22T12:00:00Z".parse().unwrap()
    }

    #[test]
    fn each_way_of_saying_it_is_understood() {
        let seconds = Duration::from_secs;
        let secondary = r#"{"message":"You have exceeded a secondary rate limit. Please wait a few minutes."}"#;
        let primary = r#"{"message":"API rate limit exceeded for user ID 1."}"#;
        let at_12_10 = [("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "1795349400")];
        let graphql = r#"{"errors":[{"type":"RATE_LIMITED","message":"API rate limit exceeded"}]}"#;
        let none = r#"{"message":"Resource not accessible by integration"}"#;
        let cases = [
            (reply(403, &[("retry-after", "45")], secondary), Some(Told::Slower(Some(seconds(45))))),
            (reply(429, &[], ""), Some(Told::Slower(None))),
            (reply(403, &[], secondary), Some(Told::Slower(None))),
            (reply(403, &at_12_10, secondary), Some(Told::Slower(None))),
            (reply(403, &at_12_10, primary), Some(Told::Spent(Resource::Core, seconds(601)))),
            (reply(403, &[], primary), Some(Told::Slower(None))),
            (reply(200, &[], graphql), Some(Told::Spent(Resource::Graphql, seconds(60)))),
            (reply(403, &[], none), None),
            (reply(403, &[("x-ratelimit-remaining", "0")], none), None),
            (reply(200, &[], r#"{"data":{"a":{"title":"rate_limit"}}}"#), None),
            (reply(422, &[], secondary), None),
        ];
        for (reply, told) in cases {
            assert_eq!(refused(&reply, now()), told, "{reply:?}");
        }
    }

    #[test]
    fn the_last_call_of_an_hour_is_seen_before_one_is_refused() {
        let last =
            [("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "1795349400"), ("x-ratelimit-resource", "graphql")];
        let told = |headers: &[(&str, &str)]| spent(&reply(200, headers, "{}"), now());
        assert_eq!(told(&last), Some(Told::Spent(Resource::Graphql, Duration::from_secs(601))));
        let by_its_clock = [&last[..], &[("date", "Sun, 22 Nov 2026 12:09:00 GMT")]].concat();
        assert_eq!(told(&by_its_clock), Some(Told::Spent(Resource::Graphql, Duration::from_secs(61))));
        assert_eq!(told(&[("x-ratelimit-remaining", "1")]), None);
        assert_eq!(told(&[("x-ratelimit-remaining", "0"), ("x-ratelimit-resource", "search")]), None);
    }
}
