//! Events on their way into the journal, and the work that waits until they are there.

use std::sync::Arc;

use crate::event::Event;
use crate::journal::WriteError;

use super::EngineError;
use super::commit;
use super::dispatcher::{Deferred, Dispatcher, Message};
use super::execute;
use super::progress::Progress;

impl Dispatcher {
    /// Takes an event: into the state now, into the journal with the next flush.
    pub(super) fn record(&mut self, event: Event) -> Result<(), EngineError> {
        self.state.apply(&event)?;
        if let Some(gate) = &mut self.gate {
            gate.note(&event);
        }
        (self.observer)(Progress::Event(&event));
        self.pending.push(event);
        Ok(())
    }

    /// Contents that the next event names.
    pub(super) fn keep(&mut self, contents: Vec<Arc<[u8]>>) {
        self.contents.extend(contents);
    }

    /// Hands the events of this turn to the journal, and what waits for them to the promise that they are durable.
    pub(super) fn flush(&mut self) {
        let deferred = std::mem::take(&mut self.deferred);
        if self.pending.is_empty() {
            match self.batches.back_mut() {
                Some((_, waiting)) => waiting.extend(deferred),
                None => {
                    for work in &deferred {
                        self.launch(work);
                    }
                }
            }
            return;
        }
        let events = std::mem::take(&mut self.pending);
        let receipt = self.writer.append(&events, std::mem::take(&mut self.contents));
        self.batch += 1;
        let batch = self.batch;
        self.batches.push_back((batch, deferred));
        self.answer(async move { Message::Durable(batch, receipt.await) });
    }

    pub(super) fn durable(&mut self, batch: u64, result: Result<(), WriteError>) {
        if let Err(error) = result {
            self.fail(error.into());
        }
        while self.batches.front().is_some_and(|(first, _)| *first <= batch) {
            let Some((_, deferred)) = self.batches.pop_front() else { return };
            for work in deferred {
                self.launch(&work);
            }
        }
    }

    /// The run cannot go on: what is under way is stopped, nothing more is begun.
    pub(super) fn fail(&mut self, error: EngineError) {
        self.canceller.stop(crate::process::Stop::Gently);
        self.give_up_queues();
        self.fatal.get_or_insert(error);
    }

    fn launch(&mut self, work: &Deferred) {
        if self.fatal.is_some() {
            self.in_flight -= 1;
            return;
        }
        // Its answer was counted when it was deferred.
        self.in_flight -= 1;
        match *work {
            Deferred::Execute(unit, step, attempt) => {
                (self.observer)(Progress::Working { unit, step: Some(step) });
                let (executor, bench) = (self.executor.clone(), self.bench(unit));
                self.answer(async move {
                    let executed = execute::execute(&executor, unit, step, attempt, bench).await;
                    Message::Executed(unit, step, Box::new(executed))
                });
            }
            Deferred::Publish(unit, step) => {
                (self.observer)(Progress::Working { unit, step: Some(step) });
                let publication = self.publication(unit, step);
                self.answer(async move { Message::Published(unit, step, Box::new(publication.act().await)) });
            }
            Deferred::Push(ref units) => self.push(units),
            Deferred::Commit(unit) => {
                self.in_flight += 1;
                match commit::request(
                    &self.migration,
                    &self.job_parts.repository,
                    unit,
                    self.state.unit(unit),
                    &self.bench(unit),
                ) {
                    Ok(request) => self.committer.request(unit, request),
                    Err(failure) => {
                        let outcome = Box::new(commit::Outcome::Failed(failure));
                        let _ = self.sender.send(Message::Committed(unit, outcome));
                    }
                }
            }
        }
    }

    /// Pure work on the pool of all cores.
    pub(super) fn compute(&mut self, work: impl FnOnce() -> Message + Send + 'static) {
        self.in_flight += 1;
        let sender = self.sender.clone();
        rayon::spawn(move || {
            let _ = sender.send(work());
        });
    }

    /// Work that waits for the world.
    pub(super) fn answer(&mut self, work: impl Future<Output = Message> + Send + 'static) {
        self.in_flight += 1;
        let sender = self.sender.clone();
        tokio::spawn(async move {
            // A task of its own, so that its panic is an answer too.
            let answer = tokio::spawn(work).await.unwrap_or(Message::Died);
            let _ = sender.send(answer);
        });
    }

    /// An answer after a pause, which does not keep a stopping run open.
    pub(super) fn wake(&mut self, pause: std::time::Duration, message: Message) {
        self.timers += 1;
        let sender = self.sender.clone();
        tokio::spawn(async move {
            tokio::time::sleep(pause).await;
            let _ = sender.send(message);
        });
    }
}
