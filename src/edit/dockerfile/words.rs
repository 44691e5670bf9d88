//! The words of a `LABEL` instruction, with their places: quotes, escapes, continued lines, comments in between.

use std::ops::Range;

/// One `key=value`.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Pair {
    pub(super) key: String,
    /// The value without quotes and escapes; variables as they are written.
    pub(super) value: String,
    /// Whether a variable stands in the value.
    pub(super) variable: bool,
    /// The value as written, with its quotes.
    pub(super) value_range: Range<usize>,
}

/// The pairs of an instruction's arguments, or the word that is none.
///
/// `LABEL key=value key2="a b"` has any number of them; the old form `LABEL key all the rest` has one.
pub(super) fn pairs(text: &str, arguments: Range<usize>, escape: char) -> Result<Vec<Pair>, String> {
    let scan = Scan { text: &text[..arguments.end], escape };
    let words = scan.words(arguments.start);
    match words.as_slice() {
        [first, rest @ ..] if equals(text, first).is_none() => {
            let value = rest.first().map_or(arguments.end..arguments.end, |word| word.start..arguments.end);
            if value.is_empty() {
                return Err(text[first.clone()].to_owned());
            }
            Ok(vec![scan.pair(first.clone(), value)])
        }
        words => words
            .iter()
            .map(|word| {
                let at = equals(text, word).ok_or_else(|| text[word.clone()].to_owned())?;
                Ok(scan.pair(word.start..at, at + 1..word.end))
            })
            .collect(),
    }
}

fn equals(text: &str, word: &Range<usize>) -> Option<usize> {
    text[word.clone()].find('=').map(|at| word.start + at)
}

/// A value as it must be written to read as itself; in the quotes that the old one has, if it has any.
pub(super) fn encode(value: &str, written: &str, escape: char) -> String {
    let quote = written.chars().next().filter(|quote| matches!(quote, '"' | '\'') && written.ends_with(*quote));
    let plain = |c: char| c.is_alphanumeric() || "._-:/@+,~".contains(c);
    match quote {
        Some('\'') if !value.contains('\'') => format!("'{value}'"),
        None if !value.is_empty() && value.chars().all(plain) => value.to_owned(),
        _ => {
            let mut quoted = String::from('"');
            for c in value.chars() {
                if c == '"' || c == '$' || c == escape {
                    quoted.push(escape);
                }
                quoted.push(c);
            }
            quoted + "\""
        }
    }
}

/// Where a text goes on after a continued line that begins at this offset, if one does: the escape character, the line
/// ending, and then all comment lines and empty lines.
pub(super) fn continued(text: &str, at: usize, escape: char) -> Option<usize> {
    let rest = text[at..].strip_prefix(escape)?;
    let rest = rest.trim_start_matches([' ', '\t', '\r']).strip_prefix('\n')?;
    let mut next = text.len() - rest.len();
    loop {
        let line = text[next..].split_inclusive('\n').next().unwrap_or("");
        let content = line.trim();
        if line.is_empty() || !(content.is_empty() || content.starts_with('#')) {
            return Some(next);
        }
        next += line.len();
    }
}

/// A walk over arguments that knows what Docker leaves out before it looks at them.
struct Scan<'t> {
    text: &'t str,
    escape: char,
}

impl Scan<'_> {
    fn continued(&self, at: usize) -> Option<usize> {
        continued(self.text, at, self.escape)
    }

    fn char_at(&self, at: usize) -> Option<char> {
        self.text[at..].chars().next()
    }

    fn words(&self, start: usize) -> Vec<Range<usize>> {
        let mut words = Vec::new();
        let mut at = start;
        while let Some(c) = self.char_at(at) {
            if let Some(next) = self.continued(at) {
                at = next;
            } else if c.is_whitespace() {
                at += c.len_utf8();
            } else {
                let end = self.word_end(at);
                words.push(at..end);
                at = end;
            }
        }
        words
    }

    /// The end of the word that begins here: the next space outside quotes.
    fn word_end(&self, start: usize) -> usize {
        let mut quote = None;
        let mut at = start;
        while let Some(c) = self.char_at(at) {
            if let Some(next) = self.continued(at) {
                // The lines join: a word goes on unless the next line begins with a space.
                let joins = quote.is_some() || self.char_at(next).is_some_and(|c| !c.is_whitespace());
                if !joins {
                    break;
                }
                at = next;
                continue;
            }
            match quote {
                None if c.is_whitespace() => break,
                None if c == '"' || c == '\'' => quote = Some(c),
                Some(open) if c == open => quote = None,
                _ => {}
            }
            at += c.len_utf8();
            if c == self.escape && quote != Some('\'') {
                at += self.char_at(at).map_or(0, char::len_utf8);
            }
        }
        at
    }

    fn pair(&self, key: Range<usize>, value_range: Range<usize>) -> Pair {
        let (key, _) = self.decode(key);
        let (value, variable) = self.decode(value_range.clone());
        Pair { key, value, variable, value_range }
    }

    /// The text without quotes, escapes and line continuations, and whether a variable is in it.
    fn decode(&self, range: Range<usize>) -> (String, bool) {
        let scan = Scan { text: &self.text[..range.end], escape: self.escape };
        let (mut decoded, mut variable, mut quote) = (String::new(), false, None);
        let mut at = range.start;
        while let Some(c) = scan.char_at(at) {
            if let Some(next) = scan.continued(at) {
                at = next;
                continue;
            }
            at += c.len_utf8();
            match (quote, c) {
                (None, '"' | '\'') => quote = Some(c),
                (Some(open), _) if c == open => quote = None,
                (None | Some('"'), _) if c == self.escape => {
                    let Some(escaped) = scan.char_at(at) else { continue };
                    // Between double quotes only these three lose their escape character.
                    if quote.is_some() && escaped != '"' && escaped != '$' && escaped != self.escape {
                        decoded.push(c);
                    }
                    decoded.push(escaped);
                    at += escaped.len_utf8();
                }
                (None | Some('"'), '$') => {
                    variable = true;
                    decoded.push(c);
                }
                _ => decoded.push(c),
            }
        }
        (decoded, variable)
    }
}
