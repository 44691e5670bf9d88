//! The images that tests need: looked for, and fetched where they are not of our making.

use crate::action::building::{Working, answer, engine, invoke};
use crate::action::{ExecuteError, Executing};
use crate::container::{EngineChoice, ImageFacts, Symptom};
use crate::event::{Failure, FailureClass};

/// An image that is there, and the engine that has it.
pub(super) struct Found {
    pub(super) working: Working,
    pub(super) facts: ImageFacts,
}

/// An engine, and what it says of an image.
pub(super) struct Looked {
    working: Working,
    facts: Option<ImageFacts>,
}

impl Looked {
    /// The image, if it is there.
    pub(super) fn there(self) -> Option<Found> {
        Some(Found { working: self.working, facts: self.facts? })
    }
}

/// Looks for an image.
pub(super) async fn find(executing: Executing<'_>, choice: EngineChoice, image: &str) -> Result<Looked, ExecuteError> {
    let working = engine(executing, choice).await?;
    let facts = inspected(executing, &working, image).await?;
    Ok(Looked { working, facts })
}

async fn inspected(
    executing: Executing<'_>,
    working: &Working,
    image: &str,
) -> Result<Option<ImageFacts>, ExecuteError> {
    let said = answer(executing, working.engine.inspect(image)).await?;
    Ok(said.and_then(|said| ImageFacts::read(&said)))
}

/// Looks for an image, and fetches it if need be.
pub(super) async fn find_or_fetch(
    executing: Executing<'_>,
    choice: EngineChoice,
    image: &str,
) -> Result<Found, ExecuteError> {
    let Looked { working, facts } = find(executing, choice, image).await?;
    if let Some(facts) = facts {
        return Ok(Found { working, facts });
    }
    let exit = invoke(executing, working.engine.pull(image, None, false), |command| command).await?;
    if !exit.status.is_success() {
        let doing = format!("the image {image} cannot be fetched");
        let failure = match Symptom::read(&exit.tail) {
            Some(symptom) => symptom.failure(&doing, &exit.tail),
            None => Failure { tail: exit.tail, ..Failure::new(FailureClass::Process, doing) },
        };
        return Err(failure.into());
    }
    let facts = inspected(executing, &working, image).await?;
    facts.map(|facts| Found { working, facts }).ok_or_else(|| not_there(image).into())
}

/// An image that has to be built before it can be tested.
pub(super) fn not_there(image: &str) -> Failure {
    Failure::new(FailureClass::Process, format!("there is no image {image} on this machine"))
        .cause("the image to be tested is not there")
        .hint("let the step need an `image.build` step, and write `image: ${{ steps.build.image }}`")
}
