//! Questions to the outside world: what a step asks, and whom.

use std::sync::Arc;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::event::{Failure, FailureClass, Question, StepResult};
use crate::image::{DockerConfig, Lock, Resolver};
use crate::web::Web;

use super::BoxFuture;

/// Whom a question can be put to. One serves a whole command: what was asked once is not asked again.
pub struct Outside {
    /// Hosts that answer with documents.
    pub web: Arc<Web>,
    /// Registries of images.
    pub images: Resolver,
}

impl Outside {
    /// A world that answers nothing.
    pub fn offline() -> Self {
        let web = Arc::new(Web::offline());
        let images = Resolver::new(Arc::clone(&web), DockerConfig::default(), Lock::default());
        Self { web, images }
    }
}

type QuestionFunction = Arc<dyn Fn(&Value) -> Result<Question, Failure> + Send + Sync>;

type AnswerFunction =
    Arc<dyn for<'a> Fn(&Question, &'a Outside, u32) -> BoxFuture<'a, Result<StepResult, Failure>> + Send + Sync>;

/// The asking of one action.
#[derive(Clone)]
pub struct Resolve {
    question: QuestionFunction,
    answer: AnswerFunction,
}

impl Resolve {
    pub(super) fn new<Asked, Ask, Answer>(action: &'static str, ask: Ask, answer: Answer) -> Self
    where
        Asked: Serialize + DeserializeOwned + Send + 'static,
        Ask: Fn(&Value) -> Result<Asked, Failure> + Send + Sync + 'static,
        Answer:
            for<'a> Fn(Asked, &'a Outside, u32) -> BoxFuture<'a, Result<StepResult, Failure>> + Send + Sync + 'static,
    {
        let question: QuestionFunction = Arc::new(move |with| {
            let text = serde_json::to_string(&ask(with)?).map_err(|error| unreadable(action, &error))?;
            Ok(Question { action: action.to_owned(), text })
        });
        let answer: AnswerFunction =
            Arc::new(move |question, outside, attempt| match serde_json::from_str::<Asked>(&question.text) {
                Ok(asked) => answer(asked, outside, attempt),
                Err(error) => {
                    let failure = unreadable(action, &error);
                    Box::pin(async move { Err(failure) })
                }
            });
        Self { question, answer }
    }

    /// What a `with` asks.
    ///
    /// # Errors
    /// A `with` that does not fit the action.
    pub fn question(&self, with: &Value) -> Result<Question, Failure> {
        (self.question)(with)
    }

    /// The answer of the outside world, which remembers its question. `attempt` is which try this is, from 1.
    ///
    /// # Errors
    /// Whatever keeps the answer from coming.
    pub async fn answer(&self, question: &Question, outside: &Outside, attempt: u32) -> Result<StepResult, Failure> {
        let result = (self.answer)(question, outside, attempt).await?;
        Ok(StepResult { question: Some(question.clone()), ..result })
    }
}

fn unreadable(action: &str, error: &serde_json::Error) -> Failure {
    Failure::new(FailureClass::Machine, format!("the question of {action} cannot be written or read: {error}"))
}
