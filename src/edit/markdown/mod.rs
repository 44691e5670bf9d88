//! Sections of a Markdown file: everything from one heading to the next.
//!
//! Owns finding a section and replacing it. What counts as a heading is what a CommonMark reader sees: lines in
//! code blocks and comments do not, underlined headings do. It does not know what a README should say.

#[cfg(test)]
mod tests;

use std::fmt;
use std::ops::Range;
use std::str::FromStr;

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

use crate::base::{closest, sentence_list};
use crate::edit::{Edit, Splice};

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

/// The headings of a text.
struct Outline<'t> {
    text: &'t str,
    headings: Vec<Found>,
}

struct Found {
    heading: Heading,
    /// The heading as readers see it, without markup.
    plain: String,
    range: Range<usize>,
}

impl Found {
    fn is(&self, wanted: &Heading) -> bool {
        self.heading == *wanted || (self.heading.level == wanted.level && self.plain == wanted.text)
    }
}

impl<'t> Outline<'t> {
    fn read(text: &'t str) -> Self {
        let mut headings = Vec::new();
        let mut containers = 0_usize;
        let mut plain: Option<String> = None;
        for (event, range) in Parser::new_ext(text, Options::ENABLE_TABLES).into_offset_iter() {
            match event {
                Event::Start(Tag::BlockQuote(_) | Tag::List(_)) => containers += 1,
                Event::End(TagEnd::BlockQuote(_) | TagEnd::List(_)) => containers = containers.saturating_sub(1),
                // A heading inside a list item or a quotation begins no section of the file.
                Event::Start(Tag::Heading { .. }) if containers == 0 => plain = Some(String::new()),
                Event::Text(words) | Event::Code(words) => plain.iter_mut().for_each(|plain| plain.push_str(&words)),
                Event::SoftBreak => plain.iter_mut().for_each(|plain| plain.push(' ')),
                Event::End(TagEnd::Heading(level)) => {
                    if let Some(plain) = plain.take() {
                        let heading = Heading::of(level as usize, words_of(&text[range.clone()]));
                        let start = text[..range.start].rfind('\n').map_or(0, |at| at + 1);
                        headings.push(Found { heading, plain: Heading::of(0, &plain).text, range: start..range.end });
                    }
                }
                _ => {}
            }
        }
        Self { text, headings }
    }

    fn line(&self, found: &Found) -> usize {
        self.text[..found.range.start].matches('\n').count() + 1
    }

    fn first(&self, wanted: &Heading) -> Option<&Found> {
        self.headings.iter().find(|found| found.is(wanted))
    }

    fn missing(&self, wanted: &Heading) -> MarkdownError {
        let written: Vec<String> = self.headings.iter().map(|found| found.heading.to_string()).collect();
        let closest = closest(&wanted.to_string(), written.iter().map(String::as_str));
        let closest =
            closest.and_then(|closest| self.headings.iter().find(|found| found.heading.to_string() == closest));
        MarkdownError::NoHeading { heading: wanted.clone(), closest: closest.map(|found| found.heading.clone()) }
    }

    /// The section's heading: before `stop`, if there is one.
    fn choose(
        &self,
        heading: &Heading,
        stop: Option<(&Heading, &Found)>,
        which: Which,
    ) -> Result<&Found, MarkdownError> {
        let all: Vec<&Found> = self.headings.iter().filter(|found| found.is(heading)).collect();
        let first = all.first().ok_or_else(|| self.missing(heading))?;
        let before = |found: &&&Found| stop.is_none_or(|(_, stop)| found.range.start < stop.range.start);
        let fitting: Vec<&Found> = all.iter().filter(before).copied().collect();
        match (fitting.as_slice(), which, stop) {
            ([], _, Some((until, stop))) => Err(MarkdownError::WrongOrder {
                heading: heading.clone(),
                line: self.line(first),
                until: until.clone(),
                until_line: self.line(stop),
            }),
            ([only], ..) => Ok(only),
            ([first, ..], Which::First, _) => Ok(first),
            ([.., last], Which::Last, _) => Ok(last),
            (several, ..) => Err(MarkdownError::Several {
                heading: heading.clone(),
                lines: several.iter().map(|found| self.line(found)).collect(),
            }),
        }
    }

    /// Where a section ends by itself: at the next heading that does not stand below its own.
    fn end_of(&self, section: &Found) -> usize {
        let later = self.headings.iter().filter(|found| found.range.start > section.range.start);
        let next = later.into_iter().find(|found| found.heading.level <= section.heading.level);
        next.map_or(self.text.len(), |found| found.range.start)
    }

    /// Whether the body stands in the file as a section already: it begins at a line, and what follows it is the
    /// heading that ends the section, the end of the file, or a heading that its own heading does not cover.
    fn holds(&self, body: &str, stop: Option<usize>, replaced: &Heading) -> bool {
        if body.is_empty() {
            return self.first(replaced).is_none();
        }
        let level = Outline::read(body).headings.first().map_or(replaced.level, |found| found.heading.level);
        let ends_there = |end: usize| {
            let rest = &self.text[end..];
            let next = end + (rest.len() - rest.trim_start_matches(['\n', '\r']).len());
            let heading = || self.headings.iter().find(|found| found.range.start == next);
            match stop {
                Some(stop) => next == stop,
                None => rest.trim().is_empty() || heading().is_some_and(|found| found.heading.level <= level),
            }
        };
        self.text.match_indices(body).any(|(at, _)| {
            let begins_line = at == 0 || self.text[..at].ends_with('\n');
            begins_line && ends_there(at + body.len())
        })
    }
}

/// What a heading says, without its `#` marks or its underline.
fn words_of(source: &str) -> &str {
    let source = source.trim();
    if source.starts_with('#') {
        let words = source.trim_start_matches('#');
        let open = words.trim_end_matches('#');
        // `# C#` ends in a letter of its own; only a separate run of `#` closes a heading.
        return if open.len() < words.len() && (open.is_empty() || open.ends_with([' ', '\t'])) { open } else { words };
    }
    source.trim_end_matches(['=', '-']).trim_end()
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
