//! The last lines of output, fit to be shown in a message.

use std::collections::VecDeque;

/// How many lines are kept.
const LINES: usize = 20;

/// Longer lines are cut, in bytes.
const LINE_LENGTH: usize = 500;

/// Keeps the last lines, without escape sequences and other control characters.
#[derive(Default)]
pub(super) struct Tail {
    lines: VecDeque<String>,
    /// The line that is being received; never much longer than `LINE_LENGTH`.
    line: String,
    /// A carriage return came last; what follows decides what it meant.
    returned: bool,
    escape: Escape,
}

/// Where in a terminal escape sequence the stream is.
#[derive(Default, Clone, Copy, PartialEq, Eq)]
enum Escape {
    #[default]
    Text,
    /// After ESC.
    Begun,
    /// After `ESC (` or `ESC )`: one more character names a character set.
    Charset,
    /// Inside `ESC [ ...`, up to a letter.
    Control,
    /// Inside `ESC ] ...` (titles, links), up to BEL or ESC.
    Command,
}

impl Tail {
    pub(super) fn push(&mut self, text: &str) {
        for character in text.chars() {
            self.push_char(character);
        }
    }

    fn push_char(&mut self, character: char) {
        self.escape = match (self.escape, character) {
            (Escape::Text | Escape::Command, '\u{1b}') => Escape::Begun,
            (Escape::Begun, '[') => Escape::Control,
            (Escape::Begun, ']') => Escape::Command,
            (Escape::Begun, '(' | ')') => Escape::Charset,
            // A line end also ends a sequence that was never finished.
            (_, '\n') => {
                self.end_line();
                Escape::Text
            }
            (Escape::Text, character) => {
                self.push_text(character);
                Escape::Text
            }
            (Escape::Begun | Escape::Charset, _) | (Escape::Control, '@'..='~') | (Escape::Command, '\u{7}') => {
                Escape::Text
            }
            (inside, _) => inside,
        };
    }

    fn push_text(&mut self, character: char) {
        if character == '\r' {
            self.returned = true;
            return;
        }
        if std::mem::take(&mut self.returned) {
            // A progress bar draws over its line: only its last state is of interest.
            self.line.clear();
        }
        if self.line.len() >= LINE_LENGTH {
            if !self.line.ends_with('…') {
                self.line.push('…');
            }
        } else if character == '\t' || !character.is_control() {
            self.line.push(character);
        }
    }

    fn end_line(&mut self) {
        self.returned = false;
        let line = std::mem::take(&mut self.line);
        let line = line.trim_end();
        if line.is_empty() {
            return;
        }
        if self.lines.len() == LINES {
            self.lines.pop_front();
        }
        self.lines.push_back(line.to_owned());
    }

    /// The lines, oldest first.
    pub(super) fn finish(mut self) -> Vec<String> {
        self.end_line();
        self.lines.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tail(text: &str) -> Vec<String> {
        let mut tail = Tail::default();
        tail.push(text);
        tail.finish()
    }

    #[test]
    fn the_last_lines_are_kept_and_empty_ones_are_not() {
        let text: Vec<String> = (1..=30).map(|line| format!("line {line}")).collect();
        let lines = tail(&text.join("\n\n"));
        assert_eq!((lines.len(), lines[0].as_str(), lines[19].as_str()), (20, "line 11", "line 30"));
    }

    #[test]
    fn escapes_progress_bars_and_bells_are_gone() {
        assert_eq!(tail("\u{1b}[31mred\u{1b}[0m\u{7}"), ["red"]);
        assert_eq!(tail("10 %\r50 %\rdone\n"), ["done"]);
        assert_eq!(tail("crlf\r\nnext"), ["crlf", "next"]);
        assert_eq!(tail("\u{1b}]0;title\u{7}text\u{1b}(Bmore"), ["textmore"]);
        assert_eq!(tail("\u{1b}[12\nafter"), ["after"]);
    }

    #[test]
    fn a_line_without_an_end_does_not_fill_the_memory() {
        let lines = tail(&"x".repeat(1_000_000));
        assert_eq!(lines[0].chars().count(), 501);
    }
}
