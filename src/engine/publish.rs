//! Publication steps: find-or-create on the forge, so that doing one twice does it once.

use std::sync::Arc;

use crate::action::{PublishError, Publishing};
use crate::event::{Failure, FailureClass, Held, StepIndex, StepResult, UnitIndex};
use crate::forge::Forge;
use crate::plan::{Migration, StepDeed, render};

use super::edits::Bench;

/// What came of it.
pub(super) enum Published {
    /// It succeeded.
    Done(StepResult),
    /// It failed.
    Failed(Failure),
    /// A person has taken the unit over.
    Held(Held),
}

/// Runs one try of a publication. `head` is the unit's commit, if it has one.
pub(super) async fn publish(
    migration: &Migration,
    forge: &Arc<dyn Forge>,
    unit: UnitIndex,
    step: StepIndex,
    bench: &Bench,
    head: Option<&str>,
) -> Published {
    let compiled = migration.compiled.step(step);
    let handle = migration.unit(unit, &bench.fixed);
    let (StepDeed::Publish(publish, with), Some(subject)) = (&compiled.deed, handle.subject()) else {
        return Published::Failed(Failure::new(FailureClass::Machine, "only publications of units come here"));
    };
    let with =
        handle.scope(compiled.reads, bench.overlay.as_ref(), &bench.outputs).and_then(|scope| render(with, &scope));
    let with = match with {
        Ok(with) => with,
        Err(failure) => return Published::Failed(failure),
    };
    let frozen = &migration.frozen;
    let frozen_unit = frozen.unit(unit);
    let publishing = Publishing {
        subject,
        run: &frozen.run,
        unit: &frozen_unit.connector.name,
        branch: &frozen_unit.branch,
        base_branch: &frozen.base_branch,
        head,
        forge: forge.as_ref(),
    };
    let act = (publish.act)(&with, publishing);
    let outcome = match compiled.timeout {
        Some(limit) => tokio::time::timeout(limit, act).await.unwrap_or_else(|_| {
            let message = format!("the forge did not answer within {} s", limit.as_secs());
            Err(PublishError::Failed(Failure::new(FailureClass::Timeout, message)))
        }),
        None => act.await,
    };
    match outcome {
        Ok(result) => Published::Done(result),
        Err(PublishError::Failed(failure)) => Published::Failed(failure),
        Err(PublishError::Held(held)) => Published::Held(held),
    }
}
