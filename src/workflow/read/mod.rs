//! From the document's tree to a draft of the workflow: keys, types and single values.
//!
//! What needs the whole workflow (needs, references, arguments of actions) is checked afterwards on the [`Draft`].

mod inputs;
mod limits;
mod rollout;
mod settings;
mod steps;
mod values;
mod window;

use std::ops::Range;

use serde_json::Value;

pub use settings::is_fork;
#[cfg(test)]
pub(super) use steps::KEYS as STEP_KEYS;
pub use values::parse_duration;
pub(super) use values::{boolean_hint, number_hint, quote_hint};

use super::document::{Kind, Node, Scalar};
use super::findings::Findings;
use super::model::{DEFAULT_BRANCH, WORKFLOW_VERSION};
use super::{ActionSpec, CommitOptions, Concurrency, Criterion, PublishOptions, Selection, Workflow};
use values::Fields;

/// The keys of a workflow.
pub(super) const KEYS: &[&str] = &[
    "version",
    "name",
    "description",
    "inputs",
    "connectors",
    "branch",
    "commit",
    "publish",
    "rollout",
    "concurrency",
    "fail-fast",
    "max-failures",
    "steps",
    "success",
];

/// A workflow as far as it could be read, with the places that later checks point at.
pub(super) struct Draft<'n> {
    /// The model; what could not be read has a harmless value.
    pub(super) workflow: Workflow,
    /// Where each step's parts stand, parallel to the workflow's steps.
    pub(super) steps: Vec<StepPlaces<'n>>,
    /// Every text that is an expression or may hold one.
    pub(super) sites: Vec<Site<'n>>,
    /// Names of inputs that are there but could not be read, so that nothing is said about their use.
    pub(super) unread_inputs: Vec<String>,
}

/// Where a step's parts stand.
pub(super) struct StepPlaces<'n> {
    /// Its id.
    pub(super) id: Range<usize>,
    /// What is known of its action; `None` for `run:` and for what could not be read.
    pub(super) spec: Option<&'n ActionSpec>,
    /// Whether its outputs are known.
    pub(super) outputs_known: bool,
    /// The ids in its `needs`, as written.
    pub(super) needs: Vec<(String, Range<usize>)>,
    /// The value of `uses`.
    pub(super) uses: Option<Range<usize>>,
    /// The value of `with`.
    pub(super) with: Option<&'n Node>,
    /// The value of `scope`.
    pub(super) scope: Option<Range<usize>>,
    /// The key `env`.
    pub(super) env: Option<Range<usize>>,
}

/// A text that is an expression, or a template.
pub(super) struct Site<'n> {
    /// Whose it is.
    pub(super) owner: Owner,
    /// Whether the whole text is an expression, or `${{ }}` parts of it are.
    pub(super) is_template: bool,
    /// The text.
    pub(super) text: &'n str,
    /// Where the text begins in the scalar's text.
    shift: usize,
    scalar: &'n Scalar,
    span: Range<usize>,
}

/// Which part of the workflow a text belongs to. It decides what the text may refer to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Owner {
    /// `connectors.where`
    Where,
    /// `branch`
    Branch,
    /// `commit.message`
    CommitMessage,
    /// An expression of `success`.
    Success,
    /// A text of the step with this index.
    Step(usize, Part),
}

/// Which part of a step a text belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    /// `if`
    If,
    /// A text in `with`.
    With,
    /// A value of `env`.
    Env,
    /// `run`
    Run,
}

impl<'n> Site<'n> {
    fn template(owner: Owner, node: &'n Node) -> Option<Self> {
        let scalar = node.as_scalar()?;
        Some(Self { owner, is_template: true, text: &scalar.text, shift: 0, scalar, span: node.span.clone() })
    }

    /// An expression; `${{ }}` around the whole of it is allowed and falls away.
    fn expression(owner: Owner, node: &'n Node) -> Option<Self> {
        let scalar = node.as_scalar()?;
        let inside = unwrapped(&scalar.text);
        let text = &scalar.text[inside.clone()];
        Some(Self { owner, is_template: false, text, shift: inside.start, scalar, span: node.span.clone() })
    }

    /// The bytes of the file from which these bytes of the text came.
    pub(super) fn locate(&self, findings: &Findings<'_>, within: &Range<usize>) -> Range<usize> {
        let within = within.start + self.shift..within.end + self.shift;
        self.scalar.locate(&findings.source.text, &self.span, &within)
    }
}

/// Where the expression stands: inside `${{ … }}` if that is the whole of the text, in the text itself otherwise.
fn unwrapped(text: &str) -> Range<usize> {
    let whole = trimmed(text, 0..text.len());
    let inside = text[whole.clone()].strip_prefix("${{").and_then(|rest| rest.strip_suffix("}}"));
    match inside {
        Some(inside) if !inside.contains("${{") => trimmed(text, whole.start + 3..whole.end - 2),
        _ => whole,
    }
}

fn trimmed(text: &str, range: Range<usize>) -> Range<usize> {
    let part = &text[range.clone()];
    let start = range.start + part.len() - part.trim_start().len();
    start..(range.start + part.trim_end().len()).max(start)
}

/// Reads a workflow. `None` if there is nothing that further checks could look at.
pub(super) fn read<'n>(root: &'n Node, actions: &'n [ActionSpec], findings: &mut Findings<'_>) -> Option<Draft<'n>> {
    if !matches!(root.kind, Kind::Mapping(_)) {
        let hint = "A workflow has the keys `version`, `name` and `steps`; `cutover init` writes one to begin with.";
        findings.wrong_type(root, "a workflow", "a mapping of keys to values", Some(hint.to_owned()));
        return None;
    }
    let fields = findings.fields(root, "a workflow", KEYS)?;
    check_version(fields, root, findings);
    let mut sites = Vec::new();
    let name = name(fields, root, findings);
    let (inputs, unread_inputs) =
        fields.get("inputs").map_or_else(Default::default, |node| inputs::read(node, findings));
    let connectors = fields
        .get("connectors")
        .map_or_else(Selection::default, |node| settings::connectors(node, findings, &mut sites));
    let branch = settings::template(fields.get("branch"), "`branch`", Owner::Branch, findings, &mut sites);
    let commit =
        fields.get("commit").map_or_else(CommitOptions::default, |node| settings::commit(node, findings, &mut sites));
    let (steps, places) = match fields.get("steps") {
        Some(node) => steps::read(node, actions, findings, &mut sites),
        None if !fields.lacks("steps") => Default::default(),
        None => {
            let hint = "Add `steps:` with at least one step, such as `remove: { uses: file.remove, with: { path: Dockerfile } }`.";
            findings.missing(settings::first_key(root), "the workflow", "steps", hint);
            Default::default()
        }
    };
    let workflow = Workflow {
        version: WORKFLOW_VERSION,
        name,
        description: fields.get("description").and_then(|node| findings.plain(node, "`description`")),
        inputs,
        connectors,
        branch: branch.unwrap_or_else(|| DEFAULT_BRANCH.to_owned()),
        commit,
        publish: fields.get("publish").map_or_else(PublishOptions::default, |node| settings::publish(node, findings)),
        rollout: fields.entry("rollout").and_then(|entry| rollout::read(entry, &places, findings)),
        concurrency: fields
            .get("concurrency")
            .map_or_else(Concurrency::default, |node| settings::concurrency(node, findings)),
        fail_fast: fields.get("fail-fast").and_then(|node| findings.boolean(node, "`fail-fast`")).unwrap_or(false),
        max_failures: fields.get("max-failures").and_then(|node| settings::max_failures(node, findings)),
        steps,
        success: fields.get("success").map_or_else(Vec::new, |node| success(node, findings, &mut sites)),
    };
    Some(Draft { workflow, steps: places, sites, unread_inputs })
}

fn check_version(fields: Fields<'_>, root: &Node, findings: &mut Findings<'_>) {
    let Some(node) = fields.get("version") else {
        if fields.lacks("version") {
            findings.missing(settings::first_key(root), "the workflow", "version", "Begin the file with `version: 1`.");
        }
        return;
    };
    match node.as_scalar().map(Scalar::to_json) {
        Some(Value::Number(number)) if number.as_u64() == Some(WORKFLOW_VERSION) => {}
        Some(Value::Number(number)) => {
            let message = format!("version {number} of workflow files is not supported");
            let finding = findings.error("unsupported-version", node.span.clone(), message);
            findings.add(finding.hint("This cutover reads version 1; a newer file needs a newer cutover."));
        }
        _ => findings.wrong_type(node, "`version`", "the number 1", Some("Write `version: 1`.".to_owned())),
    }
}

/// The name; it must be able to stand in a branch.
fn name(fields: Fields<'_>, root: &Node, findings: &mut Findings<'_>) -> String {
    let Some(node) = fields.get("name") else {
        if fields.lacks("name") {
            let hint = "Give it a short name, such as `name: migrate-to-base-image`.";
            findings.missing(settings::first_key(root), "the workflow", "name", hint);
        }
        return String::new();
    };
    let Some(name) = findings.text(node, "`name`") else { return String::new() };
    let legal = |letter: char| letter.is_ascii_alphanumeric() || "-_.".contains(letter);
    let ends_well = name.starts_with(|letter: char| letter.is_ascii_alphanumeric()) && !name.ends_with(['.', '-']);
    if !name.chars().all(legal) || !ends_well || name.contains("..") || name.to_lowercase().ends_with(".lock") {
        let slug = slug(&name);
        let message = "`name` stands in the names of branches: letters, digits, `-`, `_` and `.` only";
        let finding = findings.error("invalid-name", node.head(&findings.source.text), message);
        findings.add(finding.hint(match slug.as_str() {
            "" => "Give it a short name, such as `migrate-to-base-image`.".to_owned(),
            slug => format!("Write `name: {slug}`, and put the sentence into `description`."),
        }));
    }
    name
}

fn slug(name: &str) -> String {
    let letters =
        name.chars().map(|letter| if letter.is_ascii_alphanumeric() { letter.to_ascii_lowercase() } else { '-' });
    let words: String = letters.collect();
    words.split('-').filter(|word| !word.is_empty() && *word != "lock").collect::<Vec<_>>().join("-")
}

fn success<'n>(node: &'n Node, findings: &mut Findings<'_>, sites: &mut Vec<Site<'n>>) -> Vec<Criterion> {
    let Some(entries) = findings.mapping(node, "`success`") else { return Vec::new() };
    let mut criteria = Vec::new();
    for entry in entries {
        if findings.expression(&entry.value, &format!("the criterion `{}`", entry.key)).is_none() {
            continue;
        }
        if let Some(site) = Site::expression(Owner::Success, &entry.value) {
            criteria.push(Criterion { title: entry.key.clone(), expression: site.text.to_owned() });
            sites.push(site);
        }
    }
    criteria
}
