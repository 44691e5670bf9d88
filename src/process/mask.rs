//! Masking secrets in a stream that arrives in arbitrary pieces.

use std::borrow::Cow;

use crate::base::Redactor;

/// Turns bytes into text (what is not UTF-8 becomes U+FFFD) and masks secrets in it, also those that
/// two pieces share.
pub(super) struct Mask {
    redactor: Redactor,
    /// The beginning of a character whose rest has not come yet; at most three bytes.
    bytes: Vec<u8>,
    /// Text that may still turn out to be the beginning of a secret.
    text: String,
}

impl Mask {
    pub(super) fn new(redactor: Redactor) -> Self {
        Self { redactor, bytes: Vec::new(), text: String::new() }
    }

    /// Takes a piece; returns what is certain by now.
    pub(super) fn push(&mut self, piece: &[u8]) -> String {
        self.decode(piece);
        let certain = self.certain();
        let rest = self.text.split_off(certain);
        let ready = std::mem::replace(&mut self.text, rest);
        self.masked(ready)
    }

    /// The rest, at the end of the stream.
    pub(super) fn finish(&mut self) -> String {
        let bytes = std::mem::take(&mut self.bytes);
        self.text.push_str(&String::from_utf8_lossy(&bytes));
        let text = std::mem::take(&mut self.text);
        self.masked(text)
    }

    fn masked(&self, text: String) -> String {
        match self.redactor.apply(&text) {
            Cow::Owned(masked) => masked,
            Cow::Borrowed(_) => text,
        }
    }

    fn decode(&mut self, piece: &[u8]) {
        self.bytes.extend_from_slice(piece);
        let mut complete = self.bytes.len();
        // A sequence that is cut off at the end is not wrong yet; only there `error_len` is `None`.
        if let Some(last) = self.bytes.utf8_chunks().last() {
            let cut = last.invalid();
            if std::str::from_utf8(cut).is_err_and(|error| error.error_len().is_none()) {
                complete -= cut.len();
            }
        }
        self.text.push_str(&String::from_utf8_lossy(&self.bytes[..complete]));
        self.bytes.drain(..complete);
    }

    /// How many bytes of the text can be given out: a secret that begins in them ends in them.
    fn certain(&self) -> usize {
        let longest = self.redactor.longest();
        let held_back = longest.saturating_sub(1);
        let mut cut = self.text.floor_char_boundary(self.text.len().saturating_sub(held_back));
        if longest == 0 || matches!(self.redactor.apply(&self.text), Cow::Borrowed(_)) {
            return cut;
        }
        while cut > 0 && self.cuts_a_secret(cut, longest) {
            cut = self.text.floor_char_boundary(cut - 1);
        }
        cut
    }

    /// Whether masking both sides by themselves differs from masking the whole.
    fn cuts_a_secret(&self, cut: usize, longest: usize) -> bool {
        let start = self.text.floor_char_boundary(cut.saturating_sub(longest));
        let end = self.text.ceil_char_boundary(cut + longest);
        let apart =
            format!("{}{}", self.redactor.apply(&self.text[start..cut]), self.redactor.apply(&self.text[cut..end]));
        apart != self.redactor.apply(&self.text[start..end])
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn in_pieces(secrets: &[&str], text: &[u8], sizes: &[usize]) -> String {
        let mut mask = Mask::new(Redactor::new(secrets.iter().map(|secret| (*secret).to_owned())));
        let mut masked = String::new();
        let mut rest = text;
        for size in sizes.iter().cycle() {
            let (piece, after) = rest.split_at((*size).min(rest.len()));
            masked.push_str(&mask.push(piece));
            rest = after;
            if rest.is_empty() {
                break;
            }
        }
        masked + &mask.finish()
    }

    #[test]
    fn a_secret_cut_by_a_border_is_masked() {
        for size in 1..20 {
            assert_eq!(in_pieces(&["hunter22"], b"token=hunter22 rest", &[size]), "token=*** rest", "size {size}");
        }
    }

    #[test]
    fn a_character_cut_by_a_border_stays_whole_and_broken_bytes_show() {
        assert_eq!(in_pieces(&[], "größe €".as_bytes(), &[1]), "größe €");
        assert_eq!(in_pieces(&[], b"a\xff\xfeb\xe2\x82", &[1]), "a\u{fffd}\u{fffd}b\u{fffd}");
    }

    #[test]
    fn what_cannot_become_a_secret_is_given_out_at_once() {
        let mut mask = Mask::new(Redactor::default());
        assert_eq!(mask.push(b"compiling"), "compiling");
    }

    proptest! {
        #[test]
        fn pieces_mask_as_the_whole(
            words in prop::collection::vec(prop::sample::select(vec!["abcd", "efghij", "ab", "ij\n", "é", "xyz", "abc"]), 0..40),
            sizes in prop::collection::vec(1_usize..9, 1..5),
        ) {
            let secrets = ["abcd", "efghij", "cdxy", "xyzé"];
            let text: String = words.concat();
            let masked = in_pieces(&secrets, text.as_bytes(), &sizes);
            for secret in ["abcd", "efghij"] {
                prop_assert!(!masked.contains(secret), "{secret} in {masked}");
            }
        }

        #[test]
        fn without_overlapping_secrets_pieces_give_exactly_the_text_of_the_whole(
            words in prop::collection::vec(prop::sample::select(vec!["abcd", "efghij", "ab", "ij\n", "é", "xyz", "abc"]), 0..40),
            sizes in prop::collection::vec(1_usize..9, 1..5),
        ) {
            let secrets = ["abcd", "efghij"];
            let text: String = words.concat();
            let whole = Redactor::new(secrets.map(str::to_owned)).apply(&text).into_owned();
            prop_assert_eq!(in_pieces(&secrets, text.as_bytes(), &sizes), whole);
        }
    }
}
