//! Budgets: so many requests an hour, so many points, and the limits on creating content that only
//! show when they are exceeded.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::answer::Answer;

/// What GitHub says where a secondary limit is exceeded.
pub(crate) const SECONDARY: &str = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again. \
If you reach out to GitHub Support for help, please include the request ID.";

/// What it says where content was created too quickly.
const CONTENT: &str = "You have exceeded a secondary rate limit and have been temporarily blocked from content creation. \
Please retry your request again later.";

/// One hour's budget.
#[derive(Clone, Debug)]
struct Budget {
    used: u64,
    reset: Timestamp,
}

/// How much there is, and how much each credential has used.
#[derive(Debug)]
pub(crate) struct Limits {
    /// Requests to REST in an hour.
    pub(crate) core: u64,
    /// Points of GraphQL in an hour.
    pub(crate) graphql: u64,
    /// Writes in a minute and in an hour; `None` does not enforce them.
    pub(crate) content: Option<(usize, usize)>,
    budgets: BTreeMap<(String, &'static str), Budget>,
    writes: BTreeMap<String, Vec<Timestamp>>,
    /// How often content was refused.
    pub(crate) exceeded: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            core: 5000,
            graphql: 5000,
            content: None,
            budgets: BTreeMap::new(),
            writes: BTreeMap::new(),
            exceeded: 0,
        }
    }
}

impl Limits {
    fn limit(&self, key: &str, resource: &str) -> u64 {
        match resource {
            "graphql" => self.graphql,
            _ if key == "anonymous" => self.core.min(60),
            _ => self.core,
        }
    }

    fn budget(&mut self, key: &str, resource: &'static str, now: Timestamp) -> &mut Budget {
        let fresh = Budget { used: 0, reset: now + Duration::from_hours(1) };
        let budget = self.budgets.entry((key.to_owned(), resource)).or_insert_with(|| fresh.clone());
        if budget.reset <= now {
            *budget = fresh;
        }
        budget
    }

    /// Takes from a budget, or says that it is used up.
    pub(crate) fn spend(&mut self, key: &str, resource: &'static str, cost: u64, now: Timestamp) -> Result<(), Answer> {
        let limit = self.limit(key, resource);
        let budget = self.budget(key, resource, now);
        if budget.used + cost > limit {
            let message = format!(
                "API rate limit exceeded for {key_name}.",
                key_name = if key == "anonymous" { "127.0.0.1" } else { "user ID 1001" }
            );
            // GraphQL tells it with 200 and an error, REST with 403.
            return Err(if resource == "graphql" {
                Answer::ok(json!({ "errors": [{ "type": "RATE_LIMITED", "message": message }] }))
            } else {
                Answer::forbidden(&message)
            });
        }
        budget.used += cost;
        Ok(())
    }

    /// Gives back what an answer cost that said nothing new.
    pub(crate) fn refund(&mut self, key: &str, resource: &'static str, now: Timestamp) {
        let budget = self.budget(key, resource, now);
        budget.used = budget.used.saturating_sub(1);
    }

    /// Counts a write, or refuses it where content is created too quickly.
    pub(crate) fn create(&mut self, key: &str, now: Timestamp) -> Result<(), Answer> {
        let Some((a_minute, an_hour)) = self.content else { return Ok(()) };
        let writes = self.writes.entry(key.to_owned()).or_default();
        writes.retain(|at| now.duration_since(*at).as_secs() < 3600);
        let since = |seconds: i64| writes.iter().filter(move |at| now.duration_since(**at).as_secs() < seconds);
        // As many as allowed are in the window: it opens when the first of them leaves it.
        let opens = |seconds: i64, allowed: usize| {
            let over = (since(seconds).count() + 1).checked_sub(allowed).filter(|over| *over > 0)?;
            let leaving = since(seconds).nth(over - 1);
            Some(leaving.map_or(seconds, |at| seconds - now.duration_since(*at).as_secs()))
        };
        let Some(wait) = opens(60, a_minute).or_else(|| opens(3600, an_hour)) else {
            writes.push(now);
            return Ok(());
        };
        self.exceeded += 1;
        Err(Answer::forbidden(CONTENT).with("retry-after", wait.max(1).to_string()))
    }

    /// The headers that tell how much is left.
    pub(crate) fn headers(&mut self, key: &str, resource: &'static str, now: Timestamp) -> Vec<(&'static str, String)> {
        let limit = self.limit(key, resource);
        let budget = self.budget(key, resource, now);
        vec![
            ("x-ratelimit-limit", limit.to_string()),
            ("x-ratelimit-remaining", limit.saturating_sub(budget.used).to_string()),
            ("x-ratelimit-used", budget.used.to_string()),
            ("x-ratelimit-reset", budget.reset.as_second().to_string()),
            ("x-ratelimit-resource", resource.to_owned()),
        ]
    }

    /// One budget as `GET /rate_limit` and GraphQL's `rateLimit` tell it: limit, used, remaining, reset.
    pub(crate) fn tell(&mut self, key: &str, resource: &'static str, now: Timestamp) -> (u64, u64, u64, Timestamp) {
        let limit = self.limit(key, resource);
        let budget = self.budget(key, resource, now);
        (limit, budget.used, limit.saturating_sub(budget.used), budget.reset)
    }

    /// One budget as JSON of REST.
    pub(crate) fn view(&mut self, key: &str, resource: &'static str, now: Timestamp) -> Value {
        let (limit, used, remaining, reset) = self.tell(key, resource, now);
        json!({ "limit": limit, "used": used, "remaining": remaining, "reset": reset.as_second(), "resource": resource })
    }
}
