//! Hints, said the same way wherever they come from: fragments and sentences alike.

/// `hint: Free space, then resume.` whatever the shape of the hint: it begins with a capital letter unless it begins
/// with code, and ends with a full stop unless it has an end.
pub fn sentence(hint: &str) -> String {
    format!("hint: {}", body(hint))
}

/// The hint as a sentence, without the word before it.
pub(super) fn body(hint: &str) -> String {
    let hint = hint.trim();
    let hint = hint.strip_prefix("hint:").map_or(hint, str::trim_start);
    let mut sentence = String::with_capacity(hint.len() + 1);
    let first_word = hint.split_whitespace().next().unwrap_or_default();
    // A word with other than lowercase letters in it is a name, a path or a command: its spelling counts.
    let plain = first_word.trim_end_matches([',', ';', ':']).chars().all(char::is_lowercase);
    let mut characters = hint.chars();
    if plain && !starts_with_command(first_word) {
        sentence.extend(characters.next().into_iter().flat_map(char::to_uppercase));
    }
    sentence.push_str(characters.as_str());
    if !sentence.is_empty() && !sentence.ends_with(['.', '!', '?', ':']) {
        sentence.push('.');
    }
    sentence
}

/// Commands whose spelling with a small letter is meant.
fn starts_with_command(word: &str) -> bool {
    matches!(word, "cutover" | "git")
}
