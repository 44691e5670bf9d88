//! Labels of a Dockerfile: reading one, and changing its value where it stands.
//!
//! Owns which `LABEL` counts (the last one of the key in the final stage, as in the image that is built) and the
//! quoting of its value.
//!
//! Rules: <https://docs.docker.com/reference/dockerfile/#label>.

use std::ops::Range;

use parse_dockerfile::{Instruction, LabelInstruction};

use super::words::{Pair, encode, pairs};
use super::{DockerfileError, line_number};
use crate::edit::splice::behind_mark;
use crate::edit::{Edit, Splice};

/// The value of a label in the image that the Dockerfile builds: that of the last `LABEL` with the key in the final
/// stage, or else in the earlier stage that it is built from. Variables stay as they are written.
pub fn label(text: &str, key: &str) -> Result<Option<String>, DockerfileError> {
    let text = behind_mark(text).unwrap_or(text);
    Ok(Labels::read(text)?.effective(key).map(|label| label.pair.value.clone()))
}

/// Gives a label another value, in place and in the quotes it has. Unchanged if it has that value already.
pub fn set_label(text: &str, key: &str, value: &str) -> Result<Edit, DockerfileError> {
    if value.contains(char::is_control) {
        return Err(DockerfileError::Value(key.to_owned()));
    }
    if let Some(text) = behind_mark(text) {
        return set_label(text, key, value).map(Edit::behind_mark);
    }
    let labels = Labels::read(text)?;
    let label = labels.effective(key).ok_or_else(|| DockerfileError::NoLabel(key.to_owned()))?;
    if label.pair.value == value {
        return Ok(Edit::unchanged(text));
    }
    let written = &text[label.pair.value_range.clone()];
    if label.pair.variable {
        let line = line_number(text, label.pair.value_range.start);
        return Err(DockerfileError::Variable { key: key.to_owned(), line, value: written.to_owned() });
    }
    let splice = Splice::replace(label.pair.value_range.clone(), encode(value, written, labels.escape));
    let edit = Edit::apply(text, vec![splice]);
    verify(&edit, &labels, label, value)?;
    Ok(edit)
}

/// All labels of a Dockerfile, in order.
struct Labels {
    escape: char,
    instructions: usize,
    stages: Vec<Stage>,
    all: Vec<Label>,
}

struct Stage {
    name: Option<String>,
    base: String,
}

struct Label {
    stage: usize,
    pair: Pair,
}

impl Labels {
    fn read(text: &str) -> Result<Self, DockerfileError> {
        let file = parse_dockerfile::parse(text)
            .map_err(|error| DockerfileError::Syntax { line: error.line(), message: error.to_string() })?;
        let escape = file.parser_directives.escape.as_ref().map_or('\\', |directive| directive.value.value);
        let mut labels = Self { escape, instructions: file.instructions.len(), stages: Vec::new(), all: Vec::new() };
        for instruction in &file.instructions {
            match instruction {
                Instruction::From(from) => labels.stages.push(Stage {
                    name: from.as_.as_ref().map(|(_, name)| name.value.to_string()),
                    base: from.image.value.to_string(),
                }),
                Instruction::Label(label) => labels.add(text, label)?,
                _ => {}
            }
        }
        Ok(labels)
    }

    fn add(&mut self, text: &str, label: &LabelInstruction<'_>) -> Result<(), DockerfileError> {
        let line = line_number(text, label.label.span.start);
        let arguments: Range<usize> = label.arguments.span.clone();
        let pairs = pairs(text, arguments, self.escape).map_err(|word| DockerfileError::Pair {
            line,
            instruction: "LABEL",
            word,
        })?;
        let stage = self.stages.len().saturating_sub(1);
        self.all.extend(pairs.into_iter().map(|pair| Label { stage, pair }));
        Ok(())
    }

    /// The label that the built image has: images inherit the labels of the stage that they start from.
    fn effective(&self, key: &str) -> Option<&Label> {
        let mut stage = self.stages.len().checked_sub(1)?;
        loop {
            let own = self.all.iter().rev().find(|label| label.stage == stage && label.pair.key == key);
            if own.is_some() {
                return own;
            }
            let base = &self.stages[stage].base;
            let named = |earlier: &Stage| earlier.name.as_ref().is_some_and(|name| name.eq_ignore_ascii_case(base));
            stage = self.stages[..stage].iter().rposition(named)?;
        }
    }
}

/// Reads the new text: the same instructions and labels, and exactly this one with another value.
fn verify(edit: &Edit, old: &Labels, changed: &Label, value: &str) -> Result<(), DockerfileError> {
    let key = &changed.pair.key;
    let failed = || DockerfileError::NotVerified(key.clone());
    let new = Labels::read(&edit.text).map_err(|_| failed())?;
    let at = old.all.iter().position(|label| std::ptr::eq(label, changed)).ok_or_else(failed)?;
    let expected = old
        .all
        .iter()
        .enumerate()
        .map(|(index, label)| (&label.pair.key, if index == at { value } else { label.pair.value.as_str() }));
    let found = new.all.iter().map(|label| (&label.pair.key, label.pair.value.as_str()));
    let same = old.instructions == new.instructions && expected.eq(found);
    if same && !new.all[at].pair.variable { Ok(()) } else { Err(failed()) }
}
