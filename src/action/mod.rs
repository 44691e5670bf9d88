//! The actions that steps `use`: one file each, in a folder for each effect class.
//!
//! An action has a typed, documented `with`, typed outputs and an effect class, and knows nothing
//! of workflows, plans or engines. The files are collected by `build.rs`: a new one is found by
//! being there.

mod approval;
mod building;
mod checks;
mod executing;
mod failure;
mod publishing;
mod pull_request;
mod resolving;
mod span;
mod structured;
mod subject;
mod testing;

use std::sync::{Arc, LazyLock};

use schemars::JsonSchema;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::event::{Failure, FailureClass, StepResult};
use crate::overlay::Overlay;
use crate::workflow::{ActionSpec, Effect, OutputSpec};

pub(crate) use executing::disk;
pub use executing::{
    Bounds, Deadline, Execute, ExecuteError, ExecuteFunction, Executed, Executing, Machine, Places, Weight,
};
pub use publishing::{BoxFuture, Look, PublishError, Published, Publishing};
pub use resolving::{Outside, Resolve};
pub use subject::Subject;

include!(concat!(env!("OUT_DIR"), "/actions.rs"));

/// An edit: overlay in, overlay out. Pure and idempotent; knows no clock, disk or network. Where it fails, the overlay
/// is as before.
pub type EditFunction = Arc<dyn Fn(&Value, &Subject, &mut Overlay) -> Result<StepResult, Failure> + Send + Sync>;

/// Says in a plan what a publication or an execution would do.
pub type PreviewFunction = Arc<dyn Fn(&Value) -> Result<String, Failure> + Send + Sync>;

/// Changes the outside world, and finds what it did before if it is asked twice.
pub type PublishFunction =
    Arc<dyn for<'a> Fn(&Value, Publishing<'a>) -> BoxFuture<'a, Result<Published, PublishError>> + Send + Sync>;

/// Looks at the outside world and writes nothing to it.
pub type LookFunction =
    Arc<dyn for<'a> Fn(&Value, Publishing<'a>) -> BoxFuture<'a, Result<Look, PublishError>> + Send + Sync>;

/// A publication: what it would do and the doing.
#[derive(Clone)]
pub struct Publish {
    /// What it would do, for the plan.
    pub preview: PreviewFunction,
    /// Whether its time has come: asked before it is begun, as often as it takes, and not written down as a beginning.
    pub look: Option<LookFunction>,
    /// The doing.
    pub act: PublishFunction,
}

/// What an action does, by effect class.
#[derive(Clone)]
pub enum Deed {
    /// Edits the unit's files.
    Edit(EditFunction),
    /// Publishes the unit's commits.
    Publish(Publish),
    /// Asks the outside world.
    Resolve(Resolve),
    /// Runs programs on this machine.
    Execute(Execute),
}

/// An action: what is known of it, and what it does.
#[derive(Clone)]
pub struct Action {
    /// Its name, schema, outputs, an example.
    pub spec: ActionSpec,
    /// What it does.
    pub deed: Deed,
}

/// What an action's file says of it, besides its types.
pub struct Description {
    /// What `uses` calls it.
    pub name: &'static str,
    /// What it does, in one sentence.
    pub summary: &'static str,
    /// What it gives to later steps.
    pub outputs: Vec<OutputSpec>,
    /// A step as an author would write it.
    pub example: &'static str,
}

impl Action {
    /// An action of class edit with the typed `with` that its function takes.
    pub fn edit<With, Function>(description: Description, function: Function) -> Self
    where
        With: DeserializeOwned + JsonSchema,
        Function: Fn(&With, &Subject, &mut Overlay) -> Result<StepResult, Failure> + Send + Sync + 'static,
    {
        let name = description.name;
        let deed: EditFunction = Arc::new(move |with, subject, overlay| {
            let with = typed(name, with)?;
            let before = overlay.clone();
            function(&with, subject, overlay).inspect_err(|_| *overlay = before)
        });
        Self { spec: spec::<With>(description, Effect::Edit), deed: Deed::Edit(deed) }
    }

    /// An action of class publish with the typed `with` that its functions take.
    pub fn publish<With, Preview, Act>(description: Description, preview: Preview, act: Act) -> Self
    where
        With: DeserializeOwned + JsonSchema + Send + 'static,
        Preview: Fn(&With) -> String + Send + Sync + 'static,
        Act: for<'a> Fn(With, Publishing<'a>) -> BoxFuture<'a, Result<Published, PublishError>> + Send + Sync + 'static,
    {
        let name = description.name;
        let preview: PreviewFunction = Arc::new(move |with| Ok(preview(&typed(name, with)?)));
        let act: PublishFunction = Arc::new(move |with, publishing| match typed::<With>(name, with) {
            Ok(with) => act(with, publishing),
            Err(failure) => Box::pin(async move { Err(PublishError::Failed(failure)) }),
        });
        let publish = Publish { preview, look: None, act };
        Self { spec: spec::<With>(description, Effect::Publish), deed: Deed::Publish(publish) }
    }

    /// The same action, which looks whether its time has come before it acts.
    ///
    /// # Panics
    /// For an action that is no publication: a mistake in the action's own file.
    #[must_use]
    pub fn looking<With, LookAt>(mut self, look: LookAt) -> Self
    where
        With: DeserializeOwned + Send + 'static,
        LookAt: for<'a> Fn(With, Publishing<'a>) -> BoxFuture<'a, Result<Look, PublishError>> + Send + Sync + 'static,
    {
        let name = self.spec.name;
        let Deed::Publish(publish) = &mut self.deed else { panic!("{name} publishes nothing that it could look at") };
        publish.look = Some(Arc::new(move |with, publishing| match typed::<With>(name, with) {
            Ok(with) => look(with, publishing),
            Err(failure) => Box::pin(async move { Err(PublishError::Failed(failure)) }),
        }));
        self
    }
}

impl Action {
    /// An action of class resolve. Its `with` becomes a question, in which only stands what can change the answer; the
    /// second function answers it. It may be asked several times, and is told which try it is, from 1.
    pub fn resolve<With, Asked, Question, Answer>(description: Description, question: Question, answer: Answer) -> Self
    where
        With: DeserializeOwned + JsonSchema,
        Asked: Serialize + DeserializeOwned + Send + 'static,
        Question: Fn(&With) -> Result<Asked, Failure> + Send + Sync + 'static,
        Answer:
            for<'a> Fn(Asked, &'a Outside, u32) -> BoxFuture<'a, Result<StepResult, Failure>> + Send + Sync + 'static,
    {
        let name = description.name;
        let spec = spec::<With>(description, Effect::Resolve);
        let deed = Resolve::new(name, move |with| question(&typed(name, with)?), answer);
        Self { spec, deed: Deed::Resolve(deed) }
    }
}

impl Action {
    /// An action of class execute with the typed `with` that its functions take.
    pub fn execute<With, Preview, Act>(description: Description, weight: Weight, preview: Preview, act: Act) -> Self
    where
        With: DeserializeOwned + JsonSchema + Send + 'static,
        Preview: Fn(&With) -> String + Send + Sync + 'static,
        Act: for<'a> Fn(With, Executing<'a>) -> BoxFuture<'a, Result<Executed, ExecuteError>> + Send + Sync + 'static,
    {
        let name = description.name;
        let preview: PreviewFunction = Arc::new(move |with| Ok(preview(&typed(name, with)?)));
        let act: ExecuteFunction = Arc::new(move |with, executing| match typed::<With>(name, with) {
            Ok(with) => act(with, executing),
            Err(failure) => Box::pin(async move { Err(failure.into()) }),
        });
        Self { spec: spec::<With>(description, Effect::Execute), deed: Deed::Execute(Execute { weight, preview, act }) }
    }
}

fn spec<With: JsonSchema>(description: Description, effect: Effect) -> ActionSpec {
    let mut with = schemars::schema_for!(With).to_value();
    if let Some(object) = with.as_object_mut() {
        object.remove("$schema");
        object.remove("title");
        object.remove("description");
    }
    ActionSpec {
        name: description.name,
        effect,
        summary: description.summary,
        with,
        outputs: description.outputs,
        example: description.example,
    }
}

/// The checks have seen the literal values of a `with`; what a template became is only known now.
fn typed<With: DeserializeOwned>(action: &str, with: &Value) -> Result<With, Failure> {
    serde_json::from_value(with.clone()).map_err(|error| {
        Failure::new(FailureClass::Expression, format!("the `with` of {action} does not fit: {error}"))
            .hint("look at the values that the `${{ }}` in it have for this connector")
    })
}

/// Every action, by name.
pub fn all() -> &'static [Action] {
    static ALL: LazyLock<Vec<Action>> = LazyLock::new(|| {
        let mut actions = collected();
        actions.sort_by_key(|action| action.spec.name);
        actions
    });
    &ALL
}

/// The action with this name.
pub fn find(name: &str) -> Option<&'static Action> {
    all().iter().find(|action| action.spec.name == name)
}

/// What the checks of workflow files need to know of every action.
pub fn specs() -> Vec<ActionSpec> {
    all().iter().map(|action| action.spec.clone()).collect()
}

/// A result that changed something.
pub(crate) fn changed(detail: impl Into<String>) -> StepResult {
    StepResult { changed: true, detail: detail.into(), ..StepResult::default() }
}

/// A result that found everything as wanted.
pub(crate) fn unchanged(detail: impl Into<String>) -> StepResult {
    StepResult { detail: detail.into(), ..StepResult::default() }
}
