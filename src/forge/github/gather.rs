//! Questions about pull requests that are asked at the same time, gathered into one document: each has a name in it,
//! and each asker gets the answer, or the failure, of its own.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde_json::{Map, Value};
use tokio::sync::oneshot;

use super::super::ForgeError;
use super::super::meter::Meters;
use super::client::Client;
use super::graphql::{Answer, Document};
use super::pull::{BRIEF, Part};
use super::refusal::GitHubError;

/// As many questions as one document asks.
const MOST: usize = 100;

/// How long a question waits for a second one.
const WAIT: Duration = Duration::from_millis(40);

/// How long several wait for one more: where there is a crowd, others come.
const CROWD_WAIT: Duration = Duration::from_millis(200);

/// How long it waits at most: not for ever where they keep coming one after another.
const LONGEST_WAIT: Duration = Duration::from_secs(3);

/// What can be asked.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Question {
    /// A pull request by its number.
    Pull { number: u64, part: Part },
    /// The newest pull requests from a branch of this name, a page of them.
    Head { branch: String, after: Option<String> },
    /// Further checks of a pull request's head commit.
    Checks { number: u64, after: String },
}

type Reply = oneshot::Sender<Result<Value, ForgeError>>;

/// A question, whose it is, and where the answer goes.
struct Asked {
    question: Question,
    meters: Meters,
    reply: Reply,
}

/// The questions that nobody has taken to GitHub yet.
#[derive(Default)]
pub(super) struct Gather {
    waiting: Mutex<Vec<Asked>>,
}

impl Gather {
    /// Asks, together with whoever else asks now.
    pub(super) async fn ask(self: &Arc<Self>, client: &Arc<Client>, question: Question) -> Result<Value, ForgeError> {
        let (reply, answered) = oneshot::channel();
        let first = {
            let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
            waiting.push(Asked { question, meters: Meters::current(), reply });
            waiting.len() == 1
        };
        if first {
            // Not in this future: whoever asked first may stop waiting, and the others must not.
            tokio::spawn(Arc::clone(self).carry(Arc::clone(client)));
        }
        answered.await.unwrap_or_else(|_| Err(ForgeError::Network("the question was dropped".to_owned())))
    }

    async fn carry(self: Arc<Self>, client: Arc<Client>) {
        let (begun, mut before) = (Instant::now(), 0);
        while begun.elapsed() < LONGEST_WAIT {
            let now = self.waiting.lock().unwrap_or_else(PoisonError::into_inner).len();
            if now == before || now >= MOST {
                break;
            }
            before = now;
            tokio::time::sleep(if now > 1 { CROWD_WAIT } else { WAIT }).await;
        }
        let mut waiting = std::mem::take(&mut *self.waiting.lock().unwrap_or_else(PoisonError::into_inner));
        while !waiting.is_empty() {
            let rest = waiting.split_off(waiting.len().min(MOST));
            let group = std::mem::replace(&mut waiting, rest);
            let meters = group.iter().fold(Meters::default(), |all, asked| all.and(asked.meters.clone()));
            tokio::spawn(meters.work(carry_group(Arc::clone(&client), group)));
        }
    }
}

async fn carry_group(client: Arc<Client>, group: Vec<Asked>) {
    // The same question twice is asked once.
    let mut askers: HashMap<Question, Vec<Reply>> = HashMap::new();
    let mut questions = Vec::new();
    for Asked { question, reply, .. } in group {
        if !askers.contains_key(&question) {
            questions.push(question.clone());
        }
        askers.entry(question).or_default().push(reply);
    }
    for (question, answer) in ask_all(&client, questions).await {
        for reply in askers.remove(&question).unwrap_or_default() {
            // Whoever no longer waits for an answer does not get one.
            let _ = reply.send(answer.clone());
        }
    }
}

type Answered = Vec<(Question, Result<Value, ForgeError>)>;

/// Asks all of these. Documents that GitHub cannot answer in its time are asked again in two halves.
async fn ask_all(client: &Client, questions: Vec<Question>) -> Answered {
    let mut groups = vec![questions];
    let mut answered = Vec::new();
    while let Some(mut group) = groups.pop() {
        match client.query(&document(client, &group)).await {
            Ok(answer) => {
                let each = group.into_iter().enumerate();
                answered.extend(each.map(|(index, question)| {
                    let found = part(&answer, index, &question);
                    (question, found)
                }));
            }
            Err(ForgeError::Network(message)) if group.len() > 1 && is_too_much(&message) => {
                let half = group.split_off(group.len() / 2);
                groups.extend([half, group]);
            }
            Err(error) => answered.extend(group.into_iter().map(|question| (question, Err(error.clone())))),
        }
    }
    answered
}

/// Whether a server's failure may come from the size of what was asked.
fn is_too_much(message: &str) -> bool {
    ["status 502", "status 504", "omething went wrong", "timed out", "no answer within"]
        .iter()
        .any(|words| message.contains(words))
}

fn document(client: &Client, questions: &[Question]) -> Document {
    let mut declared = "$owner: String!, $name: String!".to_owned();
    let mut fields = String::new();
    let mut variables = Map::new();
    variables.insert("owner".to_owned(), client.owner().into());
    variables.insert("name".to_owned(), client.repository_name().into());
    let mut declare = |name: String, value: &str| {
        let _ = write!(declared, ", ${name}: String!");
        variables.insert(name, value.into());
    };
    for (index, question) in questions.iter().enumerate() {
        let _ = match question {
            Question::Pull { number, part } => {
                writeln!(fields, "q{index}: pullRequest(number: {number}) {{ {} }}", part.fields(*number))
            }
            Question::Head { branch, after } => {
                declare(format!("h{index}"), branch);
                let after = after.as_ref().map_or(String::new(), |after| {
                    declare(format!("a{index}"), after);
                    format!(", after: $a{index}")
                });
                writeln!(
                    fields,
                    "q{index}: pullRequests(headRefName: $h{index}, first: 5{after}, orderBy: {{field: CREATED_AT, \
                     direction: DESC}}) {{ nodes {{ {BRIEF} }} pageInfo {{ hasNextPage endCursor }} }}"
                )
            }
            Question::Checks { number, after } => {
                declare(format!("a{index}"), after);
                let checks = super::checks::fields(*number, &format!(", after: $a{index}"));
                writeln!(fields, "q{index}: pullRequest(number: {number}) {{ {checks} }}")
            }
        };
    }
    let text = format!("query({declared}) {{ repository(owner: $owner, name: $name) {{\n{fields}}} }}");
    Document { text, variables }
}

/// The answer to one question.
fn part(answer: &Answer, index: usize, question: &Question) -> Result<Value, ForgeError> {
    let name = format!("q{index}");
    let value = answer.data.get("repository").and_then(|repository| repository.get(&name));
    if let Some(value) = value.filter(|value| !value.is_null()) {
        return Ok(value.clone());
    }
    let number = match question {
        Question::Pull { number, .. } | Question::Checks { number, .. } => Some(*number),
        Question::Head { .. } => None,
    };
    match (answer.fault(&["repository", &name]), number) {
        (Some(fault), Some(number)) if fault.kind == "NOT_FOUND" => Err(ForgeError::NotFound(number)),
        (Some(fault), _) => Err(GitHubError::Refused { status: 200, message: fault.message.clone() }.into()),
        (None, Some(number)) => Err(ForgeError::NotFound(number)),
        (None, None) => Err(ForgeError::Network("its answer leaves something out".to_owned())),
    }
}
