//! Replaced ranges of a text, and the text that they lead to.

use std::ops::Range;

/// One replaced range of the old text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Splice {
    /// The bytes of the old text that go; empty for an insertion.
    pub range: Range<usize>,
    /// What stands there instead; empty for a deletion.
    pub text: String,
}

impl Splice {
    /// Replaces a range.
    pub fn replace(range: Range<usize>, text: impl Into<String>) -> Self {
        Self { range, text: text.into() }
    }

    /// Inserts at an offset.
    pub fn insert(at: usize, text: impl Into<String>) -> Self {
        Self::replace(at..at, text)
    }

    /// Deletes a range.
    pub fn delete(range: Range<usize>) -> Self {
        Self::replace(range, "")
    }
}

/// A verified edit: the new text, and the splices that lead to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    /// The whole new text.
    pub text: String,
    /// The splices, in ascending order and without overlaps; none if the text is already as wanted.
    pub splices: Vec<Splice>,
}

impl Edit {
    /// The text as it was, which is already as wanted.
    pub fn unchanged(text: impl Into<String>) -> Self {
        Self { text: text.into(), splices: Vec::new() }
    }

    /// Whether the edit changes anything.
    pub fn changed(&self) -> bool {
        !self.splices.is_empty()
    }

    /// Applies splices to a text. They may come in any order; those that change nothing are left out.
    ///
    /// # Panics
    ///
    /// When splices overlap or a range does not lie on the text's character boundaries: a broken
    /// invariant of the code that computed them.
    pub fn apply(old: &str, mut splices: Vec<Splice>) -> Self {
        splices.retain(|splice| old[splice.range.clone()] != splice.text);
        splices.sort_by_key(|splice| (splice.range.start, splice.range.end));
        let added: usize = splices.iter().map(|splice| splice.text.len()).sum();
        let mut text = String::with_capacity(old.len() + added);
        let mut kept = 0;
        for splice in &splices {
            assert!(splice.range.start >= kept, "splices do not overlap");
            text.push_str(&old[kept..splice.range.start]);
            text.push_str(&splice.text);
            kept = splice.range.end;
        }
        text.push_str(&old[kept..]);
        Self { text, splices }
    }

    /// The same edit of the same text behind a byte order mark.
    #[must_use]
    pub(super) fn behind_mark(mut self) -> Self {
        for splice in &mut self.splices {
            splice.range.start += BYTE_ORDER_MARK.len_utf8();
            splice.range.end += BYTE_ORDER_MARK.len_utf8();
        }
        self.text.insert(0, BYTE_ORDER_MARK);
        self
    }

    /// The edit between two texts as one splice: what lies between their common beginning and their common end.
    pub fn between(old: &str, new: &str) -> Self {
        let start = old.bytes().zip(new.bytes()).take_while(|(a, b)| a == b).count();
        let start = old.floor_char_boundary(start).min(new.floor_char_boundary(start));
        let (old_rest, new_rest) = (&old[start..], &new[start..]);
        let tail = old_rest.bytes().rev().zip(new_rest.bytes().rev()).take_while(|(a, b)| a == b).count();
        let old_end = old.ceil_char_boundary(old.len() - tail);
        let new_end = new.len() - (old.len() - old_end);
        Self::apply(old, vec![Splice::replace(start..old_end, &new[start..new_end])])
    }
}

/// Says how a text is encoded; not part of its first line.
const BYTE_ORDER_MARK: char = '\u{feff}';

/// What comes behind a text's byte order mark; `None` if it has none. Readers of Markdown and Dockerfiles take the
/// mark for a letter, so that a heading, a table or an instruction on the first line would not be seen.
pub(super) fn behind_mark(text: &str) -> Option<&str> {
    text.strip_prefix(BYTE_ORDER_MARK)
}

/// The line of an offset, from 1.
pub(super) fn line_of(text: &str, offset: usize) -> usize {
    text[..text.floor_char_boundary(offset)].matches('\n').count() + 1
}

/// How the first line ends: `\r\n` or `\n`.
pub(super) fn newline_of(text: &str) -> &'static str {
    match text.find('\n') {
        Some(at) if text[..at].ends_with('\r') => "\r\n",
        _ => "\n",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn splices_apply_in_any_order_and_keep_everything_outside() {
        let edit =
            Edit::apply("abcdef", vec![Splice::delete(4..5), Splice::insert(0, ">"), Splice::replace(1..3, "X")]);
        assert_eq!(edit.text, ">aXdf");
        assert_eq!(edit.splices.iter().map(|splice| splice.range.start).collect::<Vec<_>>(), [0, 1, 4]);
    }

    #[test]
    fn a_splice_that_changes_nothing_is_not_a_change() {
        let edit = Edit::apply("abc", vec![Splice::replace(1..2, "b")]);
        assert!(!edit.changed());
        assert_eq!(edit, Edit::unchanged("abc"));
    }

    #[test]
    fn the_edit_between_two_texts_is_what_differs_on_whole_characters() {
        for (old, new) in
            [("a é b", "a è b"), ("aaa", "aaaa"), ("abab", "ab"), ("", "x"), ("x", ""), ("ü", "ä"), ("né", "ñé")]
        {
            let edit = Edit::between(old, new);
            assert_eq!(edit.text, new, "{old} -> {new}");
            assert_eq!(edit.splices.len(), 1);
        }
        assert!(!Edit::between("same", "same").changed());
    }
}
