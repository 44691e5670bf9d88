//! Every text that is an expression or holds one: whether it parses, and whether what it refers to exists.

use std::collections::BTreeSet;
use std::ops::Range;

use super::super::findings::{Findings, in_code, suggestion};
use super::super::read::{Draft, Owner, Part, Site};
use super::super::{CHANGED_OUTPUT, Effect, Scope, Step, StepAction};
use crate::base::closest;
use crate::connector::Connector;
use crate::diagnostic::Diagnostic;
use crate::expression::{Expression, ExpressionError, Reference, Template};

const RUN: &[&str] = &["id", "date", "base"];
const WORKFLOW: &[&str] = &["name", "description"];
const IN_WHERE: &str = "Use `connector`, `data`, `metadata` or `inputs` here.";
const IN_BRANCH: &str = "Use `connector`, `inputs`, `run` or `workflow` here.";
const ROOTS: &[&str] = &["connector", "data", "metadata", "inputs", "steps", "run", "workflow"];

/// A step that reads another's output.
pub(super) struct Reading {
    /// The index of the step that reads.
    pub(super) reader: usize,
    /// The index of the step whose output it reads.
    pub(super) read: usize,
    /// Where it does.
    pub(super) span: Range<usize>,
}

/// Why a reference leads nowhere.
struct Problem {
    code: &'static str,
    message: String,
    hint: String,
}

impl Problem {
    fn new(code: &'static str, message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { code, message: message.into(), hint: hint.into() }
    }
}

/// Checks every text and gives the outputs that steps read of each other.
pub(super) fn check(draft: &Draft<'_>, findings: &mut Findings<'_>) -> Vec<Reading> {
    let mut readings = Vec::new();
    for site in &draft.sites {
        match parse(site) {
            Ok(references) => check_site(draft, site, &references, findings, &mut readings),
            Err(error) => findings.add(syntax(site, &error, findings)),
        }
    }
    readings
}

fn parse(site: &Site<'_>) -> Result<Vec<Reference>, ExpressionError> {
    if site.is_template {
        Template::parse(site.text).map(|template| template.references())
    } else {
        Expression::parse(site.text).map(|expression| expression.references())
    }
}

fn syntax(site: &Site<'_>, error: &ExpressionError, findings: &Findings<'_>) -> Diagnostic {
    let mut finding = findings.error("expression-syntax", site.locate(findings, &error.span), error.message.as_str());
    finding.hint.clone_from(&error.hint);
    if !site.is_template && site.text.contains("${{") {
        finding.hint = Some("The whole text is an expression here: write it without `${{ }}`.".to_owned());
    }
    finding
}

fn check_site(
    draft: &Draft<'_>,
    site: &Site<'_>,
    references: &[Reference],
    findings: &mut Findings<'_>,
    readings: &mut Vec<Reading>,
) {
    let mut behind = 0;
    let mut known_readings: BTreeSet<(usize, usize)> = BTreeSet::new();
    for reference in references.iter().filter(|reference| !reference.path.is_empty()) {
        if reference.span.start < behind || findings.is_full() {
            continue;
        }
        let context = Context { draft, owner: site.owner };
        match context.resolve(&reference.path) {
            Ok(Some(read)) => {
                let Owner::Step(reader, _) = site.owner else { continue };
                if known_readings.insert((reader, read)) {
                    readings.push(Reading { reader, read, span: site.locate(findings, &reference.span) });
                }
            }
            Ok(None) => pasted_into_script(site, reference, findings),
            Err(problem) => {
                let (problem, span) = context.with_dashes(site, reference).unwrap_or((problem, reference.span.clone()));
                behind = span.end;
                let place = site.locate(findings, &span);
                findings.add(findings.error(problem.code, place, problem.message).hint(problem.hint));
            }
        }
    }
}

/// Anyone who can change a connector's metadata could put commands into the script.
fn pasted_into_script(site: &Site<'_>, reference: &Reference, findings: &mut Findings<'_>) {
    let from_metadata = matches!(reference.path[0].as_str(), "data" | "metadata");
    if from_metadata && matches!(site.owner, Owner::Step(_, Part::Run)) {
        let place = site.locate(findings, &reference.span);
        let message = "a value of the connector's metadata is pasted into a shell script";
        let hint = "Quotes or `$(…)` in it would run as commands: hand it over in `env`, and write `\"$NAME\"` here.";
        findings.add(Diagnostic::warning("pasted-into-script", message).at(findings.source, place).hint(hint));
    }
}

/// What a text may refer to.
struct Context<'d, 'n> {
    draft: &'d Draft<'n>,
    owner: Owner,
}

impl Context<'_, '_> {
    /// The index of the step whose output the path reads, if it reads one.
    fn resolve(&self, path: &[String]) -> Result<Option<usize>, Problem> {
        let root = path[0].as_str();
        let name = path.get(1).map(String::as_str);
        match root {
            "connector" | "data" | "metadata" if self.owner_is_run_scope() => Err(Problem::new(
                "wrong-scope",
                match root {
                    "connector" => "a step of `scope: run` has no connector".to_owned(),
                    root => format!("a step of `scope: run` has no connector, and so no `{root}`"),
                },
                "Remove `scope: run`, or use `inputs`, `run`, `workflow` and `steps` of the same scope.",
            )),
            "connector" => known(root, name, Connector::property_names()),
            "run" | "workflow" if self.owner == Owner::Where => {
                Err(Problem::new("too-early", format!("connectors are chosen without a `{root}`"), IN_WHERE))
            }
            // A branch must have the same name however often its connector's files change.
            "data" | "metadata" if self.owner == Owner::Branch => {
                Err(Problem::new("too-early", "the name of a branch cannot depend on metadata", IN_BRANCH))
            }
            "run" => known(root, name, RUN),
            "workflow" => known(root, name, WORKFLOW),
            "data" | "metadata" => Ok(None),
            "inputs" => self.input(name),
            "steps" => self.step(name, path.get(2).map(String::as_str)),
            _ => Err(self.unknown_root(root, path)),
        }
    }

    fn owner_step(&self) -> Option<&Step> {
        match self.owner {
            Owner::Step(index, _) => self.draft.workflow.steps.get(index),
            _ => None,
        }
    }

    fn owner_is_run_scope(&self) -> bool {
        self.owner_step().is_some_and(|step| step.scope == Scope::Run)
    }

    fn unknown_root(&self, root: &str, path: &[String]) -> Problem {
        let steps = &self.draft.workflow.steps;
        let near = closest(root, ROOTS.iter().copied()).map(|near| {
            let path: Vec<&str> = std::iter::once(near).chain(path[1..].iter().map(String::as_str)).collect();
            format!("Did you mean `{}`?", path.join("."))
        });
        let hint = match root {
            "needs" | "jobs" => "Outputs of steps are `steps.<id>.<output>`.".to_owned(),
            "params" | "parameters" => "Inputs are `inputs.<name>`.".to_owned(),
            "secrets" | "secret" | "env" => {
                "Secrets and variables reach a step through its `env`: `env: { TOKEN: { secret: VARIABLE } }`."
                    .to_owned()
            }
            "github" | "matrix" | "runner" => format!("Expressions can use {}.", in_code(ROOTS)),
            _ if self.draft.workflow.inputs.iter().any(|input| input.identifier() == root) => {
                format!("Did you mean `inputs.{root}`?")
            }
            _ if steps.iter().any(|step| step.id.identifier() == root) => format!("Did you mean `steps.{root}`?"),
            _ if Connector::property_names().contains(&root) => format!("Did you mean `connector.{root}`?"),
            _ => near.unwrap_or_else(|| format!("Expressions can use {}.", in_code(ROOTS))),
        };
        Problem::new("unknown-name", format!("there is no `{root}` in expressions"), hint)
    }

    fn input(&self, name: Option<&str>) -> Result<Option<usize>, Problem> {
        let Some(name) = name else { return Ok(None) };
        let names: Vec<String> = self.draft.workflow.inputs.iter().map(super::super::Input::identifier).collect();
        if names.iter().chain(&self.draft.unread_inputs).any(|known| known == name) {
            return Ok(None);
        }
        let hint = match names.as_slice() {
            [] => format!("Declare it: `inputs: {{ {}: {{ description: … }} }}`.", name.replace('_', "-")),
            names => suggestion(name, names.iter().map(String::as_str), "inputs"),
        };
        Err(Problem::new("unknown-input", format!("the workflow has no input `{name}`"), hint))
    }

    fn step(&self, name: Option<&str>, output: Option<&str>) -> Result<Option<usize>, Problem> {
        if matches!(self.owner, Owner::Where | Owner::Branch) {
            let (what, hint) = match self.owner {
                Owner::Where => ("connectors are chosen", IN_WHERE),
                _ => ("branches are named", IN_BRANCH),
            };
            return Err(Problem::new("too-early", format!("{what} before any step has run"), hint));
        }
        let steps = &self.draft.workflow.steps;
        let ids: Vec<String> = steps.iter().map(|step| step.id.identifier()).collect();
        let Some(name) = name else {
            let hint = "Name the step and its output: `steps.<id>.<output>`.";
            return Err(Problem::new("unknown-output", "`steps` is not a value by itself", hint));
        };
        let Some(read) = ids.iter().position(|id| id == name) else {
            let hint = suggestion(name, ids.iter().map(String::as_str), "steps");
            return Err(Problem::new("unknown-step", format!("the workflow has no step `{name}`"), hint));
        };
        self.output(read, output)?;
        self.may_read(read)?;
        Ok(Some(read))
    }

    fn output(&self, read: usize, output: Option<&str>) -> Result<(), Problem> {
        let step = &self.draft.workflow.steps[read];
        let places = &self.draft.steps[read];
        if !places.outputs_known {
            return Ok(());
        }
        let declared = places
            .spec
            .map_or_else(|| step.outputs.clone(), |spec| spec.output_names().into_iter().map(str::to_owned).collect());
        let names: Vec<String> = declared.iter().map(|name| name.replace('-', "_")).collect();
        let (message, asked) = match output {
            Some(output) if output == CHANGED_OUTPUT || names.iter().any(|name| name == output) => return Ok(()),
            Some(output) => (format!("the step `{}` has no output `{output}`", step.id), output),
            None => (format!("the step `{}` is not a value by itself", step.id), ""),
        };
        let hint = match (&step.action, names.as_slice()) {
            (StepAction::Run { .. }, []) => {
                let name = if asked.is_empty() { "name" } else { asked };
                format!(
                    "Declare it with `outputs: [{name}]`, and write `{name}=…` to the file named by `CUTOVER_OUTPUT`."
                )
            }
            (action, []) => format!("`{}` has no outputs but `changed`.", action.name()),
            (_, names) if asked.is_empty() => format!("Name one of its outputs: {}.", in_code(names)),
            (_, names) => suggestion(asked, names.iter().map(String::as_str), "outputs"),
        };
        Err(Problem::new("unknown-output", message, hint))
    }

    /// Whether the output is there when it is asked for.
    fn may_read(&self, read: usize) -> Result<(), Problem> {
        let step = &self.draft.workflow.steps[read];
        if self.owner_step().is_some_and(|owner| owner.id == step.id) {
            let hint = "Read the outputs of another step.";
            return Err(Problem::new("self-need", format!("the step `{}` reads its own output", step.id), hint));
        }
        if self.owner_is_run_scope() && step.scope == Scope::Unit {
            let hint = format!("Give `{}` the `scope: run` too, or take it away here.", step.id);
            let message =
                format!("a step of `scope: run` comes before `{}`, which runs once for each connector", step.id);
            return Err(Problem::new("wrong-scope", message, hint));
        }
        let effect = self.draft.steps[read].spec.map_or(Effect::Execute, |spec| spec.effect);
        let late = matches!(effect, Effect::Execute | Effect::Publish) && step.scope == Scope::Unit;
        if self.owner == Owner::CommitMessage && late && self.draft.steps[read].outputs_known {
            let message = format!("commits are made before the step `{}` has ended", step.id);
            return Err(Problem::new("too-early", message, "Use outputs of edits, or of steps with `scope: run`."));
        }
        Ok(())
    }

    /// If the reference is wrong only because `-` in a name read as minus: that, and the bytes of the whole name.
    fn with_dashes(&self, site: &Site<'_>, reference: &Reference) -> Option<(Problem, Range<usize>)> {
        let rest = &site.text[reference.span.end..];
        let more = rest.find(|letter: char| !(letter.is_ascii_alphanumeric() || "-_.".contains(letter)));
        let whole = reference.span.start..reference.span.end + more.unwrap_or(rest.len());
        let written = site.text[whole.clone()].trim_end_matches(['-', '.']);
        let meant: Vec<String> = if written.contains(['[', '"', '\'']) {
            reference.path.iter().map(|name| name.replace('-', "_")).collect()
        } else {
            written.replace('-', "_").split('.').map(str::to_owned).collect()
        };
        if meant == reference.path || self.resolve(&meant).is_err() {
            return None;
        }
        let problem = Problem::new(
            "dash-in-name",
            "a `-` inside an expression is a minus",
            format!("Write `{}`: names read with underscores in expressions.", meant.join(".")),
        );
        Some((problem, whole.start..whole.start + written.len()))
    }
}

fn known(root: &str, name: Option<&str>, names: &[&str]) -> Result<Option<usize>, Problem> {
    match name {
        Some(name) if !names.contains(&name) => {
            let all = format!("names of `{root}`");
            let hint = suggestion(name, names.iter().copied(), &all);
            Err(Problem::new("unknown-name", format!("`{root}` has no `{name}`"), hint))
        }
        _ => Ok(None),
    }
}
