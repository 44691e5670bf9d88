//! Publication steps: a look at the world first where the action has one, then find-or-create on the forge, so that
//! doing one twice does it once.

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::Value;

use crate::action::{BoxFuture, Look, Publish, PublishError, Published, Publishing};
use crate::base::UnitName;
use crate::event::{Failure, FailureClass, StepIndex, StepState, UnitIndex, UnitState};
use crate::forge::{Forge, timed};
use crate::plan::{Migration, StepDeed, render};

use super::commit::squash_text;
use super::edits::Bench;

/// The action that merges.
const MERGES: &str = "pull-request.merge";

/// A publication of one unit, ready to be looked at or carried out.
pub(super) struct Publication {
    pub(super) migration: Arc<Migration>,
    pub(super) forge: Arc<dyn Forge>,
    pub(super) unit: UnitIndex,
    pub(super) step: StepIndex,
    pub(super) bench: Bench,
    /// The unit when it was begun.
    pub(super) state: UnitState,
    /// The unit that is to be merged before this one, if there is one.
    pub(super) turn_of: Option<UnitName>,
}

impl Publication {
    /// Asks whether its time has come. Writes nothing.
    pub(super) async fn look(&self) -> Result<Look, PublishError> {
        self.with(|publish, with, publishing| match &publish.look {
            Some(look) => look(with, publishing),
            None => Box::pin(async { Ok(Look::Act) }),
        })
        .await
    }

    /// Runs one try of it.
    pub(super) async fn act(&self) -> Result<Published, PublishError> {
        self.with(|publish, with, publishing| (publish.act)(with, publishing)).await
    }

    async fn with<T>(
        &self,
        call: impl for<'a> FnOnce(&Publish, &Value, Publishing<'a>) -> BoxFuture<'a, Result<T, PublishError>>,
    ) -> Result<T, PublishError> {
        let Self { migration, forge, unit, step, bench, state, turn_of } = self;
        let compiled = migration.compiled.step(*step);
        let handle = bench.unit(migration, *unit);
        let (StepDeed::Publish(publish, with), Some(subject), Some(files)) =
            (&compiled.deed, handle.subject(), &bench.overlay)
        else {
            return Err(Failure::new(FailureClass::Machine, "only publications of units come here").into());
        };
        let with = render(with, &handle.scope(compiled.reads, Some(files), &bench.outputs)?)?;
        let frozen = &migration.frozen;
        let frozen_unit = frozen.unit(*unit);
        let squash_text = if compiled.action == MERGES { squash_text(migration, (*unit, state), bench)? } else { None };
        let publishing = Publishing {
            subject,
            run: &frozen.run,
            unit: &frozen_unit.connector.name,
            branch: &frozen_unit.branch,
            base_branch: &frozen.base_branch,
            remote: frozen.remote.as_deref(),
            fork: frozen.fork.as_deref(),
            head: state.checkpoint.as_ref().map(|checkpoint| checkpoint.commit.as_str()),
            squash_text: squash_text.as_deref(),
            pull_request: migration.pull_request(state),
            files,
            // Whole seconds: what is waited until goes into the journal and before people's eyes.
            now: Timestamp::from_second(Timestamp::now().as_second()).unwrap_or(Timestamp::MIN),
            waiting: match &state.steps[step.position()] {
                StepState::Waiting(waiting) => Some(waiting.as_ref()),
                _ => None,
            },
            acted: state.acted.get(step).copied().unwrap_or(0),
            turn_of: turn_of.as_ref(),
            forge: forge.as_ref(),
        };
        let call = call(publish, &with, publishing);
        let Some(limit) = compiled.timeout else { return call.await };
        timed(limit, call).await.unwrap_or_else(|| {
            let message = format!("the forge did not answer within {} s", limit.as_secs());
            Err(Failure::new(FailureClass::Timeout, message).into())
        })
    }
}
