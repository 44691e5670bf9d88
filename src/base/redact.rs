//! Masking of secrets in everything that is written down or shown.

use std::borrow::Cow;

/// What stands in place of a secret.
const MASK: &str = "***";

/// Shorter values are not masked: replacing every `a` would destroy the text and hide nothing.
const SHORTEST_SECRET: usize = 4;

/// Replaces known secret values by `***`. Longer secrets win where two overlap.
#[derive(Clone, Default)]
pub struct Redactor {
    secrets: Vec<String>,
}

impl Redactor {
    /// A redactor for these values; values under four bytes are left out.
    pub fn new(secrets: impl IntoIterator<Item = String>) -> Self {
        let mut secrets: Vec<String> = secrets
            .into_iter()
            .flat_map(|secret| {
                // A multi-line secret is also masked line by line, since output comes in lines.
                let lines: Vec<String> = secret.lines().map(str::to_owned).collect();
                std::iter::once(secret).chain(lines)
            })
            .filter(|secret| secret.len() >= SHORTEST_SECRET)
            .collect();
        secrets.sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
        secrets.dedup();
        Self { secrets }
    }

    /// The same with more values.
    #[must_use]
    pub fn also(&self, more: impl IntoIterator<Item = String>) -> Self {
        Self::new(self.secrets.iter().cloned().chain(more))
    }

    /// The same, which knows every value in this spelling too: as a format escapes it, say.
    #[must_use]
    pub fn spelt(&self, spell: impl Fn(&str) -> String) -> Self {
        self.also(self.secrets.iter().map(|secret| spell(secret)))
    }

    /// The text with every secret masked.
    pub fn apply<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let mut text = Cow::Borrowed(text);
        for secret in &self.secrets {
            if text.contains(secret.as_str()) {
                text = Cow::Owned(text.replace(secret.as_str(), MASK));
            }
        }
        text
    }

    /// The length of the longest secret, in bytes: how much a stream must hold back.
    pub fn longest(&self) -> usize {
        self.secrets.first().map_or(0, String::len)
    }
}

impl std::fmt::Debug for Redactor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Redactor({} secrets)", self.secrets.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longer_secret_wins_and_short_ones_stay() {
        let redactor = Redactor::new(["token".to_owned(), "token-long".to_owned(), "a".to_owned()]);
        assert_eq!(redactor.apply("a token-long and a token"), "a *** and a ***");
    }

    #[test]
    fn more_values_and_other_spellings_are_masked_besides() {
        let redactor = Redactor::new(["to<ken".to_owned()]).also(["other".to_owned()]);
        let spelt = redactor.spelt(|secret| secret.replace('<', "&lt;"));
        assert_eq!(spelt.apply("to<ken to&lt;ken other"), "*** *** ***");
    }
}
