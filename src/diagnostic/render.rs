//! Diagnostics as text, in the shape that compilers have made familiar.
//!
//! Names and messages may hold whatever stood in a file, so characters that would steer a terminal are shown, not sent.

use std::borrow::Cow;
use std::ops::Range;

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

use super::{Diagnostic, Severity};

/// Wider lines are cut around the caret.
const WIDTH: usize = 120;

/// Renders diagnostics in order, separated by empty lines; `colour` adds ANSI escapes.
pub fn render(diagnostics: &[Diagnostic], colour: bool) -> String {
    let renderer = if colour { Renderer::styled() } else { Renderer::plain() }.term_width(WIDTH);
    let rendered: Vec<String> = diagnostics.iter().map(|diagnostic| one(diagnostic, &renderer)).collect();
    rendered.join("\n\n")
}

fn one(diagnostic: &Diagnostic, renderer: &Renderer) -> String {
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let title = level.primary_title(harmless(&diagnostic.message)).id(diagnostic.code);
    let mut group = Group::with_title(title);
    if let Some((source, span)) = &diagnostic.place {
        let text = Shown::new(&source.text);
        let primary = AnnotationKind::Primary.span(text.range(span)).label(diagnostic.label.as_deref().map(harmless));
        let mut snippet = Snippet::source(text.text).path(harmless(&source.name)).annotation(primary);
        for (span, label) in &diagnostic.also {
            snippet = snippet.annotation(AnnotationKind::Context.span(text.range(span)).label(harmless(label)));
        }
        group = group.element(snippet);
    }
    if let Some(hint) = &diagnostic.hint {
        group = group.element(Level::HELP.message(harmless(hint)));
    }
    renderer.render(&[group])
}

/// A text as editors count its columns: without a byte order mark.
struct Shown<'a> {
    text: &'a str,
    hidden: usize,
}

impl<'a> Shown<'a> {
    fn new(text: &'a str) -> Self {
        let shown = text.strip_prefix('\u{feff}').unwrap_or(text);
        Self { text: shown, hidden: text.len() - shown.len() }
    }

    /// The bytes of the shown text, inside of it and on the borders of characters whatever was given.
    fn range(&self, span: &Range<usize>) -> Range<usize> {
        let start = self.text.floor_char_boundary(span.start.saturating_sub(self.hidden));
        let end = self.text.ceil_char_boundary(span.end.saturating_sub(self.hidden));
        start..end.max(start)
    }
}

/// The text with its control characters, line breaks aside, as escapes.
fn harmless(text: &str) -> Cow<'_, str> {
    let steers = |letter: char| letter.is_control() && letter != '\n';
    if !text.contains(steers) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len());
    for letter in text.chars() {
        if steers(letter) {
            shown.extend(letter.escape_default());
        } else {
            shown.push(letter);
        }
    }
    Cow::Owned(shown)
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::super::SourceText;
    use super::*;

    /// A finding about `needle` in a text.
    fn about(text: &str, needle: &str) -> Diagnostic {
        let start = text.find(needle).unwrap();
        let source = SourceText::new("w.yaml", text);
        Diagnostic::error("code", "something is wrong").at(&source, start..start + needle.len())
    }

    #[test]
    fn tabs_and_wide_letters_keep_the_caret_under_its_word() {
        assert_snapshot!(render(&[about("\ta:\t值 b\n", "b")], false), @r"
    error[code]: something is wrong
     --> w.yaml:1:7
      |
    1 |     a:    值 b
      |              ^
    ");
    }

    #[test]
    fn a_long_line_is_cut_around_the_caret() {
        let text = format!("key: {}HERE{}\n", "left ".repeat(60), " right".repeat(60));
        assert_snapshot!(render(&[about(&text, "HERE").label("this")], false), @r"
    error[code]: something is wrong
     --> w.yaml:1:306
      |
    1 | ...left left left left left left left left left left HERE right right right right right right right right right r...
      |                                                      ^^^^ this
    ");
    }

    #[test]
    fn an_error_over_many_lines_shows_its_ends() {
        let text = "a: |\n  one\n  two\n  three\n  four\n  five\n  six\nb: 1\n";
        assert_snapshot!(render(&[about(text, &text[5..43]).label("all of it")], false), @r"
    error[code]: something is wrong
     --> w.yaml:2:1
      |
    2 | /   one
    3 | |   two
    4 | |   three
    5 | |   four
    6 | |   five
    7 | |   six
      | |____^ all of it
    ");
    }

    #[test]
    fn places_far_apart_are_shown_with_a_gap() {
        let text = "first: 1\na: 1\nb: 1\nc: 1\nd: 1\ne: 1\nlast: 1\n";
        let finding = about(text, "last").label("here").also(0..5, "and there").hint("Choose one.");
        assert_snapshot!(render(&[finding], false), @r"
    error[code]: something is wrong
     --> w.yaml:7:1
      |
    1 | first: 1
      | ----- and there
    ...
    7 | last: 1
      | ^^^^ here
      |
      = help: Choose one.
    ");
    }

    #[test]
    fn a_finding_without_a_place_has_its_hint() {
        let finding = Diagnostic::warning("code", "something is odd").hint("Look at it.");
        assert_snapshot!(render(&[finding], false), @r"
    warning[code]: something is odd
     |
     = help: Look at it.
    ");
    }

    #[test]
    fn the_end_of_a_text_and_beyond_can_be_pointed_at() {
        let source = SourceText::new("w.yaml", "a: é");
        let end = Diagnostic::error("code", "it ends here").at(&source, 5..5);
        assert_snapshot!(render(&[end], false), @r"
    error[code]: it ends here
     --> w.yaml:1:5
      |
    1 | a: é
      |     ^
    ");
        let beyond = Diagnostic::error("code", "wrong").at(&source, 4..900);
        assert!(render(&[beyond], false).contains("w.yaml:1:4"), "the whole letter, inside the text");
    }

    #[test]
    fn a_byte_order_mark_does_not_count_as_a_column() {
        assert_snapshot!(render(&[about("\u{feff}ab: 1\n", "ab")], false), @r"
    error[code]: something is wrong
     --> w.yaml:1:1
      |
    1 | ab: 1
      | ^^
    ");
    }

    #[test]
    fn escapes_of_a_file_do_not_reach_the_terminal() {
        let mut finding = about("a\u{1b}[31m: 1\r\nb: 2\r\n", "a\u{1b}[31m");
        finding.message = "unknown key `a\u{1b}[31m`".to_owned();
        let text = render(&[finding.label("\u{7}").hint("\u{1b}]0;x")], false);
        assert!(!text.contains(|letter: char| letter.is_control() && letter != '\n'), "{text:?}");
        assert_snapshot!(text, @r"
    error[code]: unknown key `a\u{1b}[31m`
     --> w.yaml:1:1
      |
    1 | a␛[31m: 1
      | ^^^^^^ \u{7}
      |
      = help: \u{1b}]0;x
    ");
    }

    #[test]
    fn colours_come_only_when_asked_for() {
        assert!(render(&[about("a: 1", "a")], true).contains("\u{1b}["));
        assert!(!render(&[about("a: 1", "a")], false).contains('\u{1b}'));
    }
}
