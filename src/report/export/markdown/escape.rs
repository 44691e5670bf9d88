//! Text that others wrote as Markdown that says the same and does nothing: no markup, no mention of a person, no
//! reference to an issue, no end of a table's cell.

use std::fmt::Write as _;

use super::super::super::layout::{harmless, one_line};
use super::super::html::escape as html;

/// The text in one line. What stands between backticks stays code.
pub(in super::super) fn inline(text: &str) -> String {
    let line = one_line(text);
    let pieces: Vec<&str> = line.split('`').collect();
    let code = || pieces.iter().skip(1).step_by(2);
    if pieces.len().is_multiple_of(2) || code().any(|piece| piece.trim() != *piece || piece.is_empty()) {
        return words(&line);
    }
    let piece = |(at, piece): (usize, &&str)| if at % 2 == 1 { code_span(piece) } else { words(piece) };
    pieces.iter().enumerate().map(piece).collect()
}

/// The text as code, in one line; nothing if there is none.
pub(in super::super) fn code(text: &str) -> String {
    let line = one_line(text);
    if line.is_empty() { line } else { code_span(&line) }
}

fn code_span(line: &str) -> String {
    // Tables and backticks need escapes, which code spans do not know.
    if line.contains(['|', '`']) { format!("<code>{}</code>", words(line)) } else { format!("`{line}`") }
}

/// A link with the text.
pub(in super::super) fn link(text: &str, url: &str) -> String {
    let mut target = String::with_capacity(url.len());
    for character in url.chars() {
        match character {
            '(' | ')' | '<' | '>' | '|' | '\\' | '`' | '*' | '[' | ']' | ' ' | '"' => {
                let _ = write!(target, "%{:02X}", u32::from(character));
            }
            character if character.is_control() => {}
            character => target.push(character),
        }
    }
    format!("[{text}]({target})")
}

/// The text in one line within a block of HTML, where Markdown's escapes are text.
pub(in super::super) fn in_html(text: &str) -> String {
    html::text(text).replace('@', "@<!-- -->")
}

/// Lines of a log as a block of code, fenced so that nothing in them ends it.
pub(in super::super) fn block(lines: &[String]) -> String {
    let lines: Vec<_> = lines.iter().map(|line| harmless(line.trim_end())).collect();
    let longest = lines.iter().map(|line| line.chars().take_while(|c| *c == '`' || *c == ' ').count()).max();
    let fence = "`".repeat(longest.unwrap_or(0).max(2) + 1);
    format!("{fence}text\n{}\n{fence}\n", lines.join("\n"))
}

fn words(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len() + 8);
    let mut before: Option<char> = None;
    for (at, character) in text.char_indices() {
        let rest = &text[at + character.len_utf8()..];
        let of_a_word = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
        let inside = of_a_word(before) && of_a_word(rest.chars().next());
        match character {
            '\\' | '`' | '*' | '[' | ']' | '<' | '>' | '~' | '|' | '$' => escaped.extend(['\\', character]),
            '_' if !inside => escaped.push_str("\\_"),
            '&' if begins_entity(rest) => escaped.push_str("\\&"),
            // A forge would tell the person, or the issue, that it was spoken of.
            '@' | '#' if !of_a_word(before) && of_a_word(rest.chars().next()) => {
                escaped.push(character);
                escaped.push_str("<!-- -->");
            }
            _ => escaped.push(character),
        }
        before = Some(character);
    }
    escaped
}

fn begins_entity(rest: &str) -> bool {
    let name = rest.split(';').next().unwrap_or_default();
    name.len() < rest.len() && !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '#')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

    use super::*;

    /// The cells of the only table's rows as an independent parser reads them: text and code, no markup.
    fn cells(markdown: &str) -> Vec<Vec<String>> {
        let mut rows: Vec<Vec<String>> = Vec::new();
        for event in Parser::new_ext(markdown, Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH) {
            match event {
                Event::Start(Tag::TableRow) => rows.push(Vec::new()),
                Event::Start(Tag::TableCell) => rows.last_mut().into_iter().for_each(|row| row.push(String::new())),
                Event::Text(text) | Event::Code(text) => {
                    if let Some(cell) = rows.last_mut().and_then(|row| row.last_mut()) {
                        cell.push_str(&text);
                    }
                }
                Event::InlineHtml(html) => assert!(["<!-- -->", "<code>", "</code>"].contains(&&*html), "{html}"),
                Event::Start(Tag::Table(_) | Tag::TableHead)
                | Event::End(TagEnd::Table | TagEnd::TableHead | TagEnd::TableRow | TagEnd::TableCell) => {}
                other => panic!("{other:?} in {markdown:?}"),
            }
        }
        rows
    }

    fn in_a_table(text: &str) -> Vec<Vec<String>> {
        cells(&format!("| a | b |\n|---|---|\n| {} | end |\n", inline(text)))
    }

    proptest! {
        #[test]
        fn whatever_a_text_holds_a_cell_says_the_same_and_no_more(
            text in r"([a-z0-9]|[ `|\\*_\[\]()<>~$&;#@!.:/=+-]|é|\n|<b>|&amp;|&#64;|```|https://x\.y/){0,24}"
        ) {
            let said: String = one_line(&text).chars().filter(|c| *c != '`').collect();
            let read: Vec<Vec<String>> = in_a_table(&text);
            prop_assert_eq!(read.len(), 1);
            prop_assert_eq!(read[0].len(), 2);
            prop_assert_eq!(&read[0][1], "end");
            let read: String = read[0][0].chars().filter(|c| *c != '`').collect();
            prop_assert_eq!(read.trim(), said.trim());
        }
    }

    #[test]
    fn code_stays_code_and_what_is_not_is_as_it_was_written() {
        assert_eq!(inline("`make build` ended with exit code 2"), "`make build` ended with exit code 2");
        assert_eq!(inline("`a | b` fails"), r"<code>a \| b</code> fails");
        assert_eq!(inline("a ` alone"), r"a \` alone");
        assert_eq!(inline("snake_case and _private"), r"snake_case and \_private");
    }

    #[test]
    fn nobody_is_told_that_an_error_message_names_them() {
        assert_eq!(inline("ask @octocat"), "ask @<!-- -->octocat");
        assert_eq!(inline("see #12"), "see #<!-- -->12");
        assert_eq!(inline("base@sha256:5ac1"), "base@sha256:5ac1");
    }

    #[test]
    fn a_log_cannot_end_its_block() {
        let lines = ["a".to_owned(), "`````".to_owned(), "  ```".to_owned()];
        let block = block(&lines);
        assert!(block.starts_with("``````text\n") && block.ends_with("\n``````\n"), "{block}");
        let mut events = Parser::new(&block);
        assert!(matches!(events.next(), Some(Event::Start(Tag::CodeBlock(_)))));
        assert!(matches!(events.next(), Some(Event::Text(text)) if *text == *"a\n`````\n  ```\n"));
    }
}
