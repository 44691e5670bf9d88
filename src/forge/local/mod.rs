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

use super::{BoxFuture, Forge, ForgeError, Mark, NewPullRequest, PullRequest};
use shelf::Shelf;

/// How many pull requests share one sync of the directory at most.
const LARGEST_GROUP: usize = 256;

/// Pull requests in files. The directory is made when the first one is opened.
#[derive(Debug)]
pub struct LocalForge {
    directory: Utf8PathBuf,
    jobs: Sender<Job>,
}

type Answer<T> = oneshot::Sender<Result<T, ForgeError>>;

enum Job {
    Open(NewPullRequest, Answer<PullRequest>),
    Find(String, Mark, Answer<Option<PullRequest>>),
    List(Option<String>, Answer<Vec<PullRequest>>),
    Get(u64, Answer<PullRequest>),
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

    fn ask<'a, T: Send + 'a>(
        &'a self,
        job: impl FnOnce(Answer<T>) -> Job + Send + 'a,
    ) -> BoxFuture<'a, Result<T, ForgeError>> {
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

impl Forge for LocalForge {
    fn name(&self) -> &'static str {
        "local"
    }

    fn find<'a>(&'a self, head: &'a str, mark: &'a Mark) -> BoxFuture<'a, Result<Option<PullRequest>, ForgeError>> {
        self.ask(|answer| Job::Find(head.to_owned(), mark.clone(), answer))
    }

    fn open<'a>(&'a self, new: &'a NewPullRequest) -> BoxFuture<'a, Result<PullRequest, ForgeError>> {
        self.ask(|answer| Job::Open(new.clone(), answer))
    }

    fn list<'a>(&'a self, head: Option<&'a str>) -> BoxFuture<'a, Result<Vec<PullRequest>, ForgeError>> {
        self.ask(move |answer| Job::List(head.map(str::to_owned), answer))
    }

    fn get(&self, number: u64) -> BoxFuture<'_, Result<PullRequest, ForgeError>> {
        self.ask(move |answer| Job::Get(number, answer))
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
                Job::Open(..) => {}
            }
        }
    }
}
