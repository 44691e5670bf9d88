//! The headings of a text, and the sections that they begin.

use std::ops::Range;

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

use super::{Heading, MarkdownError, Which};
use crate::base::closest;

/// The headings of a text.
pub(super) struct Outline<'t> {
    text: &'t str,
    pub(super) headings: Vec<Found>,
}

pub(super) struct Found {
    pub(super) heading: Heading,
    /// The heading as readers see it, without markup.
    plain: String,
    pub(super) range: Range<usize>,
}

impl Found {
    fn is(&self, wanted: &Heading) -> bool {
        self.heading == *wanted || (self.heading.level == wanted.level && self.plain == wanted.text)
    }
}

impl<'t> Outline<'t> {
    pub(super) fn read(text: &'t str) -> Self {
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

    pub(super) fn first(&self, wanted: &Heading) -> Option<&Found> {
        self.headings.iter().find(|found| found.is(wanted))
    }

    pub(super) fn missing(&self, wanted: &Heading) -> MarkdownError {
        let written: Vec<String> = self.headings.iter().map(|found| found.heading.to_string()).collect();
        let closest = closest(&wanted.to_string(), written.iter().map(String::as_str));
        let closest =
            closest.and_then(|closest| self.headings.iter().find(|found| found.heading.to_string() == closest));
        MarkdownError::NoHeading { heading: wanted.clone(), closest: closest.map(|found| found.heading.clone()) }
    }

    /// The section's heading: before `stop`, if there is one.
    pub(super) fn choose(
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
    pub(super) fn end_of(&self, section: &Found) -> usize {
        let later = self.headings.iter().filter(|found| found.range.start > section.range.start);
        let next = later.into_iter().find(|found| found.heading.level <= section.heading.level);
        next.map_or(self.text.len(), |found| found.range.start)
    }

    /// Whether the body stands in the file as a section already: it begins at a line, and what follows it is the
    /// heading that ends the section, the end of the file, or a heading that its own heading does not cover.
    pub(super) fn holds(&self, body: &str, stop: Option<usize>, replaced: &Heading) -> bool {
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
