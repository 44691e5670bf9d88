//! Completing a pull request: what is missing of labels, people and milestone, and what of title and text is ours and
//! out of date. At most two writes, and none where nothing is missing.

use http::Method;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::super::body::{Found, Revision, revise};
use super::super::{ForgeError, NewPullRequest, PullRequest, PullRequestState};
use super::Inner;
use super::facts::pages;
use super::http::{Reply, Request};
use super::open::PULLS;
use super::pull::Part;
use super::refusal::GitHubError;
use super::refuse::{is_about, refuse};

const ISSUES: &str = "the permissions “Pull requests: write” and “Issues: write” (a classic token: the scope `repo`)";

#[derive(Deserialize)]
struct Requested {
    teams: Vec<Team>,
}

#[derive(Deserialize)]
struct Team {
    slug: String,
}

impl Inner {
    /// Brings a pull request to what is wanted; what it is now is looked up first, because people may have changed it.
    pub(super) async fn update(&self, found: &PullRequest, wanted: &NewPullRequest) -> Result<PullRequest, ForgeError> {
        let (mut now, reviewed) = match self.pull(found.number, Part::People).await {
            Ok(node) => {
                let reviewed = node.reviewed_by().map(str::to_owned).collect();
                (self.told(node), reviewed)
            }
            // Reads may be a moment behind the write that opened it.
            Err(ForgeError::NotFound(_)) => (found.clone(), Vec::new()),
            Err(error) => return Err(error),
        };
        self.change_issue(&mut now, wanted).await?;
        self.request_reviews(&mut now, &reviewed, &wanted.reviewers, &wanted.teams).await?;
        Ok(now)
    }

    /// Asks for reviews, as far as that has not been done.
    pub(super) async fn ask_for_reviews(
        &self,
        number: u64,
        people: &[String],
        teams: &[String],
    ) -> Result<(), ForgeError> {
        let node = self.pull(number, Part::People).await?;
        let reviewed: Vec<String> = node.reviewed_by().map(str::to_owned).collect();
        let mut now = self.told(node);
        if now.state != PullRequestState::Open {
            return Ok(());
        }
        self.request_reviews(&mut now, &reviewed, people, teams).await
    }

    /// Labels, assignees, milestone, title and text: one write.
    async fn change_issue(&self, now: &mut PullRequest, wanted: &NewPullRequest) -> Result<(), ForgeError> {
        let mut change = Map::new();
        let missing = missing(&now.labels, &wanted.labels);
        if !missing.is_empty() {
            now.labels.extend(self.known.labels(&self.client, &missing).await?);
            change.insert("labels".to_owned(), json!(now.labels));
        }
        let assignees = self::missing(&now.assignees, &wanted.assignees);
        if !assignees.is_empty() {
            now.assignees.extend(assignees.clone());
            change.insert("assignees".to_owned(), json!(now.assignees));
        }
        if let (None, Some(milestone)) = (&now.milestone, &wanted.milestone) {
            change.insert("milestone".to_owned(), self.known.milestone(&self.client, milestone).await?.into());
            now.milestone = Some(milestone.clone());
        }
        let there = Found { title: &now.title, body: &now.body };
        let Revision { title, body } = revise(there, &wanted.title, &wanted.body, &wanted.mark);
        if let Some(title) = title {
            change.insert("title".to_owned(), title.clone().into());
            now.title = title;
        }
        if let Some(body) = body {
            change.insert("body".to_owned(), body.clone().into());
            now.mark = super::super::Mark::parse(&body);
            now.body = body;
        }
        if change.is_empty() {
            return Ok(());
        }
        self.known.writable(&self.client).await?;
        let target = format!("/repos/{}/issues/{}", self.client.repository(), now.number);
        let reply = self.client.write(&Request::new(Method::PATCH, target, Value::Object(change))).await?;
        match reply.status {
            200 => {}
            404 | 410 => return Err(ForgeError::NotFound(now.number)),
            422 if is_about(&reply.json().unwrap_or_default(), "assignees") => {
                return Err(GitHubError::AssigneesUnknown(refused_assignees(&reply, assignees)).into());
            }
            _ => return Err(refuse(&reply, &self.client.asker(ISSUES)).into()),
        }
        // Whom nothing can be assigned to here, GitHub passes over without a word.
        let assigned = reply.json().and_then(|body| logins(body.get("assignees")?));
        let refused: Vec<String> = match assigned {
            Some(assigned) => self::missing(&assigned, &assignees),
            None => Vec::new(),
        };
        if refused.is_empty() { Ok(()) } else { Err(GitHubError::AssigneesUnknown(refused).into()) }
    }

    /// People and teams that have not been asked and have not looked yet: one write.
    async fn request_reviews(
        &self,
        now: &mut PullRequest,
        reviewed: &[String],
        people: &[String],
        teams: &[String],
    ) -> Result<(), ForgeError> {
        if !self.client.sees_teams() && !teams.is_empty() {
            now.teams = self.requested_teams(now.number).await?;
        }
        let reviewers: Vec<String> = missing(&now.reviewers, &missing(reviewed, people));
        let teams = missing(&now.teams, teams);
        if reviewers.is_empty() && teams.is_empty() {
            return Ok(());
        }
        self.look_at_people(&reviewers).await?;
        self.known.writable(&self.client).await?;
        let target = format!("/repos/{}/pulls/{}/requested_reviewers", self.client.repository(), now.number);
        let mut body = Map::new();
        for (key, names) in [("reviewers", &reviewers), ("team_reviewers", &teams)] {
            if !names.is_empty() {
                body.insert(key.to_owned(), json!(names));
            }
        }
        let reply = self.client.write(&Request::new(Method::POST, target, Value::Object(body))).await?;
        match reply.status {
            200 | 201 => {
                now.reviewers.extend(reviewers);
                now.teams.extend(teams);
                Ok(())
            }
            404 => Err(ForgeError::NotFound(now.number)),
            422 => match refuse(&reply, &self.client.asker(PULLS)) {
                GitHubError::Invalid(message) => Err(self.who_cannot_review(&reviewers, &teams, message).await),
                error => Err(error.into()),
            },
            _ => Err(refuse(&reply, &self.client.asker(PULLS)).into()),
        }
    }

    /// The teams that are asked, by the interface that tells them to every token.
    async fn requested_teams(&self, number: u64) -> Result<Vec<String>, ForgeError> {
        let target = format!("/repos/{}/pulls/{number}/requested_reviewers", self.client.repository());
        let reply = self.client.read(&Request::get(target)).await?;
        let asked: Requested = self.client.parse(&reply, PULLS)?;
        Ok(asked.teams.into_iter().map(|team| team.slug).collect())
    }

    /// Whoever opens a pull request cannot review it.
    pub(super) async fn look_at_people(&self, reviewers: &[String]) -> Result<(), ForgeError> {
        if reviewers.is_empty() {
            return Ok(());
        }
        let viewer = &self.known.facts(&self.client).await?.viewer;
        match reviewers.iter().find(|reviewer| reviewer.eq_ignore_ascii_case(viewer)) {
            Some(author) => Err(GitHubError::ReviewerIsAuthor(author.clone()).into()),
            None => Ok(()),
        }
    }

    /// GitHub says that some cannot be asked, but not who: each is looked at.
    async fn who_cannot_review(&self, reviewers: &[String], teams: &[String], message: String) -> ForgeError {
        let mut who = Vec::new();
        for reviewer in reviewers {
            let target = format!("/repos/{}/collaborators/{reviewer}", self.client.repository());
            match self.client.read(&Request::get(target)).await {
                Ok(reply) if reply.status == 404 => who.push(reviewer.clone()),
                Ok(_) => {}
                Err(error) => return error,
            }
        }
        if !teams.is_empty() {
            let known: Vec<Team> = match pages(&self.client, "teams?per_page=100").await {
                Ok(known) => known,
                Err(error) => return error,
            };
            let known: Vec<String> = known.into_iter().map(|team| team.slug).collect();
            who.extend(missing(&known, teams).into_iter().map(|team| format!("team {team}")));
        }
        if who.is_empty() {
            // What could not be told apart is named as a whole.
            who = reviewers.iter().cloned().chain(teams.iter().map(|team| format!("team {team}"))).collect();
        }
        GitHubError::ReviewersUnknown { who, message }.into()
    }
}

/// What of `wanted` is not there; GitHub tells names apart without regard to case.
fn missing(there: &[String], wanted: &[String]) -> Vec<String> {
    let mut missing: Vec<String> = Vec::new();
    for one in wanted {
        if !there.iter().chain(&missing).any(|other| other.to_lowercase() == one.to_lowercase()) {
            missing.push(one.clone());
        }
    }
    missing
}

/// Whom GitHub names in its refusal, or else all who were to be assigned.
fn refused_assignees(reply: &Reply, all: Vec<String>) -> Vec<String> {
    let body = reply.json().unwrap_or_default();
    let errors = body.get("errors").and_then(Value::as_array).into_iter().flatten();
    let values = errors.filter_map(|error| error.get("value")).flat_map(|value| match value {
        Value::Array(values) => values.clone(),
        value => vec![value.clone()],
    });
    let named: Vec<String> = values.filter_map(|value| value.as_str().map(str::to_owned)).collect();
    let named: Vec<String> = all.iter().filter(|one| named.contains(one)).cloned().collect();
    if named.is_empty() { all } else { named }
}

fn logins(value: &Value) -> Option<Vec<String>> {
    Some(value.as_array()?.iter().filter_map(|one| one.get("login")?.as_str().map(str::to_owned)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_there_in_another_spelling_is_not_missing() {
        let own = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        assert_eq!(missing(&own(&["Migration"]), &own(&["migration", "Wave 1", "wave 1"])), ["Wave 1"]);
    }
}
