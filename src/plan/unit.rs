//! Carrying out one step of one unit, as far as it needs no process and no network. Plan and run
//! both come through here, so a dry run cannot say something else than the run does.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Map, Value, json};

use crate::action::Subject;
use crate::base::StepId;
use crate::connector::Connector;
use crate::edit::yaml;
use crate::event::{Failure, FailureClass, StepIndex, StepResult};
use crate::expression::{EvaluationError, Expression, Scope, ScopeValue, Template, contains_unknown};
use crate::overlay::{Overlay, as_text};
use crate::workflow::CHANGED_OUTPUT;

use super::Migration;
use super::compiled::{CompiledStep, Reads, StepDeed, WithValue};
use super::frozen::Frozen;

/// The outputs of the steps done so far, by step.
#[derive(Debug, Clone, Default)]
pub struct Outputs {
    steps: Map<String, Value>,
}

impl Outputs {
    /// Adds what a step gave. Declared outputs that it did not give are none; every step has `changed`.
    pub fn add(&mut self, step: &CompiledStep, changed: bool, outputs: &BTreeMap<String, Value>) {
        let declared = step.outputs.iter().map(|name| (name.clone(), Value::Null));
        let mut values: Map<String, Value> = declared.collect();
        values.extend(outputs.iter().map(|(name, value)| (name.clone(), value.clone())));
        values.insert(CHANGED_OUTPUT.to_owned(), Value::Bool(changed));
        self.insert(&step.id, values);
    }

    /// Adds a step whose outputs are not known before the run.
    pub fn add_unknown(&mut self, step: &CompiledStep) {
        let identifier = step.id.identifier();
        let unknown = |name: &str| crate::expression::unknown(&format!("steps.{identifier}.{name}"));
        let names = step.outputs.iter().map(String::as_str).chain([CHANGED_OUTPUT]);
        let values = names.map(|name| (name.to_owned(), Value::String(unknown(&name.replace('-', "_")))));
        self.insert(&step.id, values.collect());
    }

    /// Adds what other steps gave, in the place of what was known of them.
    pub(super) fn take(&mut self, others: Self) {
        self.steps.extend(others.steps);
    }

    fn insert(&mut self, step: &StepId, values: Map<String, Value>) {
        let values = values.into_iter().map(|(name, value)| (name.replace('-', "_"), value)).collect();
        self.steps.insert(step.identifier(), Value::Object(values));
    }
}

/// What came of trying a step.
#[derive(Debug, Clone, PartialEq)]
pub enum Tried {
    /// It was done.
    Done(StepResult),
    /// Its `if` is false, or cannot be told yet.
    Skipped(String),
    /// It failed; the overlay is as before.
    Failed(Failure),
    /// It depends on something that is not known before the run.
    Undecided(String),
}

/// One unit and what it is carried out with.
#[derive(Clone, Copy)]
pub struct Unit<'a> {
    /// What is carried out.
    pub migration: &'a Migration,
    /// The connector; `None` for the steps of the run itself.
    pub connector: Option<&'a Connector>,
    /// The values that are the same for every step of the unit.
    pub fixed: &'a Scope,
}

/// The values that expressions can read and that do not change from step to step.
pub fn fixed_scope(frozen: &Frozen, connector: Option<&Connector>) -> Scope {
    let workflow = json!({ "name": frozen.workflow.name, "description": frozen.workflow.description });
    let run = json!({ "id": frozen.run, "date": frozen.date.to_string(), "base": frozen.base.to_string() });
    let scope = Scope::new().with("inputs", &frozen.inputs).with("workflow", workflow).with("run", run);
    match connector {
        Some(connector) => scope.with("connector", connector.properties()),
        None => scope,
    }
}

impl<'a> Unit<'a> {
    /// The overlay in which the unit's files are as in the base commit.
    pub fn overlay(&self, base: Arc<dyn crate::base::Tree>) -> Option<Overlay> {
        let connector = self.connector?;
        Some(Overlay::new(base, connector.path.clone(), connector.documentation.clone()))
    }

    /// What an edit may know.
    pub fn subject(&self) -> Option<Subject<'a>> {
        let connector = self.connector?;
        Some(Subject { connector, profile: &self.migration.profile, date: self.migration.frozen.date })
    }

    /// The scope for something that reads `reads`.
    pub fn scope(&self, reads: Reads, overlay: Option<&Overlay>, outputs: &Outputs) -> Result<Scope, Failure> {
        if !reads.anything {
            return Ok(Scope::new());
        }
        let mut scope = self.fixed.clone().with("steps", &outputs.steps);
        if let Some(overlay) = overlay {
            if reads.metadata
                && let Some(connector) = self.connector
            {
                let (metadata, data) = metadata(overlay, connector)?;
                scope = scope.with("metadata", metadata).with("data", data);
            }
            let files = overlay.clone();
            scope = scope.exists(Arc::new(move |path: &str| {
                files.locate(path).is_ok_and(|path| files.exists(&path).unwrap_or(false))
            }));
        }
        Ok(scope)
    }

    /// Whether the step is to be left out, and why.
    pub fn skip_reason(&self, step: StepIndex, scope: &Scope) -> Result<Option<String>, Failure> {
        let Some(condition) = &self.migration.compiled.step(step).condition else { return Ok(None) };
        match condition.is_true(scope) {
            Ok(true) => Ok(None),
            Ok(false) => Ok(Some(format!("`if: {}` is false", condition.source()))),
            Err(error) => Err(not_evaluated("if", condition.source(), &error)),
        }
    }

    /// Carries out an edit. On anything but success the overlay is as before.
    pub fn edit(&self, step: StepIndex, overlay: &mut Overlay, outputs: &Outputs) -> Tried {
        let compiled = self.migration.compiled.step(step);
        let (StepDeed::Edit(function, with), Some(subject)) = (&compiled.deed, self.subject()) else {
            unreachable!("only edits of units come here")
        };
        let prepared = self.prepare(step, with, overlay, outputs);
        let with = match prepared {
            Ok(Prepared::With(with)) => with,
            Ok(Prepared::Skip(reason)) => return Tried::Skipped(reason),
            Ok(Prepared::Undecided(reason)) => return Tried::Undecided(reason),
            Err(failure) => return Tried::Failed(failure),
        };
        match function(&with, &subject, overlay) {
            Ok(result) => Tried::Done(result),
            Err(failure) => {
                // A value that is not known yet may fail where the real one will not.
                if failure.class == FailureClass::Expression && contains_unknown(&with) {
                    return Tried::Undecided("depends on a value that is known only in the run".to_owned());
                }
                Tried::Failed(failure)
            }
        }
    }

    fn prepare(
        &self,
        step: StepIndex,
        with: &WithValue,
        overlay: &Overlay,
        outputs: &Outputs,
    ) -> Result<Prepared, Failure> {
        let compiled = self.migration.compiled.step(step);
        let scope = self.scope(compiled.reads, Some(overlay), outputs)?;
        if let Some(condition) = &compiled.condition
            && self.reads_unknown(condition, outputs)
        {
            return Ok(Prepared::Undecided(format!("`if: {}` is known only in the run", condition.source())));
        }
        if let Some(reason) = self.skip_reason(step, &scope)? {
            return Ok(Prepared::Skip(reason));
        }
        Ok(Prepared::With(render(with, &scope)?))
    }

    /// Whether an expression reads an output that is not known yet.
    pub fn reads_unknown(&self, expression: &Expression, outputs: &Outputs) -> bool {
        expression.references().iter().any(|reference| {
            let mut names = reference.path.iter();
            if names.next().is_none_or(|root| root != "steps") {
                return false;
            }
            let Some(step) = names.next() else { return false };
            let value = outputs.steps.get(step);
            let value = match names.next() {
                Some(output) => value.and_then(|value| value.get(output)),
                None => value,
            };
            value.is_some_and(contains_unknown)
        })
    }

    /// The criteria of `success:` that do not hold, each with why. What reads a value that is not
    /// known yet is left out.
    pub fn unmet(&self, overlay: &Overlay, outputs: &Outputs) -> Result<Vec<String>, Failure> {
        let mut unmet = Vec::new();
        for (title, expression, reads) in &self.migration.compiled.success {
            if self.reads_unknown(expression, outputs) {
                continue;
            }
            let scope = self.scope(*reads, Some(overlay), outputs)?;
            match expression.is_true(&scope) {
                Ok(true) => {}
                Ok(false) => unmet.push(format!("{title}: `{}` is false", expression.source())),
                Err(error) => unmet.push(format!("{title}: `{}` cannot be evaluated: {error}", expression.source())),
            }
        }
        Ok(unmet)
    }

    /// The criteria of `success:` that cannot be told, because they read a value that is not known.
    pub fn unknown_criteria(&self, outputs: &Outputs) -> Vec<String> {
        let criteria = self.migration.compiled.success.iter();
        let unknown = criteria.filter(|(_, expression, _)| self.reads_unknown(expression, outputs));
        unknown.map(|(title, ..)| title.clone()).collect()
    }

    /// The name of the unit's branch.
    pub fn branch(&self) -> Result<String, Failure> {
        text(&self.migration.compiled.branch, self.fixed)
    }
}

enum Prepared {
    With(Value),
    Skip(String),
    Undecided(String),
}

/// The metadata as it is in the overlay: the whole document, and what expressions call `data`.
fn metadata(overlay: &Overlay, connector: &Connector) -> Result<(ScopeValue, ScopeValue), Failure> {
    let path = &connector.metadata_path;
    let Some(file) = overlay.read(path)? else {
        let nothing = || ScopeValue::from(&Value::Object(Map::new()));
        return Ok((nothing(), nothing()));
    };
    let text = as_text(path, &file)?;
    let document = yaml::parse(&text).map_err(|error| {
        let failure = Failure::new(FailureClass::Edit, format!("{path}: {error}"));
        Failure { hint: error.hint(), ..failure.cause("its metadata cannot be parsed") }
    })?;
    let data = connector.data_path.iter().try_fold(&document, |value, key| value.get(key.as_str()));
    let data = ScopeValue::from(data.unwrap_or(&Value::Null));
    Ok((ScopeValue::from(&document), data))
}

/// The values of a `with` for one connector.
pub fn render(with: &WithValue, scope: &Scope) -> Result<Value, Failure> {
    Ok(match with {
        WithValue::Literal(value) => value.clone(),
        WithValue::Template(template) => {
            template.render(scope).map_err(|error| not_evaluated("with", template.text(), &error))?
        }
        WithValue::List(items) => Value::Array(items.iter().map(|item| render(item, scope)).collect::<Result<_, _>>()?),
        WithValue::Map(fields) => {
            let fields = fields.iter().map(|(key, value)| Ok((key.clone(), render(value, scope)?)));
            Value::Object(fields.collect::<Result<_, Failure>>()?)
        }
    })
}

/// A template's text for one connector.
pub fn text(template: &Template, scope: &Scope) -> Result<String, Failure> {
    template.render_text(scope).map_err(|error| not_evaluated("template", template.text(), &error))
}

fn not_evaluated(key: &str, source: &str, error: &EvaluationError) -> Failure {
    Failure::new(FailureClass::Expression, format!("`{key}: {source}` cannot be evaluated: {error}"))
        .hint("`cutover list --metadata-query` tries an expression on every connector")
}
