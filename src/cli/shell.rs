//! Commands that people paste into a shell.

/// The word as a POSIX shell reads it back, in quotes only where it needs them.
pub(super) fn quoted(word: &str) -> String {
    let is_safe = |letter: char| letter.is_ascii_alphanumeric() || "-_./:=@%+,".contains(letter);
    if !word.is_empty() && word.chars().all(is_safe) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn plain_words_stay_and_others_are_quoted() {
        assert_eq!(quoted("cutover-demo/monorepo"), "cutover-demo/monorepo");
        assert_eq!(quoted("my repo"), "'my repo'");
        assert_eq!(quoted("it's"), r"'it'\''s'");
        assert_eq!(quoted("refs/heads/cutover/*"), "'refs/heads/cutover/*'");
        assert_eq!(quoted(""), "''");
    }
}
