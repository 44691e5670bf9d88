//! Small things for sentences: counts, lists, and the word that was probably meant.

/// The candidate nearest to a misspelt word, if one is near enough to suggest.
///
/// Near is what a few slips of the keyboard make of a word, or a word that was cut short. (Measures
/// that reward a common beginning find every `source-…` like every other.)
pub fn closest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let word = word.to_lowercase();
    candidates
        .into_iter()
        .map(|candidate| (likeness(&word, &candidate.to_lowercase()), candidate))
        .filter(|(score, _)| *score > 0.6)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, candidate)| candidate)
}

fn likeness(word: &str, candidate: &str) -> f64 {
    let slips = strsim::normalized_damerau_levenshtein(word, candidate);
    let cut_short = word.len() >= 3 && candidate.starts_with(word);
    if cut_short { slips.max(0.65) } else { slips }
}

/// `1 connector`, `2 connectors`, `0 connectors`.
pub fn count(number: usize, noun: &str) -> String {
    match (number, noun.strip_suffix('y')) {
        (1, _) => format!("1 {noun}"),
        (_, Some(stem)) if !noun.ends_with("ay") => format!("{number} {stem}ies"),
        (_, _) if noun.ends_with("ch") || noun.ends_with('s') => format!("{number} {noun}es"),
        _ => format!("{number} {noun}s"),
    }
}

/// `a`, `a and b`, `a, b and c`.
pub fn sentence_list<T: AsRef<str>>(items: &[T]) -> String {
    match items {
        [] => String::new(),
        [one] => one.as_ref().to_owned(),
        [rest @ .., last] => {
            let rest: Vec<&str> = rest.iter().map(AsRef::as_ref).collect();
            format!("{} and {}", rest.join(", "), last.as_ref())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_closest_word_is_suggested_only_when_it_is_close() {
        assert_eq!(closest("conectors", ["connectors", "steps"]), Some("connectors"));
        assert_eq!(closest("zzz", ["connectors", "steps"]), None);
        assert_eq!(closest("lang", ["language", "limit"]), Some("language"));
        assert_eq!(closest("source-harbo", ["source-smithy", "source-granary"]), None);
        assert_eq!(closest("biuld", ["bump", "build"]), Some("build"));
    }

    #[test]
    fn counts_read_as_english() {
        assert_eq!(count(1, "entry"), "1 entry");
        assert_eq!(count(2, "entry"), "2 entries");
        assert_eq!(count(3, "branch"), "3 branches");
        assert_eq!(count(0, "connector"), "0 connectors");
    }
}
