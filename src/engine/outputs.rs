//! The file through which a process gives outputs: `key=value` lines, as in GitHub Actions.
//!
//! A value of several lines is written as `key<<WORD`, the lines, and `WORD` alone on a line.

use std::collections::BTreeMap;

use serde_json::Value;

/// A file of outputs that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum OutputsError {
    /// Neither `key=value` nor `key<<WORD`.
    #[error("line {0} of the file named by CUTOVER_OUTPUT is neither `key=value` nor `key<<WORD`")]
    Line(usize),
    /// A key with characters that no expression could read.
    #[error("line {line} of the file named by CUTOVER_OUTPUT: `{key}` is not a name; use letters, digits, `-` and `_`")]
    Key {
        /// The line, from 1.
        line: usize,
        /// The key.
        key: String,
    },
    /// The closing word of a value of several lines is not there.
    #[error(
        "the value that begins in line {line} of the file named by CUTOVER_OUTPUT is not closed by a line `{word}`"
    )]
    Open {
        /// The line, from 1.
        line: usize,
        /// The word.
        word: String,
    },
}

/// Reads the outputs; of a key that is given twice the last value counts.
pub(super) fn parse(text: &str) -> Result<BTreeMap<String, Value>, OutputsError> {
    let mut outputs = BTreeMap::new();
    let mut lines = text.lines().enumerate();
    while let Some((index, line)) = lines.next() {
        if line.trim().is_empty() {
            continue;
        }
        let equals = line.find('=').unwrap_or(usize::MAX);
        let heredoc = line.find("<<").unwrap_or(usize::MAX);
        let (key, value) = if heredoc < equals {
            let word = line[heredoc + 2..].trim();
            let mut value: Vec<&str> = Vec::new();
            let closed = lines.by_ref().map(|(_, line)| line).take_while(|line| *line != word || word.is_empty());
            value.extend(closed);
            let is_closed = !word.is_empty() && text.lines().nth(index + 1 + value.len()) == Some(word);
            if !is_closed {
                return Err(OutputsError::Open { line: index + 1, word: word.to_owned() });
            }
            (&line[..heredoc], value.join("\n"))
        } else if equals != usize::MAX {
            (&line[..equals], line[equals + 1..].to_owned())
        } else {
            return Err(OutputsError::Line(index + 1));
        };
        let legal = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        let key = key.trim();
        if key.is_empty() || !key.chars().all(legal) {
            return Err(OutputsError::Key { line: index + 1, key: key.to_owned() });
        }
        outputs.insert(key.to_owned(), Value::String(value));
    }
    Ok(outputs)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_may_hold_equals_signs_and_several_lines() {
        let outputs = parse("a=b=c\n\nnotes<<END\none\ntwo\nEND\nlast=\n").unwrap();
        assert_eq!(outputs["a"], "b=c");
        assert_eq!(outputs["notes"], "one\ntwo");
        assert_eq!(outputs["last"], "");
    }

    #[test]
    fn what_cannot_be_read_is_named_by_its_line() {
        assert_eq!(parse("a=1\noops\n"), Err(OutputsError::Line(2)));
        assert_eq!(parse("a b=1"), Err(OutputsError::Key { line: 1, key: "a b".into() }));
        assert_eq!(parse("a<<END\none\n"), Err(OutputsError::Open { line: 1, word: "END".into() }));
    }
}
