//! Sections of a Markdown file: everything from one heading to the next.
//!
//! Owns finding a section and replacing it. What counts as a heading is what a CommonMark reader sees: lines in
//! code blocks and comments do not, underlined headings do. It does not know what a README should say.

mod outline;
#[cfg(test)]
mod tests;

use std::fmt;
use std::ops::Range;
use std::str::FromStr;

use crate::base::sentence_list;
use crate::edit::splice::behind_mark;
use crate::edit::{Edit, Splice};
use outline::Outline;

/// A heading as it is written in the file: `#### Build` is level 4 with the text `Build`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heading {
    level: usize,
    text: String,
}

/// Which section is meant where several have the heading. With an `until`, only those before it count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Which {
    /// There must be one only.
    #[default]
    Only,
    /// The first.
    First,
    /// The last.
    Last,
}

/// Why a section was not replaced. Lines count from 1.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MarkdownError {
    /// The text of a heading does not begin with one to six `#` and a space.
    #[error("`{0}` is not a heading")]
    NotAHeading(String),
    /// No such heading.
    #[error("there is no heading `{heading}`{}", similar(closest.as_ref()))]
    NoHeading {
        /// The heading looked for.
        heading: Heading,
        /// The most similar one that is there.
        closest: Option<Heading>,
    },
    /// The heading is there, but only after the one that ends the section.
    #[error("the heading `{heading}` (line {line}) stands after `{until}` (line {until_line})")]
    WrongOrder {
        /// The heading looked for.
        heading: Heading,
        /// Its line.
        line: usize,
        /// The heading that ends the section.
        until: Heading,
        /// Its line.
        until_line: usize,
    },
    /// More than one section has the heading.
    #[error("the heading `{heading}` is there more than once, at lines {}", join(lines))]
    Several {
        /// The heading looked for.
        heading: Heading,
        /// Where it stands.
        lines: Vec<usize>,
    },
    /// The new section would change how the rest of the file reads.
    #[error("the new section changes how the rest of the file reads: {0}")]
    Spills(String),
}

fn similar(closest: Option<&Heading>) -> String {
    closest.map(|heading| format!("; the most similar one is `{heading}`")).unwrap_or_default()
}

fn join(lines: &[usize]) -> String {
    sentence_list(&lines.iter().map(usize::to_string).collect::<Vec<_>>())
}

impl MarkdownError {
    /// What to do about it, as a sentence.
    pub fn hint(&self) -> String {
        match self {
            Self::NotAHeading(_) => "Write it as in the file, for example `#### Build`.".to_owned(),
            Self::NoHeading { .. } => {
                "Write the heading as it is in the file: the same number of # and the same words.".to_owned()
            }
            Self::WrongOrder { .. } => "Name a heading that stands below the section as its end.".to_owned(),
            Self::Several { .. } => "Say which one: the first or the last.".to_owned(),
            Self::Spills(_) => "Close every code block and comment in the new section.".to_owned(),
        }
    }
}

impl Heading {
    fn of(level: usize, text: &str) -> Self {
        Self { level, text: text.split_whitespace().collect::<Vec<_>>().join(" ") }
    }
}

impl FromStr for Heading {
    type Err = MarkdownError;

    fn from_str(text: &str) -> Result<Self, MarkdownError> {
        let line = text.trim();
        let words = line.trim_start_matches('#');
        let level = line.len() - words.len();
        if !(1..=6).contains(&level)
            || !words.starts_with([' ', '\t'])
            || line.contains('\n')
            || words.trim().is_empty()
        {
            return Err(MarkdownError::NotAHeading(text.to_owned()));
        }
        Ok(Self::of(level, words))
    }
}

impl fmt::Display for Heading {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", "#".repeat(self.level), self.text)
    }
}

/// Replaces a section, its heading included, by `body`.
///
/// The section goes from `heading` to `until`, or, without one, to the next heading of the same or a higher rank, or
/// to the end of the file. The blank lines at its end stay; line endings become those of the file. An empty `body`
/// removes the section. A file in which `body` stands as that section already is left as it is, whatever heading
/// `body` begins with, so that doing it again changes nothing.
pub fn replace_section(
    text: &str,
    heading: &Heading,
    until: Option<&Heading>,
    which: Which,
    body: &str,
) -> Result<Edit, MarkdownError> {
    if let Some(text) = behind_mark(text) {
        return replace_section(text, heading, until, which, body).map(Edit::behind_mark);
    }
    let outline = Outline::read(text);
    let ending = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let body = body.trim_matches(['\n', '\r']).replace("\r\n", "\n").replace('\n', ending);
    let stop = until.map(|until| outline.first(until).ok_or_else(|| outline.missing(until))).transpose()?;
    if outline.holds(&body, stop.map(|stop| stop.range.start), heading) {
        return Ok(Edit::unchanged(text));
    }
    let start = outline.choose(heading, until.zip(stop), which)?;
    let end = stop.map_or_else(|| outline.end_of(start), |stop| stop.range.start);

    let (range, replacement) = if body.is_empty() {
        (start.range.start..end, String::new())
    } else {
        let old = text[start.range.start..end].trim_end();
        (start.range.start..start.range.start + old.len(), body)
    };
    let kept = range.start + replacement.len();
    let edit = Edit::apply(text, vec![Splice::replace(range.clone(), replacement)]);
    verify(&outline, &edit, &range, kept)?;
    Ok(edit)
}

/// Reads the new text: outside the section, the same headings at the same places.
fn verify(old: &Outline<'_>, edit: &Edit, replaced: &Range<usize>, kept: usize) -> Result<(), MarkdownError> {
    let new = Outline::read(&edit.text);
    let before = |outline: &Outline<'_>| -> Vec<String> {
        let earlier = outline.headings.iter().filter(|found| found.range.start < replaced.start);
        earlier.map(|found| found.heading.to_string()).collect()
    };
    let after = |outline: &Outline<'_>, end: usize| -> Vec<(usize, String)> {
        let later = outline.headings.iter().filter(|found| found.range.start >= end);
        later.map(|found| (found.range.start - end, found.heading.to_string())).collect()
    };
    if before(old) != before(&new) {
        return Err(MarkdownError::Spills("a heading before it is not the same any more".to_owned()));
    }
    if after(old, replaced.end) != after(&new, kept) {
        return Err(MarkdownError::Spills("the headings after it are not the same any more".to_owned()));
    }
    Ok(())
}
