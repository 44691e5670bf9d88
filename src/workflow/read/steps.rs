//! Reads `steps`.

use std::ops::Range;

use super::super::document::{Entry, Kind, Node};
use super::super::findings::{Findings, suggestion};
use super::super::{ActionSpec, Effect, EnvValue, FailureClass, Limits, Retry, Scope, Step, StepAction};
use super::values::Fields;
use super::{Owner, Part, Site, StepPlaces};
use crate::base::StepId;

/// The keys of a step.
pub(in crate::workflow) const KEYS: &[&str] = &[
    "name",
    "uses",
    "run",
    "with",
    "needs",
    "if",
    "scope",
    "timeout",
    "retry",
    "env",
    "continue-on-error",
    "outputs",
    "paths",
    "limits",
];

const FAILURE_CLASSES: &[(&str, FailureClass)] = &[
    ("network", FailureClass::Network),
    ("timeout", FailureClass::Timeout),
    ("rate-limit", FailureClass::RateLimit),
    ("process", FailureClass::Process),
    ("any", FailureClass::Any),
];

/// More tries than this are an endless loop with a number on it.
const MOST_ATTEMPTS: u32 = 100;

/// The steps in the file's order, each with its places.
pub(super) fn read<'n>(
    node: &'n Node,
    actions: &'n [ActionSpec],
    findings: &mut Findings<'_>,
    sites: &mut Vec<Site<'n>>,
) -> (Vec<Step>, Vec<StepPlaces<'n>>) {
    let Kind::Mapping(entries) = &node.kind else {
        let hint = "Give each step an id: `steps: { build: { run: make } }`.";
        findings.wrong_type(node, "`steps`", "a mapping of ids to steps", Some(hint.to_owned()));
        return Default::default();
    };
    if entries.is_empty() {
        let finding = findings.error("empty-value", node.span.clone(), "`steps` is empty");
        findings.add(finding.hint("Add at least one step; `cutover actions` lists what it can use."));
    }
    let (mut steps, mut places): (Vec<Step>, Vec<StepPlaces<'n>>) = Default::default();
    for entry in entries {
        let id = id(entry, findings);
        if let Some(earlier) = steps.iter().position(|step: &Step| step.id.identifier() == id.identifier()) {
            let message = format!("`{}` and `{}` are the same name in expressions", steps[earlier].id, entry.key);
            let finding = findings.error("ambiguous-name", entry.key_span.clone(), message);
            let finding = finding.also(places[earlier].id.clone(), "the other one");
            findings.add(finding.hint("Rename one of the two: dashes read as underscores there."));
            continue;
        }
        let mut reader = StepReader { index: steps.len(), entry, actions, findings, sites };
        let (step, place) = reader.step(id);
        steps.push(step);
        places.push(place);
    }
    (steps, places)
}

/// The id; a wrong one is mended so that what follows can still be checked.
fn id(entry: &Entry, findings: &mut Findings<'_>) -> StepId {
    StepId::new(&entry.key).unwrap_or_else(|error| {
        let finding = findings.error("invalid-name", entry.key_span.clone(), error.to_string());
        findings.add(finding.hint("The id becomes a name in expressions, such as `steps.set_base_image`."));
        let letters = entry.key.chars().map(|letter| if letter.is_ascii_alphanumeric() { letter } else { '-' });
        StepId::new(&format!("x{}", letters.collect::<String>())).expect("a letter, then letters, digits and dashes")
    })
}

struct StepReader<'r, 'f, 'n> {
    index: usize,
    entry: &'n Entry,
    actions: &'n [ActionSpec],
    findings: &'r mut Findings<'f>,
    sites: &'r mut Vec<Site<'n>>,
}

impl<'n> StepReader<'_, '_, 'n> {
    fn step(&mut self, id: StepId) -> (Step, StepPlaces<'n>) {
        let mut step = empty(id);
        let mut places = StepPlaces {
            id: self.entry.key_span.clone(),
            spec: None,
            outputs_known: false,
            needs: Vec::new(),
            uses: None,
            with: None,
            scope: None,
            env: None,
        };
        let what = format!("the step `{}`", self.entry.key);
        if let Some(fields) = self.findings.fields(&self.entry.value, &what, KEYS) {
            self.action(fields, &what, &mut step, &mut places);
            self.settings(fields, &mut step, &mut places);
        }
        (step, places)
    }

    /// `uses` with `with`, or `run` with `outputs`.
    fn action(&mut self, fields: Fields<'n>, what: &str, step: &mut Step, places: &mut StepPlaces<'n>) {
        match (fields.entry("uses"), fields.entry("run")) {
            (Some(uses), Some(run)) => {
                let message = format!("{what} has both `uses` and `run`");
                let finding = self.findings.error("conflicting-keys", run.key_span.clone(), message);
                let finding = finding.also(uses.key_span.clone(), "the other one");
                self.findings.add(finding.hint("Keep one of the two, or make two steps of it."));
            }
            (Some(uses), None) => self.uses(&uses.value, fields, step, places),
            (None, Some(run)) => self.run(&run.value, fields, step, places),
            (None, None) if !fields.lacks("uses") || !fields.lacks("run") => {}
            (None, None) => {
                let hint = "Add `uses:` with an action (`cutover actions` lists them), or `run:` with a shell command.";
                self.findings.missing(self.entry.key_span.clone(), what, "uses", hint);
            }
        }
    }

    fn uses(&mut self, uses: &'n Node, fields: Fields<'n>, step: &mut Step, places: &mut StepPlaces<'n>) {
        if let Some(outputs) = fields.entry("outputs") {
            let message = "only a `run:` step declares its outputs";
            let finding = self.findings.error("conflicting-keys", outputs.key_span.clone(), message);
            self.findings.add(finding.hint("Remove `outputs`: an action says itself which it has."));
        }
        places.with = fields.get("with");
        let with = match places.with.map(Node::to_json) {
            Some(serde_json::Value::Object(with)) => with,
            _ => serde_json::Map::new(),
        };
        if let Some(node) = places.with {
            self.plain_keys(node);
            let owner = Owner::Step(self.index, Part::With);
            let sites = &mut *self.sites;
            node.scalars(&mut |node, scalar| {
                if scalar.text.contains("${{") {
                    sites.extend(Site::template(owner, node));
                }
            });
        }
        let Some(action) = self.findings.text(uses, "`uses`") else { return };
        places.uses = Some(uses.span.clone());
        places.spec = self.actions.iter().find(|spec| spec.name == action);
        places.outputs_known = places.spec.is_some();
        if places.spec.is_none() {
            let known: Vec<&str> = self.actions.iter().map(|spec| spec.name).collect();
            let finding =
                self.findings.error("unknown-action", uses.span.clone(), format!("there is no action `{action}`"));
            self.findings.add(finding.hint(format!(
                "{} `cutover actions` describes all.",
                suggestion(&action, known.iter().copied(), "actions")
            )));
        }
        step.action = StepAction::Uses { action, with };
    }

    fn plain_keys(&mut self, node: &Node) {
        let findings = &mut *self.findings;
        node.keys(&mut |entry| {
            if entry.key.contains("${{") {
                let finding =
                    findings.error("template-here", entry.key_span.clone(), "a key is a plain text, without `${{ }}`");
                findings.add(finding.hint("Expressions can stand in values only."));
            }
        });
    }

    fn run(&mut self, run: &'n Node, fields: Fields<'n>, step: &mut Step, places: &mut StepPlaces<'n>) {
        if let Some(with) = fields.entry("with") {
            let finding =
                self.findings.error("conflicting-keys", with.key_span.clone(), "a `run:` step takes no `with`");
            self.findings.add(finding.hint("Hand values over as environment variables, in `env`."));
        }
        if let Some(outputs) = fields.get("outputs") {
            step.outputs = self.output_names(outputs);
        }
        places.outputs_known = true;
        let Some(command) = self.findings.text(run, "`run`") else { return };
        self.sites.extend(Site::template(Owner::Step(self.index, Part::Run), run));
        step.action = StepAction::Run { command };
    }

    fn output_names(&mut self, node: &Node) -> Vec<String> {
        let names = self.findings.texts(node, "`outputs`");
        for (name, node) in &names {
            // Names in expressions, like ids of steps.
            if StepId::new(name).is_err() {
                let message = format!("`{name}` is not a name for an output");
                let finding = self.findings.error("invalid-name", node.span.clone(), message);
                self.findings.add(finding.hint("Use letters, digits, `-` and `_`, beginning with a letter."));
            }
        }
        names.into_iter().map(|(name, _)| name).collect()
    }

    /// What steps of both kinds have.
    fn settings(&mut self, fields: Fields<'n>, step: &mut Step, places: &mut StepPlaces<'n>) {
        step.name = fields.get("name").and_then(|node| self.findings.plain(node, "`name`"));
        if let Some(node) = fields.get("needs") {
            let needs = self.findings.texts(node, "`needs`");
            step.needs = needs.iter().filter_map(|(need, _)| StepId::new(need).ok()).collect();
            places.needs = needs.into_iter().map(|(need, node)| (need, node.span.clone())).collect();
        }
        step.if_ = fields.get("if").and_then(|node| {
            self.findings.expression(node, "`if`")?;
            let site = Site::expression(Owner::Step(self.index, Part::If), node)?;
            let text = site.text.to_owned();
            self.sites.push(site);
            Some(text)
        });
        if let Some(node) = fields.get("scope") {
            let scope = self.findings.word(node, "`scope`", &[("run", Scope::Run), ("unit", Scope::Unit)]);
            step.scope = scope.unwrap_or_default();
            places.scope = Some(node.span.clone());
        }
        step.timeout = fields.get("timeout").and_then(|node| self.findings.duration(node, "`timeout`"));
        step.retry = fields.get("retry").and_then(|node| self.retry(node));
        if let Some(entry) = fields.entry("env") {
            places.env = Some(entry.key_span.clone());
            step.env = self.env(&entry.value);
        }
        let continue_on_error = fields.get("continue-on-error");
        step.continue_on_error =
            continue_on_error.and_then(|node| self.findings.boolean(node, "`continue-on-error`")).unwrap_or(false);
        self.process_settings(fields, step, places);
    }

    /// What only steps with a process have: an action that runs none is not given paths or limits.
    fn process_settings(&mut self, fields: Fields<'n>, step: &mut Step, places: &StepPlaces<'n>) {
        let executes = places.spec.is_none_or(|spec| spec.effect == Effect::Execute);
        for key in ["paths", "limits"] {
            let Some(entry) = fields.entry(key).filter(|_| !executes) else { continue };
            let message = format!("`{key}` is for steps that run a process, and `{}` runs none", step.action.name());
            let finding = self.findings.error("conflicting-keys", entry.key_span.clone(), message);
            self.findings.add(finding.hint(format!("Remove `{key}`.")));
        }
        if let Some(node) = fields.get("paths") {
            step.paths = self.findings.paths(node);
        }
        if let Some(node) = fields.get("limits") {
            step.limits = self.findings.limits(node);
        }
    }

    fn retry(&mut self, node: &Node) -> Option<Retry> {
        let fields = self.findings.fields(node, "`retry`", &["attempts", "on", "delay"])?;
        if fields.lacks("attempts") {
            let hint = "Say how many tries there are in total, such as `attempts: 3`.";
            self.findings.missing(super::settings::first_key(node), "`retry`", "attempts", hint);
        }
        let attempts = fields.get("attempts").and_then(|node| self.attempts(node));
        let on = match fields.get("on") {
            Some(node) => self.failure_classes(node),
            None => vec![FailureClass::Any],
        };
        let delay = fields.get("delay").and_then(|node| self.findings.duration(node, "`delay`"));
        Some(Retry { attempts: attempts?, on, delay })
    }

    fn attempts(&mut self, node: &Node) -> Option<u32> {
        let number = u32::try_from(self.findings.positive(node, "`attempts`")?.get()).unwrap_or(u32::MAX);
        if number > MOST_ATTEMPTS {
            let message = format!("`attempts` is {number}; at most {MOST_ATTEMPTS} make sense");
            let finding = self.findings.error("unknown-value", node.span.clone(), message);
            self.findings.add(finding.hint("Mend the step, or wait longer between the tries with `delay`."));
        }
        Some(number)
    }

    fn failure_classes(&mut self, node: &Node) -> Vec<FailureClass> {
        let classes = self.findings.texts(node, "`on`");
        classes.iter().filter_map(|(_, node)| self.findings.word(node, "`on`", FAILURE_CLASSES)).collect()
    }

    fn env(&mut self, node: &'n Node) -> Vec<(String, EnvValue)> {
        let Some(entries) = self.findings.mapping(node, "`env`") else { return Vec::new() };
        let mut variables = Vec::new();
        for entry in entries {
            self.variable_name(&entry.key, &entry.key_span);
            if let Some(value) = self.env_value(entry) {
                variables.push((entry.key.clone(), value));
            }
        }
        variables
    }

    /// A text, number or boolean as written, or `{ secret: VARIABLE }`.
    fn env_value(&mut self, entry: &'n Entry) -> Option<EnvValue> {
        let what = format!("the variable `{}`", entry.key);
        if let Some(scalar) = entry.value.as_scalar().filter(|scalar| !scalar.to_json().is_null()) {
            self.sites.extend(Site::template(Owner::Step(self.index, Part::Env), &entry.value));
            return Some(EnvValue::Text(scalar.text.clone()));
        }
        if !matches!(entry.value.kind, Kind::Mapping(_)) {
            let hint = "Write an empty text as `\"\"`, and several values as one text.".to_owned();
            self.findings.wrong_type(&entry.value, &what, "a text or `{ secret: VARIABLE }`", Some(hint));
            return None;
        }
        let fields = self.findings.fields(&entry.value, &what, &["secret"])?;
        if fields.lacks("secret") {
            let hint = "Name the environment variable that holds the secret: `{ secret: VARIABLE }`.";
            self.findings.missing(entry.key_span.clone(), &what, "secret", hint);
        }
        let secret = fields.get("secret")?;
        let name = self.findings.text(secret, "`secret`")?;
        if !is_variable_name(&name) {
            let message = "`secret` is the name of an environment variable, not its value";
            let finding = self.findings.error("invalid-name", secret.span.clone(), message);
            self.findings.add(finding.hint("Put the value into the environment, and its variable's name here."));
        }
        Some(EnvValue::Secret(name))
    }

    fn variable_name(&mut self, name: &str, span: &Range<usize>) {
        if !is_variable_name(name) {
            let message = format!("`{name}` is not a name for an environment variable");
            let finding = self.findings.error("invalid-name", span.clone(), message);
            self.findings.add(finding.hint("Use letters, digits and `_`, beginning with a letter or `_`."));
        } else if name.starts_with("CUTOVER_") {
            let message = format!("`{name}` is a name that cutover sets itself");
            let finding = self.findings.error("invalid-name", span.clone(), message);
            self.findings.add(finding.hint("Choose a name that does not begin with `CUTOVER_`."));
        }
    }
}

fn is_variable_name(name: &str) -> bool {
    name.starts_with(|letter: char| letter.is_ascii_alphabetic() || letter == '_')
        && name.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_')
}

fn empty(id: StepId) -> Step {
    Step {
        id,
        name: None,
        action: StepAction::Run { command: String::new() },
        needs: Vec::new(),
        if_: None,
        scope: Scope::default(),
        timeout: None,
        retry: None,
        env: Vec::new(),
        continue_on_error: false,
        outputs: Vec::new(),
        paths: Vec::new(),
        limits: Limits::default(),
    }
}
