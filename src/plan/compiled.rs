//! A checked workflow made ready to be carried out: steps in their fixed order, actions found,
//! templates and expressions parsed once for all connectors.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Map, Value};

use crate::action::{self, Deed, EditFunction, Execute, Publish, Resolve};
use crate::base::{RepoPath, StepId};
use crate::event::{FailureClass, Graph, Node, StepIndex};
use crate::expression::{Expression, ExpressionError, Reference, Template};
use crate::workflow::{self, EnvValue, Limits, Scope, Step, StepAction, Workflow};

/// A workflow that cannot be compiled, though it passed the checks: frozen by another version of
/// cutover whose actions or expressions this one does not have.
#[derive(Debug, thiserror::Error)]
pub enum CompileError {
    /// An action that this version does not have.
    #[error("step {step} uses {action}, which this version of cutover does not have")]
    Action {
        /// The step.
        step: StepId,
        /// The action.
        action: String,
    },
    /// An expression that this version cannot parse.
    #[error("{place}: {message}")]
    Expression {
        /// Where it stands.
        place: String,
        /// What is wrong with it.
        message: String,
    },
}

/// What an expression or template reads, so that only that is computed for it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Reads {
    /// `data` or `metadata`: the connector's metadata as it is at that moment.
    pub metadata: bool,
    /// Anything at all.
    pub anything: bool,
}

impl Reads {
    fn of(references: &[Reference]) -> Self {
        let metadata =
            |reference: &Reference| matches!(reference.path.first().map(String::as_str), Some("data" | "metadata"));
        Self { metadata: references.iter().any(metadata), anything: true }
    }

    fn and(self, other: Self) -> Self {
        Self { metadata: self.metadata || other.metadata, anything: self.anything || other.anything }
    }
}

/// A value of a `with`, its templates parsed.
#[derive(Clone)]
pub enum WithValue {
    /// Without templates.
    Literal(Value),
    /// A text with `${{ }}`.
    Template(Template),
    /// A list with templates in it.
    List(Vec<WithValue>),
    /// A mapping with templates in it.
    Map(Vec<(String, WithValue)>),
}

/// What a step does.
#[derive(Clone)]
pub enum StepDeed {
    /// An edit with its `with`.
    Edit(EditFunction, WithValue),
    /// A publication with its `with`.
    Publish(Publish, WithValue),
    /// A question to the outside world with its `with`.
    Resolve(Resolve, WithValue),
    /// Programs on this machine, with its `with`.
    Execute(Execute, WithValue),
    /// A shell command.
    Run(Template),
}

/// The value of an environment variable of a step.
#[derive(Clone)]
pub enum CompiledEnv {
    /// A text.
    Text(Template),
    /// The variable of cutover's own environment that holds a secret.
    Secret(String),
}

/// A step made ready.
#[derive(Clone)]
pub struct CompiledStep {
    /// Its id.
    pub id: StepId,
    /// What `uses` names, or `run`.
    pub action: String,
    /// What it does.
    pub deed: StepDeed,
    /// When it is left out.
    pub condition: Option<Expression>,
    /// What `condition`, `with` and `env` read.
    pub reads: Reads,
    /// Its process's environment.
    pub env: Vec<(String, CompiledEnv)>,
    /// How long one try may take.
    pub timeout: Option<Duration>,
    /// Tries in total, the classes of failure that deserve another, and the first pause.
    pub retry: RetryPolicy,
    /// What its process may take of the machine.
    pub limits: Limits,
    /// Further paths of the repository that its process sees.
    pub paths: Vec<RepoPath>,
    /// The names of its outputs.
    pub outputs: Vec<String>,
}

/// When a failed step is tried again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RetryPolicy {
    /// Tries in total, at least 1.
    pub attempts: u32,
    /// Which failures deserve another try.
    pub on: Vec<FailureClass>,
    /// The pause before the second try; it doubles from there.
    pub delay: Duration,
}

/// The pause before a second try where the workflow names none.
const FIRST_PAUSE: Duration = Duration::from_secs(2);

impl RetryPolicy {
    fn of(step: &Step, deed: &StepDeed) -> Self {
        let Some(retry) = &step.retry else {
            // Publications and builds are safe to repeat and meet the network: two more tries unless the author says
            // otherwise.
            let repeats = matches!(deed, StepDeed::Publish(..) | StepDeed::Execute(..));
            let on = vec![FailureClass::Network, FailureClass::RateLimit];
            return Self { attempts: if repeats { 3 } else { 1 }, on, delay: FIRST_PAUSE };
        };
        let classes = retry.on.iter().flat_map(|class| match class {
            workflow::FailureClass::Network => vec![FailureClass::Network],
            workflow::FailureClass::Timeout => vec![FailureClass::Timeout],
            workflow::FailureClass::RateLimit => vec![FailureClass::RateLimit],
            workflow::FailureClass::Process => vec![FailureClass::Process],
            workflow::FailureClass::Any => FailureClass::ALL.to_vec(),
        });
        Self { attempts: retry.attempts, on: classes.collect(), delay: retry.delay.unwrap_or(FIRST_PAUSE) }
    }
}

/// A workflow made ready.
pub struct Compiled {
    /// The workflow as it was checked.
    pub workflow: Workflow,
    /// What needs what.
    pub graph: Arc<Graph>,
    /// The steps in the order of the graph.
    pub steps: Vec<CompiledStep>,
    /// The name of a unit's branch.
    pub branch: Template,
    /// The message of a unit's commits, if the author gave one.
    pub message: Option<Template>,
    /// The definition of done, with what each line reads.
    pub success: Vec<(String, Expression, Reads)>,
}

impl Compiled {
    /// Compiles a checked workflow.
    ///
    /// # Panics
    /// Never: the order of a workflow holds every one of its steps.
    pub fn new(workflow: Workflow) -> Result<Self, CompileError> {
        let order = workflow::order(&workflow.steps);
        let mut nodes = Vec::with_capacity(order.len());
        let mut steps = Vec::with_capacity(order.len());
        for &position in &order {
            let step = &workflow.steps[position];
            let compiled = compile(step)?;
            let needs = workflow::dependencies(&workflow.steps, position).into_iter().map(|need| {
                let place = order.iter().position(|&ordered| ordered == need).expect("the order holds every step");
                StepIndex(u16::try_from(place).expect("a workflow has under 65,536 steps"))
            });
            nodes.push(Node {
                id: step.id.clone(),
                scope: step.scope,
                effect: effect(&compiled.deed),
                writes: step.scope == Scope::Unit && matches!(compiled.deed, StepDeed::Edit(..) | StepDeed::Run(_)),
                needs: needs.collect(),
                continue_on_error: step.continue_on_error,
            });
            steps.push(compiled);
        }
        let branch = template("branch", &workflow.branch)?;
        let message = workflow.commit.message.as_deref().map(|text| template("commit.message", text)).transpose()?;
        let success = workflow.success.iter().map(|criterion| {
            let expression = expression(&format!("success: {}", criterion.title), &criterion.expression)?;
            let reads = Reads::of(&expression.references());
            Ok((criterion.title.clone(), expression, reads))
        });
        let success = success.collect::<Result<_, CompileError>>()?;
        Ok(Self { graph: Arc::new(Graph::new(nodes)), steps, branch, message, success, workflow })
    }

    /// The same workflow in a run whose commits go to a remote repository before they are published, or do not.
    #[must_use]
    pub fn pushing(mut self, pushes: bool) -> Self {
        self.graph = Arc::new(self.graph.as_ref().clone().pushing(pushes));
        self
    }

    /// One step.
    pub fn step(&self, step: StepIndex) -> &CompiledStep {
        &self.steps[step.position()]
    }

    /// Whether any step asks the outside world.
    pub fn asks(&self) -> bool {
        self.steps.iter().any(|step| matches!(step.deed, StepDeed::Resolve(..)))
    }

    /// Whether the definition of done reads what a step gave.
    pub fn success_reads_steps(&self) -> bool {
        let of_steps = |reference: &Reference| reference.path.first().is_some_and(|root| root == "steps");
        self.success.iter().any(|(_, expression, _)| expression.references().iter().any(of_steps))
    }

    /// Whether files are edited after something was executed or published: then a unit's edits are
    /// rehearsed before its first step, so that nothing is begun that cannot be ended.
    pub fn needs_rehearsal(&self) -> bool {
        let unit_steps = || self.graph.of_scope(Scope::Unit).map(|step| &self.step(step).deed);
        let acts = |deed: &StepDeed| matches!(deed, StepDeed::Run(_) | StepDeed::Execute(..) | StepDeed::Publish(..));
        let first_deed = unit_steps().position(acts);
        first_deed.is_some_and(|first| unit_steps().skip(first).any(|deed| matches!(deed, StepDeed::Edit(..))))
    }
}

fn effect(deed: &StepDeed) -> workflow::Effect {
    match deed {
        StepDeed::Edit(..) => workflow::Effect::Edit,
        StepDeed::Publish(..) => workflow::Effect::Publish,
        StepDeed::Resolve(..) => workflow::Effect::Resolve,
        StepDeed::Run(_) | StepDeed::Execute(..) => workflow::Effect::Execute,
    }
}

fn compile(step: &Step) -> Result<CompiledStep, CompileError> {
    let place = |what: &str| format!("steps.{}.{what}", step.id);
    let mut references = Vec::new();
    let mut outputs = step.outputs.clone();
    let deed = match &step.action {
        StepAction::Run { command } => {
            let command = template(&place("run"), command)?;
            references.extend(command.references());
            StepDeed::Run(command)
        }
        StepAction::Uses { action: name, with } => {
            let found = action::find(name)
                .ok_or_else(|| CompileError::Action { step: step.id.clone(), action: name.clone() })?;
            outputs = found.spec.output_names().into_iter().map(str::to_owned).collect();
            let with = with_value(&place("with"), &Value::Object(with.clone()), &mut references)?;
            match &found.deed {
                Deed::Edit(function) => StepDeed::Edit(Arc::clone(function), with),
                Deed::Publish(publish) => StepDeed::Publish(publish.clone(), with),
                Deed::Resolve(resolve) => StepDeed::Resolve(resolve.clone(), with),
                Deed::Execute(execute) => StepDeed::Execute(execute.clone(), with),
            }
        }
    };
    let mut env = Vec::new();
    for (name, value) in &step.env {
        env.push(match value {
            EnvValue::Text(text) => {
                let text = template(&place("env"), text)?;
                references.extend(text.references());
                (name.clone(), CompiledEnv::Text(text))
            }
            EnvValue::Secret(variable) => (name.clone(), CompiledEnv::Secret(variable.clone())),
        });
    }
    let condition = step.if_.as_deref().map(|source| expression(&place("if"), source)).transpose()?;
    let reads = condition.as_ref().map_or(Reads::default(), |condition| Reads::of(&condition.references()));
    let reads = if references.is_empty() { reads } else { reads.and(Reads::of(&references)) };
    Ok(CompiledStep {
        id: step.id.clone(),
        action: step.action.name().to_owned(),
        condition,
        reads,
        env,
        timeout: step.timeout,
        retry: RetryPolicy::of(step, &deed),
        limits: step.limits,
        paths: step.paths.clone(),
        outputs,
        deed,
    })
}

fn with_value(place: &str, value: &Value, references: &mut Vec<Reference>) -> Result<WithValue, CompileError> {
    let found_before = references.len();
    let compiled = match value {
        Value::String(text) => {
            let template = template(place, text)?;
            if template.is_literal() {
                // Unescapes `$${{`.
                let text = template.render_text(&crate::expression::Scope::new());
                return Ok(WithValue::Literal(Value::String(text.unwrap_or_else(|_| template.text().to_owned()))));
            }
            references.extend(template.references());
            // A template of literals only (`${{ 1 + 1 }}`) has no references and is still one.
            return Ok(WithValue::Template(template));
        }
        Value::Array(items) => {
            let items = items.iter().map(|item| with_value(place, item, references));
            WithValue::List(items.collect::<Result<_, _>>()?)
        }
        Value::Object(fields) => {
            let fields = fields
                .iter()
                .map(|(key, value)| Ok((key.clone(), with_value(&format!("{place}.{key}"), value, references)?)));
            WithValue::Map(fields.collect::<Result<_, CompileError>>()?)
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => WithValue::Literal(value.clone()),
    };
    Ok(if references.len() == found_before { fold_literals(compiled) } else { compiled })
}

/// A list or mapping of literals is one literal, so that it is not built again for each connector.
fn fold_literals(value: WithValue) -> WithValue {
    match value {
        WithValue::List(items) if items.iter().all(is_literal) => {
            WithValue::Literal(Value::Array(items.into_iter().filter_map(literal).collect()))
        }
        WithValue::Map(fields) if fields.iter().all(|(_, value)| is_literal(value)) => {
            let fields = fields.into_iter().filter_map(|(key, value)| Some((key, literal(value)?)));
            WithValue::Literal(Value::Object(fields.collect::<Map<_, _>>()))
        }
        other => other,
    }
}

fn is_literal(value: &WithValue) -> bool {
    matches!(value, WithValue::Literal(_))
}

fn literal(value: WithValue) -> Option<Value> {
    if let WithValue::Literal(value) = value { Some(value) } else { None }
}

fn template(place: &str, text: &str) -> Result<Template, CompileError> {
    Template::parse(text).map_err(|error| unparsed(place, &error))
}

fn expression(place: &str, source: &str) -> Result<Expression, CompileError> {
    Expression::parse(source).map_err(|error| unparsed(place, &error))
}

fn unparsed(place: &str, error: &ExpressionError) -> CompileError {
    CompileError::Expression { place: place.to_owned(), message: error.message.clone() }
}
