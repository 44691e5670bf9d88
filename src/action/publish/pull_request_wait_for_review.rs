//! `pull-request.wait-for-review`: waits until those have approved who have to.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::action::approval::{Approvals, Asked, Needs, asks_for_changes, names_author, owned_by_addresses};
use crate::action::pull_request::{self, Found, find};
use crate::action::{Action, Description, Look, PublishError, Published, Publishing, unchanged};
use crate::base::{RepoPath, sentence_list};
use crate::connector::Patterns;
use crate::event::{Failure, FailureClass, StepResult, Waiting, WaitsFor};
use crate::forge::{PullRequest, Standing};
use crate::owners::{CodeOwners, PLACES};
use crate::workflow::OutputSpec;

/// What `pull-request.wait-for-review` takes.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct With {
    /// Accounts that all have to approve.
    #[serde(default)]
    people: Vec<String>,
    /// Teams of each of which somebody has to approve, as `organisation/team`.
    #[serde(default)]
    teams: Vec<String>,
    /// How many have to approve, whoever they are.
    #[serde(default = "one")]
    approvals: usize,
    /// Whether an owner of every changed file has to approve, by the CODEOWNERS file of the base.
    #[serde(default)]
    code_owners: bool,
    /// Who has to approve besides where a file is new.
    #[serde(default)]
    when_added: Vec<WhenAdded>,
    /// Whether only approvals of the last commit count.
    #[serde(default)]
    of_last_push: bool,
    /// Whether those whose approval is missing are asked for a review, once, where nobody has asked them yet. The forge
    /// tells in which team's name a review is given only if the team was asked.
    #[serde(default = "yes")]
    ask: bool,
}

/// Approvals that are needed where a file is new.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct WhenAdded {
    /// The file, by its path below the connector's directory; a glob.
    path: String,
    /// Accounts that all have to approve.
    #[serde(default)]
    people: Vec<String>,
    /// Teams of each of which somebody has to.
    #[serde(default)]
    teams: Vec<String>,
}

fn one() -> usize {
    1
}

fn yes() -> bool {
    true
}

/// The action.
pub fn action() -> Action {
    let description = Description {
        name: "pull-request.wait-for-review",
        summary: "Asks those for a review who have to approve the unit's pull request, and waits until they have: \
                  people, teams, owners of the changed files, and others where a certain file is new.",
        outputs: vec![OutputSpec { name: "approvers", kind: "array", description: "Who has approved." }],
        example: "uses: pull-request.wait-for-review\nwith:\n  code-owners: true\n  when-added:\n    - { path: build_customization.py, teams: [octo/hooks] }",
    };
    let preview = |_: &With| "wait for a review".to_owned();
    Action::publish(description, preview, |with: With, publishing| Box::pin(ask(with, publishing)))
        .looking(|with: With, publishing| Box::pin(look(with, publishing)))
}

/// Approving is for people: there is nothing to do but look, and to ask those once whom nobody has asked.
async fn look(with: With, publishing: Publishing<'_>) -> Result<Look, PublishError> {
    let seen = see(&with, publishing).await?;
    // Who takes themselves off the list afterwards is not put there again.
    let asks = publishing.acted == 0 && !seen.asked.is_nobody();
    Ok(if asks { Look::Act } else { Look::Settled(seen.settled) })
}

async fn ask(with: With, publishing: Publishing<'_>) -> Result<Published, PublishError> {
    let seen = see(&with, publishing).await?;
    if !seen.asked.is_nobody() {
        let Asked { people, teams } = &seen.asked;
        publishing.forge.ask_for_reviews(publishing.number()?, people, teams).await?;
    }
    Ok(seen.settled)
}

/// What a look at the pull request shows.
struct Seen {
    settled: Published,
    /// Who is still to be asked.
    asked: Asked,
}

impl From<Published> for Seen {
    fn from(settled: Published) -> Self {
        Self { settled, asked: Asked::default() }
    }
}

async fn see(with: &With, publishing: Publishing<'_>) -> Result<Seen, PublishError> {
    let (standing, is_merged) = match find(publishing).await? {
        Found::Settled(settled) => return Ok(settled.into()),
        Found::Merged(standing) => (standing, true),
        Found::Open(standing) => (standing, false),
    };
    let head = publishing.head.filter(|_| with.of_last_push);
    let approvals = Approvals::new(&standing.reviews, head);
    if is_merged {
        let result = with_outputs(pull_request::is_merged(&standing), &approvals);
        return Ok(pull_request::merged(&standing, result).into());
    }
    let needs = needs(with, publishing)?;
    refuse_author(&needs, &standing.pull_request)?;
    let settled = judge(&needs, &standing, &approvals);
    let asked = match &settled {
        Published::Waits(_) if with.ask => approvals.to_ask(&needs, &standing.pull_request, &standing.reviews),
        _ => Asked::default(),
    };
    Ok(Seen { settled, asked })
}

/// Nobody approves what is their own: waiting for that would have no end.
fn refuse_author(needs: &Needs, pull_request: &PullRequest) -> Result<(), Failure> {
    let Some(author) = names_author(needs, pull_request) else { return Ok(()) };
    let message = format!("{author} has opened pull request {} and cannot approve it", pull_request.number);
    Err(Failure::new(FailureClass::Unmet, message)
        .cause("who is to approve it has opened it")
        .hint("name somebody else under `people`, or publish with another account's token"))
}

fn judge(needs: &Needs, standing: &Standing, approvals: &Approvals<'_>) -> Published {
    if let Some(who) = asks_for_changes(&standing.reviews) {
        return Waiting::new(WaitsFor::Review, who).into();
    }
    let missing = approvals.missing(needs);
    if missing.is_empty() {
        let people: Vec<&str> = approvals.people().collect();
        let detail = match people.as_slice() {
            [] => "no approval is needed".to_owned(),
            people => format!("approved by {}", sentence_list(people)),
        };
        return with_outputs(unchanged(detail), approvals).into();
    }
    Waiting::new(WaitsFor::Review, missing.join("; ")).into()
}

fn with_outputs(mut result: StepResult, approvals: &Approvals<'_>) -> StepResult {
    result.outputs.insert("approvers".to_owned(), approvals.people().collect::<Vec<_>>().into());
    result
}

/// Everything that the unit's pull request needs.
fn needs(with: &With, publishing: Publishing<'_>) -> Result<Needs, Failure> {
    let named = |names: &[String], reason: Option<&String>| {
        let given = names.iter().map(|name| name.trim()).filter(|name| !name.is_empty());
        given.map(|name| (name.to_owned(), reason.cloned())).collect::<Vec<_>>()
    };
    let mut needs = Needs {
        people: named(&with.people, None),
        teams: named(&with.teams, None),
        any: with.approvals,
        owned: Vec::new(),
    };
    for gate in &with.when_added {
        if let Some(path) = added(&gate.path, publishing)? {
            let reason = format!("because {path} is new");
            needs.people.extend(named(&gate.people, Some(&reason)));
            needs.teams.extend(named(&gate.teams, Some(&reason)));
        }
    }
    if with.code_owners {
        needs.owned = owned(publishing)?;
    }
    Ok(needs)
}

/// The first file that the unit adds and the glob is for, below the connector's directory.
fn added(glob: &str, publishing: Publishing<'_>) -> Result<Option<String>, Failure> {
    let patterns = Patterns::new([glob]).map_err(|error| {
        Failure::new(FailureClass::Expression, error.to_string()).hint("correct the `path` under `when-added`")
    })?;
    let files = publishing.files;
    for (path, file) in files.changes() {
        let Some(inside) = path.below(files.home()) else { continue };
        if file.is_some() && patterns.accept(&[inside]) && files.read_base(path)?.is_none() {
            return Ok(Some(inside.to_owned()));
        }
    }
    Ok(None)
}

/// The owners of every file that the unit changes, by the base's CODEOWNERS.
fn owned(publishing: Publishing<'_>) -> Result<Vec<(String, Vec<crate::owners::Owner>)>, Failure> {
    let files = publishing.files;
    let mut found = None;
    for place in PLACES {
        let place = RepoPath::new(place).expect("the places are paths");
        if let Some(file) = files.read_base(&place)? {
            found = Some(CodeOwners::parse(&String::from_utf8_lossy(&file.bytes)));
            break;
        }
    }
    let Some(owners) = found else {
        let message = format!("the base has no CODEOWNERS file (looked at {})", sentence_list(&PLACES));
        return Err(Failure::new(FailureClass::Unmet, message)
            .cause("the base has no CODEOWNERS file")
            .hint("leave `code-owners` out, or say whose approval is needed with `people` and `teams`"));
    };
    let owned: Vec<_> =
        files.changes().keys().map(|path| (path.to_string(), owners.of(path.as_str()).to_vec())).collect();
    if let Some((path, addresses)) = owned_by_addresses(&owned) {
        let addresses: Vec<String> = addresses.iter().map(ToString::to_string).collect();
        let message = format!("{path} is owned by {}, whose account nobody here knows", sentence_list(&addresses));
        return Err(Failure::new(FailureClass::Unmet, message)
            .cause("CODEOWNERS names an owner by address only")
            .hint("name the account in CODEOWNERS, or leave `code-owners` out and name it under `people`"));
    }
    Ok(owned)
}
