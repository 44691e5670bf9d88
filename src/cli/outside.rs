//! Whom steps may ask: what the command line and the environment say about it.

use std::sync::Arc;

use clap::Args;

use crate::action::Outside;
use crate::base::Tree;
use crate::event::{Failure, StepIndex};
use crate::image::Resolver;
use crate::plan::{Migration, PlannedUnit, ask, plan as plan_only};
use crate::web::{Limits, Web};

use super::carry::runtime;
use super::failed::Failed;

/// What of the outside world may be asked.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "What is asked of the outside world")]
pub(super) struct OutsideArguments {
    /// Ask no registry and no web server: a step that would have to fails, and says how to answer it beforehand.
    #[arg(long)]
    offline: bool,
}

impl OutsideArguments {
    /// Whom steps ask.
    pub(super) fn open(&self) -> Result<Arc<Outside>, Failed> {
        let web = Arc::new(if self.offline { Web::offline() } else { Web::new(Limits::default()) });
        Ok(Arc::new(Outside { images: Resolver::new(Arc::clone(&web)), web }))
    }
}

/// Plans every unit, asking what has to be asked.
pub(super) fn plan(
    migration: &mut Migration,
    base: &Arc<dyn Tree>,
    arguments: &OutsideArguments,
) -> Result<Vec<PlannedUnit>, Failed> {
    if !migration.compiled.asks() {
        return Ok(plan_only(migration, base));
    }
    let outside = arguments.open()?;
    let planned = runtime()?.block_on(ask(migration, base, &outside));
    planned.map_err(|unanswered| unplanned(migration, unanswered))
}

fn unplanned(migration: &Migration, (step, failure): (StepIndex, Failure)) -> Failed {
    Failed::from(failure).while_doing(&format!("plan the step {} of the run", migration.compiled.step(step).id))
}
