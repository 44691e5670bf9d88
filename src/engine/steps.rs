//! Beginning what may be begun: edits at once, processes and publications when their pool has a place.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::action::Weight;
use crate::event::{Event, Failure, Next, StepIndex, StepState, UnitIndex, next};
use crate::plan::{Migration, StepDeed};

use super::EngineError;
use super::dispatcher::{Deferred, Dispatcher, Message, Pool};
use super::edits;
use super::publish::Publication;

impl Dispatcher {
    /// Does whatever may be done for a unit now; a unit with nothing to do leaves.
    pub(super) fn advance(&mut self, unit: UnitIndex) -> Result<(), EngineError> {
        if self.desks.get(&unit).is_none_or(|desk| desk.bench.is_none()) {
            return Ok(());
        }
        if self.fatal.is_none() {
            // A step that is skipped at once makes way for others: ask again until nothing new comes.
            while self.begin_all(unit)? {}
        }
        let idle = self.desks.get(&unit).is_some_and(|desk| desk.busy.is_empty());
        if idle {
            self.end(unit)?;
        }
        Ok(())
    }

    /// Begins what may be begun; whether an event came of it at once.
    fn begin_all(&mut self, unit: UnitIndex) -> Result<bool, EngineError> {
        let mut moved = false;
        for action in next(&self.state, unit) {
            let looked = matches!(action, Next::Start(step) if self.has_looked(unit, step));
            if looked || self.desks.get(&unit).is_none_or(|desk| desk.busy.contains(&action)) {
                continue;
            }
            if self.is_held_back(unit, action)? {
                continue;
            }
            match action {
                Next::Start(step) => moved |= self.begin(unit, step)?,
                Next::Commit => {
                    self.occupy(unit, action);
                    self.in_flight += 1;
                    self.deferred.push(Deferred::Commit(unit));
                }
                Next::Push => {
                    self.occupy(unit, action);
                    self.in_flight += 1;
                    self.pushes.ask(unit);
                }
                Next::Verify if self.migration.compiled.success.is_empty() => {
                    self.record(Event::Verified { unit, unmet: Vec::new() })?;
                    moved = true;
                }
                Next::Verify => {
                    self.occupy(unit, action);
                    let (migration, bench) = (Arc::clone(&self.migration), self.bench(unit));
                    self.compute(move || Message::Verified(unit, edits::verify(&migration, unit, &bench)));
                }
            }
        }
        Ok(moved)
    }

    /// Begins a step; whether it ended at once.
    fn begin(&mut self, unit: UnitIndex, step: StepIndex) -> Result<bool, EngineError> {
        if matches!(self.migration.compiled.step(step).deed, StepDeed::Edit(..)) {
            self.occupy(unit, Next::Start(step));
            let (migration, bench) = (Arc::clone(&self.migration), self.bench(unit));
            self.compute(move || Message::Edited(unit, step, Box::new(edits::edit(&migration, unit, step, &bench))));
            return Ok(false);
        }
        match self.is_left_out(unit, step) {
            Ok(None) => {}
            Ok(Some(reason)) => {
                self.give(unit, step, false, &BTreeMap::new());
                self.record(Event::Skipped { unit, step, reason })?;
                return Ok(true);
            }
            Err(failure) => {
                self.start(unit, step)?;
                self.record(Event::Failed { unit, step, failure, retry_in: None })?;
                return Ok(true);
            }
        }
        self.occupy(unit, Next::Start(step));
        if matches!(self.migration.compiled.step(step).deed, StepDeed::Resolve(..)) {
            self.resolve(unit, step)?;
            return Ok(false);
        }
        if self.looks_first(step) {
            let publication = self.publication(unit, step);
            self.answer(async move { Message::Looked(unit, step, Box::new(publication.look().await)) });
            return Ok(false);
        }
        self.line_up(unit, step)?;
        Ok(false)
    }

    /// Begins a step as soon as its pool has a place.
    pub(super) fn line_up(&mut self, unit: UnitIndex, step: StepIndex) -> Result<(), EngineError> {
        self.pool(step).queue.push_back((unit, step));
        self.serve(step)
    }

    fn looks_first(&self, step: StepIndex) -> bool {
        matches!(&self.migration.compiled.step(step).deed, StepDeed::Publish(publish, _) if publish.look.is_some())
    }

    /// A publication of a unit as it is now.
    pub(super) fn publication(&self, unit: UnitIndex, step: StepIndex) -> Publication {
        Publication {
            migration: Arc::clone(&self.migration),
            forge: Arc::clone(&self.forge),
            unit,
            step,
            bench: self.bench(unit),
            state: self.state.unit(unit).clone(),
            turn_of: self.turn_of(unit),
        }
    }

    pub(super) fn is_left_out(&self, unit: UnitIndex, step: StepIndex) -> Result<Option<String>, Failure> {
        let compiled = self.migration.compiled.step(step);
        if compiled.condition.is_none() {
            return Ok(None);
        }
        let bench = self.bench(unit);
        let handle = bench.unit(&self.migration, unit);
        handle.skip_reason(step, &handle.scope(compiled.reads, bench.overlay.as_ref(), &bench.outputs)?)
    }

    pub(super) fn pool(&mut self, step: StepIndex) -> &mut Pool {
        match self.migration.compiled.step(step).deed {
            StepDeed::Publish(..) => &mut self.publications,
            _ => &mut self.processes,
        }
    }

    /// Starts what waits in a step's pool, as far as there are places. Who came first goes first, also where it needs
    /// more places than those behind it.
    pub(super) fn serve(&mut self, step: StepIndex) -> Result<(), EngineError> {
        loop {
            let Some(&(_, first)) = self.pool(step).queue.front() else { return Ok(()) };
            let weight = weight(&self.migration, first, self.processes.places);
            let pool = self.pool(step);
            if pool.free < weight {
                return Ok(());
            }
            let Some((unit, step)) = pool.queue.pop_front() else { return Ok(()) };
            if !self.state.may_begin(unit, step) {
                // A person took the unit over while the step waited for its place.
                self.leave(unit, Next::Start(step));
                continue;
            }
            self.pool(step).free -= weight;
            let attempt = self.start(unit, step)?;
            self.in_flight += 1;
            let publishes = matches!(self.migration.compiled.step(step).deed, StepDeed::Publish(..));
            self.deferred.push(if publishes {
                Deferred::Publish(unit, step)
            } else {
                Deferred::Execute(unit, step, attempt)
            });
        }
    }

    /// A place in a step's pool is free again.
    pub(super) fn release(&mut self, step: StepIndex) -> Result<(), EngineError> {
        let weight = weight(&self.migration, step, self.processes.places);
        self.pool(step).free += weight;
        if self.is_stopping() { Ok(()) } else { self.serve(step) }
    }

    pub(super) fn start(&mut self, unit: UnitIndex, step: StepIndex) -> Result<u32, EngineError> {
        let attempt = match &self.state.unit(unit).steps[step.position()] {
            StepState::Retrying { attempt, .. } => attempt + 1,
            _ => 1,
        };
        self.record(Event::Started { unit, step, attempt })?;
        Ok(attempt)
    }
}

/// How many of so many places a step takes. All processes share them; where the workflow lets fewer builds than processes
/// run at once, a build weighs more.
pub(super) fn weight(migration: &Migration, step: StepIndex, places: usize) -> usize {
    let StepDeed::Execute(execute, _) = &migration.compiled.step(step).deed else { return 1 };
    let concurrency = &migration.frozen.workflow.concurrency;
    let most = match execute.weight {
        Weight::Build => concurrency.build,
        Weight::Test => concurrency.test,
    };
    most.map_or(1, |most| places.div_ceil(most.get()))
}
