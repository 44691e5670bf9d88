//! One instruction as Docker hands it on: continued lines joined, comment lines and empty lines between them gone.

use super::words::continued;

/// A character of an instruction, and where it stands in the file.
pub(super) type Placed = (usize, char);

/// The characters from an offset to the end of the instruction that it lies in.
pub(super) fn characters(text: &str, start: usize, escape: char) -> Vec<Placed> {
    let mut characters = Vec::new();
    let mut at = start;
    while let Some(c) = text[at..].chars().next() {
        if let Some(next) = continued(text, at, escape) {
            at = next;
        } else if c == '\n' {
            break;
        } else {
            characters.push((at, c));
            at += c.len_utf8();
        }
    }
    characters
}

/// Characters as one line, each run of blanks one blank.
pub(super) fn one_line(characters: &[Placed]) -> String {
    let text: String = characters.iter().map(|(_, c)| *c).collect();
    collapsed(&text)
}

/// A text with each run of blanks as one blank, and none at its ends.
pub(super) fn collapsed(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
