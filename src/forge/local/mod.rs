//! The forge that needs nothing but a directory: one JSON file per pull request, for trying out, rehearsal and tests.
//!
//! A person may edit the files (`"state": "closed"`), and several processes may use one directory. One thread does the
//! work: what is asked of it at the same time shares one lock and one sync of the directory.

mod record;
mod shelf;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};

use camino::{Utf8Path, Utf8PathBuf};
use tokio::sync::oneshot;

use crate::base::Clock;

use super::body::{Found, Revision, revise};
use super::{
    Answer, BoxFuture, Check, CheckState, Finding, FindingState, Forge, ForgeError, Mark, MergeRequest, Merged,
    NewPullRequest, Outlook, PullRequest, PullRequestState, Standing,
};
use record::Record;
use shelf::{Change, Shelf};

/// How many pull requests share one sync of the directory at most.
const LARGEST_GROUP: usize = 256;

/// Pull requests in files. The directory is made when the first one is opened.
#[derive(Debug)]
pub struct LocalForge {
    directory: Utf8PathBuf,
    jobs: Sender<Job>,
}

type Reply<T> = oneshot::Sender<Result<T, ForgeError>>;

enum Job {
    Open(NewPullRequest, Reply<PullRequest>),
    Find(String, Mark, Reply<Option<PullRequest>>),
    List(Option<String>, Reply<Vec<PullRequest>>),
    Get(u64, Reply<PullRequest>),
    Standing(u64, Reply<Standing>),
    Change(u64, Change, Reply<PullRequest>),
}

impl LocalForge {
    /// A forge whose pull requests lie in this directory (by convention `forge` below the state directory).
    /// The clock says when they were opened.
    pub fn new(directory: &Utf8Path, clock: Arc<dyn Clock>) -> Result<Self, ForgeError> {
        let (jobs, queue) = channel();
        let shelf = Shelf::new(directory, clock);
        std::thread::Builder::new()
            .name("local-forge".to_owned())
            .spawn(move || work(shelf, &queue))
            .map_err(|error| ForgeError::io(directory, &error))?;
        Ok(Self { directory: directory.to_owned(), jobs })
    }

    /// Where the files are.
    pub fn directory(&self) -> &Utf8Path {
        &self.directory
    }

    fn ask<'a, T: Send + 'a>(&'a self, job: impl FnOnce(Reply<T>) -> Job + Send + 'a) -> Answer<'a, T> {
        Box::pin(async move {
            let (answer, answered) = oneshot::channel();
            let gone = || ForgeError::Io {
                path: self.directory.clone(),
                message: "the thread that keeps the pull requests has ended".to_owned(),
            };
            self.jobs.send(job(answer)).map_err(|_| gone())?;
            answered.await.unwrap_or_else(|_| Err(gone()))
        })
    }
}

impl LocalForge {
    fn change(&self, number: u64, change: impl FnOnce(&mut Record) + Send + 'static) -> Answer<'_, PullRequest> {
        self.ask(move |answer| Job::Change(number, Box::new(change), answer))
    }
}

impl Forge for LocalForge {
    fn name(&self) -> &'static str {
        "local"
    }

    fn find<'a>(&'a self, head: &'a str, mark: &'a Mark) -> Answer<'a, Option<PullRequest>> {
        self.ask(|answer| Job::Find(head.to_owned(), mark.clone(), answer))
    }

    fn open<'a>(&'a self, new: &'a NewPullRequest) -> Answer<'a, PullRequest> {
        self.ask(|answer| Job::Open(new.clone(), answer))
    }

    fn update<'a>(&'a self, found: &'a PullRequest, wanted: &'a NewPullRequest) -> Answer<'a, PullRequest> {
        let has = |there: &[String], wanted: &[String]| wanted.iter().all(|one| there.contains(one));
        let complete = has(&found.labels, &wanted.labels)
            && has(&found.reviewers, &wanted.reviewers)
            && has(&found.teams, &wanted.teams)
            && has(&found.assignees, &wanted.assignees)
            && revision(&found.title, &found.body, wanted).is_empty()
            && (found.milestone.is_some() || wanted.milestone.is_none());
        if complete {
            return Box::pin(async { Ok(found.clone()) });
        }
        let wanted = wanted.clone();
        self.change(found.number, move |record| {
            let Revision { title, body } = revision(&record.title, &record.body, &wanted);
            record.title = title.unwrap_or_else(|| std::mem::take(&mut record.title));
            record.body = body.unwrap_or_else(|| std::mem::take(&mut record.body));
            add(&mut record.labels, wanted.labels);
            add(&mut record.reviewers, wanted.reviewers);
            add(&mut record.teams, wanted.teams);
            add(&mut record.assignees, wanted.assignees);
            record.milestone = record.milestone.take().or(wanted.milestone);
        })
    }

    fn list<'a>(&'a self, head: Option<&'a str>) -> Answer<'a, Vec<PullRequest>> {
        self.ask(move |answer| Job::List(head.map(str::to_owned), answer))
    }

    fn get(&self, number: u64) -> Answer<'_, PullRequest> {
        self.ask(move |answer| Job::Get(number, answer))
    }

    fn standing(&self, number: u64) -> Answer<'_, Standing> {
        self.ask(move |answer| Job::Standing(number, answer))
    }

    fn ready(&self, number: u64) -> Answer<'_, ()> {
        let changed = self.change(number, |record| record.draft = false);
        Box::pin(async move { changed.await.map(drop) })
    }

    fn ask_for_reviews<'a>(&'a self, number: u64, people: &'a [String], teams: &'a [String]) -> Answer<'a, ()> {
        let (people, teams) = (people.to_vec(), teams.to_vec());
        let changed = self.change(number, move |record| {
            let looked = |person: &String| record.reviews.iter().any(|review| review.by.eq_ignore_ascii_case(person));
            let people = people.into_iter().filter(|person| !looked(person)).collect();
            add(&mut record.reviewers, people);
            add(&mut record.teams, teams);
        });
        Box::pin(async move { changed.await.map(drop) })
    }

    /// Nothing runs checks here: a failed one is pending until a person says otherwise.
    fn rerun<'a>(&'a self, number: u64, check: &'a Check) -> Answer<'a, ()> {
        let name = check.name.clone();
        let changed = self.change(number, move |record| {
            let again = record.checks.iter_mut().filter(|check| check.name == name);
            again.for_each(|check| check.state = CheckState::Pending);
        });
        Box::pin(async move { changed.await.map(drop) })
    }

    fn check_log<'a>(&'a self, _check: &'a Check) -> Answer<'a, Vec<String>> {
        Box::pin(async { Ok(Vec::new()) })
    }

    /// Only written down: no branch moves.
    fn merge<'a>(&'a self, request: &'a MergeRequest) -> Answer<'a, Merged> {
        Box::pin(async move {
            let changed = self.change(request.number, |record| {
                if record.state == PullRequestState::Open && !record.draft {
                    record.state = PullRequestState::Merged;
                }
            });
            Ok(match changed.await?.state {
                PullRequestState::Merged => Merged::Merged { commit: None },
                PullRequestState::Open => Merged::NotNow("it is a draft".to_owned()),
                PullRequestState::Closed => Merged::NotNow("it is closed".to_owned()),
            })
        })
    }

    fn close<'a>(&'a self, number: u64, comment: Option<&'a str>) -> Answer<'a, ()> {
        let comment = comment.map(str::to_owned);
        let changed = self.change(number, |record| {
            if record.state == PullRequestState::Open {
                record.state = PullRequestState::Closed;
                record.comments.extend(comment);
            }
        });
        Box::pin(async move { changed.await.map(drop) })
    }

    /// Nothing waits for its turn here.
    fn stop(&self) {}

    fn outlook(&self, _writes: u64) -> Option<Outlook> {
        None
    }

    fn examine<'a>(&'a self, _base: &'a str) -> BoxFuture<'a, Vec<Finding>> {
        let says = format!("pull requests are files in {}; nothing leaves this machine", self.directory);
        let finding = Finding { what: "forge".to_owned(), state: FindingState::Fine, says, hint: None };
        Box::pin(async { vec![finding] })
    }
}

/// What of title and text is to be changed.
fn revision(title: &str, body: &str, wanted: &NewPullRequest) -> Revision {
    revise(Found { title, body }, &wanted.title, &wanted.body, &wanted.mark)
}

/// Adds what is not there yet.
fn add(there: &mut Vec<String>, wanted: Vec<String>) {
    for one in wanted {
        if !there.contains(&one) {
            there.push(one);
        }
    }
}

/// Until the forge is dropped: takes what has come in, opens all that is to be opened as one group, answers the rest.
fn work(mut shelf: Shelf, queue: &Receiver<Job>) {
    while let Ok(first) = queue.recv() {
        let mut new = Vec::new();
        let mut answers = Vec::new();
        let mut questions = Vec::new();
        for job in std::iter::once(first).chain(queue.try_iter()).take(LARGEST_GROUP) {
            match job {
                Job::Open(pull_request, answer) => {
                    new.push(pull_request);
                    answers.push(answer);
                }
                question => questions.push(question),
            }
        }
        // Whoever no longer waits for an answer does not get one.
        if !new.is_empty() {
            shelf.open_all(&new).into_iter().zip(answers).for_each(|(opened, answer)| drop(answer.send(opened)));
        }
        for question in questions {
            match question {
                Job::Find(head, mark, answer) => drop(answer.send(shelf.find(&head, &mark))),
                Job::List(head, answer) => drop(answer.send(shelf.list(head.as_deref()))),
                Job::Get(number, answer) => drop(answer.send(shelf.get(number))),
                Job::Standing(number, answer) => drop(answer.send(shelf.standing(number))),
                Job::Change(number, change, answer) => drop(answer.send(shelf.change(number, change))),
                Job::Open(..) => {}
            }
        }
    }
}
