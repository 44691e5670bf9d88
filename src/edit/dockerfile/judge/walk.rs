//! The walk over a Dockerfile: what holds at each instruction, and the verdicts so far.

use super::decisions::Decisions;
use super::facts::{Facts, Variables, has_end};
use super::{Call, ConnectorFiles, Item, Judgement, Phase, Question, QuestionKind, Verdict};
use crate::edit::dockerfile::line_number;
use crate::edit::dockerfile::logical::{characters, collapsed, one_line};
use crate::edit::dockerfile::stages::Role;
use crate::edit::dockerfile::target::{CODE_DIRECTORY, Origin, Target};

/// What an instruction comes to, before decisions of people are looked at.
pub(super) enum Outcome {
    /// Somebody else does it.
    Superfluous(String),
    /// A hook does it.
    Carried(Vec<Call>),
    /// A person has to decide; what a hook does if it is decided to carry it over.
    Asked(QuestionKind, String, Option<Vec<Call>>),
}

/// What somebody else does.
pub(super) fn superfluous(reason: impl Into<String>) -> Outcome {
    Outcome::Superfluous(reason.into())
}

/// What holds within one stage.
#[derive(Clone, Default)]
pub(super) struct State {
    /// The working directory.
    pub(super) workdir: String,
    /// Variables and build arguments.
    pub(super) variables: Variables,
    /// Names of the build arguments: they are gone when a hook runs.
    pub(super) arguments: Vec<String>,
    /// Where a builder stage installs dependencies.
    pub(super) prefixes: Vec<String>,
}

/// The walk.
pub(super) struct Walk<'a> {
    pub(super) text: &'a str,
    pub(super) facts: &'a Facts,
    pub(super) target: &'a Target,
    pub(super) files: &'a dyn ConnectorFiles,
    pub(super) decisions: &'a Decisions,
    /// One for each stage so far.
    pub(super) states: Vec<State>,
    /// Before the first stage.
    pub(super) globals: State,
    /// Whether the connector is installed in the image by now.
    pub(super) is_installed: bool,
    /// The working directory that a hook has set, other than the code's.
    pub(super) is_elsewhere: bool,
    items: Vec<Item>,
    pub(super) warnings: Vec<String>,
}

impl<'a> Walk<'a> {
    pub(super) fn new(
        text: &'a str,
        facts: &'a Facts,
        target: &'a Target,
        files: &'a dyn ConnectorFiles,
        decisions: &'a Decisions,
    ) -> Self {
        Self {
            text,
            facts,
            target,
            files,
            decisions,
            states: Vec::new(),
            globals: State::default(),
            is_installed: false,
            is_elsewhere: false,
            items: Vec::new(),
            warnings: Vec::new(),
        }
    }

    pub(super) fn judgement(self) -> Judgement {
        let mut warnings = self.warnings;
        warnings.dedup();
        Judgement { items: self.items, warnings }
    }

    /// What the stage that the walk is in is for.
    pub(super) fn role(&self) -> Role {
        self.states.len().checked_sub(1).map_or(Role::Image, |stage| self.facts.stages.all[stage].role)
    }

    pub(super) fn in_builder(&self) -> bool {
        self.role() == Role::Builder
    }

    /// The image that the stage is made from, if its contents are known.
    pub(super) fn origin(&self) -> Option<Origin> {
        let stage = self.states.len().checked_sub(1)?;
        Origin::of_image(&self.facts.stages.all[stage].image)
    }

    pub(super) fn state(&mut self) -> &mut State {
        match self.states.last_mut() {
            Some(state) => state,
            None => &mut self.globals,
        }
    }

    pub(super) fn workdir(&self) -> &str {
        self.states.last().map_or("/", |state| &state.workdir)
    }

    /// A text with the values of its variables; `None` if one is not known.
    pub(super) fn expanded(&self, text: &str) -> Option<String> {
        self.states.last().unwrap_or(&self.globals).variables.expanded(text)
    }

    /// The whole instruction that begins at an offset, on one line.
    pub(super) fn statement(&self, at: usize) -> String {
        one_line(&characters(self.text, at, self.facts.escape))
    }

    /// When a hook does what stands here.
    pub(super) fn phase(&self) -> Phase {
        if self.is_installed && !self.in_builder() { Phase::After } else { Phase::Before }
    }

    /// A path in the image as the build process has it: the code may have moved.
    pub(super) fn moved(&self, path: &str) -> String {
        match path.strip_prefix(&self.facts.home) {
            Some("") => CODE_DIRECTORY.to_owned(),
            Some(rest) if rest.starts_with('/') && self.facts.home != "/" => format!("{CODE_DIRECTORY}{rest}"),
            _ => path.to_owned(),
        }
    }

    /// Whether a text names the directory that the code does not lie in any more.
    pub(super) fn names_old_home(&self, text: &str) -> bool {
        self.facts.home != CODE_DIRECTORY && self.facts.home != "/" && text.contains(&self.facts.home)
    }

    /// Whether one of the connector's Python files names something.
    pub(super) fn is_mentioned(&self, name: &str) -> bool {
        let python = self.files.below("").into_iter().filter(|path| has_end(path, ".py") || has_end(path, ".sh"));
        python.filter_map(|path| self.files.text(&path)).any(|text| text.contains(name))
    }

    pub(super) fn warn(&mut self, at: usize, words: &str) {
        self.warnings.push(format!("Dockerfile line {}: {words}", line_number(self.text, at)));
    }

    /// Gives the verdict on what stands at an offset, known by a text and perhaps by more names.
    pub(super) fn settle(&mut self, at: usize, text: String, names: &[&str], outcome: Outcome) {
        let phase = self.phase();
        self.settle_in(phase, at, text, names, outcome);
    }

    /// The same, in a hook of one's choice.
    pub(super) fn settle_in(&mut self, phase: Phase, at: usize, text: String, names: &[&str], outcome: Outcome) {
        let names: Vec<&str> = std::iter::once(text.as_str()).chain(names.iter().copied()).collect();
        let ignored = self.decisions.ignores(&names);
        let carried = self.decisions.carries(&names);
        let verdict = match outcome {
            Outcome::Superfluous(reason) => Verdict::Superfluous(reason),
            _ if ignored => Verdict::Superfluous("a person has said that it is not needed".to_owned()),
            Outcome::Carried(calls) | Outcome::Asked(_, _, Some(calls)) if carried => Verdict::Carried { phase, calls },
            Outcome::Carried(calls) => Verdict::Carried { phase, calls },
            Outcome::Asked(kind, words, None) if carried => {
                Verdict::Asked(Question { kind, words: format!("{words}; no hook can carry it over") })
            }
            Outcome::Asked(kind, words, _) => Verdict::Asked(Question { kind, words }),
        };
        let line = line_number(self.text, at);
        let remarks = remarks_above(self.text, line);
        self.items.push(Item { line, text, remarks, verdict });
    }
}

/// The comment lines directly above a line, without their marks.
fn remarks_above(text: &str, line: usize) -> Vec<String> {
    let above: Vec<&str> = text.lines().take(line - 1).collect();
    let comments = above.iter().rev().map_while(|line| line.trim().strip_prefix('#'));
    let mut remarks: Vec<String> = comments
        .map(|comment| collapsed(comment.trim_start_matches('#')))
        .filter(|comment| !comment.is_empty() && !DIRECTIVES.iter().any(|name| is_directive(comment, name)))
        .collect();
    remarks.reverse();
    remarks
}

/// Comments that mean something to Docker.
const DIRECTIVES: [&str; 3] = ["syntax", "escape", "check"];

fn is_directive(comment: &str, name: &str) -> bool {
    comment.strip_prefix(name).is_some_and(|rest| rest.trim_start().starts_with('='))
}
