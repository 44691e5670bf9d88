//! What the outside world answered, by question.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::event::{Failure, Question, StepResult};

/// Answers by question. Frozen into a plan, so that its run asks nobody, and gathered from the journal of a run that is
/// resumed, so that what is asked again has the answer that it had.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(from = "Vec<StepResult>", into = "Vec<StepResult>")]
pub struct Answers {
    known: BTreeMap<Question, Result<StepResult, Failure>>,
}

impl Answers {
    /// Whether there is no answer at all, not counting failures.
    pub fn is_empty(&self) -> bool {
        self.results().next().is_none()
    }

    /// What is known of a question: its answer, or why there is none.
    pub fn get(&self, question: &Question) -> Option<&Result<StepResult, Failure>> {
        self.known.get(question)
    }

    /// Takes an answer up. The first one to a question stays.
    pub fn insert(&mut self, question: Question, answer: Result<StepResult, Failure>) {
        self.known.entry(question).or_insert(answer);
    }

    /// Takes up what a step answered, if it asked anything.
    pub fn remember(&mut self, result: &StepResult) {
        if let Some(question) = &result.question {
            self.insert(question.clone(), Ok(result.clone()));
        }
    }

    /// The answers in the order of their questions, without the failures. Each carries its question.
    pub fn results(&self) -> impl Iterator<Item = &StepResult> {
        self.known.values().filter_map(|answer| answer.as_ref().ok())
    }
}

impl From<Vec<StepResult>> for Answers {
    fn from(results: Vec<StepResult>) -> Self {
        let mut answers = Self::default();
        for result in &results {
            answers.remember(result);
        }
        answers
    }
}

/// Without the failures: what could not be answered is asked again.
impl From<Answers> for Vec<StepResult> {
    fn from(answers: Answers) -> Self {
        answers.known.into_values().filter_map(Result::ok).collect()
    }
}

#[cfg(test)]
mod tests {
    use crate::event::FailureClass;

    use super::*;

    fn question(text: &str) -> Question {
        Question { action: "image.resolve".to_owned(), text: text.to_owned() }
    }

    #[test]
    fn answers_outlive_their_file_and_failures_do_not() {
        let mut answers = Answers::default();
        let result = StepResult { question: Some(question("a")), detail: "x".to_owned(), ..StepResult::default() };
        answers.remember(&result);
        answers.insert(question("b"), Err(Failure::new(FailureClass::Network, "down")));
        let read: Answers = serde_json::from_str(&serde_json::to_string(&answers).unwrap()).unwrap();
        assert_eq!(read.get(&question("a")), Some(&Ok(result)));
        assert_eq!((read.get(&question("b")), read.is_empty()), (None, false));
    }

    #[test]
    fn the_first_answer_stays() {
        let mut answers = Answers::default();
        for detail in ["first", "second"] {
            let result =
                StepResult { question: Some(question("a")), detail: detail.to_owned(), ..StepResult::default() };
            answers.remember(&result);
        }
        assert_eq!(answers.results().map(|result| result.detail.as_str()).collect::<Vec<_>>(), ["first"]);
    }
}
