//! Nothing is lost in silence: a word that nobody knows is noticed wherever it stands.

use proptest::prelude::*;

use super::*;

/// Where a word can be put into a line: before each of its words and at its end.
fn places(line: &str) -> Vec<usize> {
    let mut places: Vec<usize> = line
        .char_indices()
        .filter(|(at, c)| !c.is_whitespace() && line[..*at].chars().next_back().is_none_or(char::is_whitespace))
        .map(|(at, _)| at)
        .collect();
    places.push(line.trim_end_matches(['\\', ' ']).len());
    places
}

/// The text with a word put in at the nth place; `None` where the line is a comment.
fn with_word(text: &str, word: &str, nth: usize) -> Option<String> {
    let mut all = Vec::new();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let content = line.trim_end();
        if !content.is_empty() && !content.trim_start().starts_with('#') {
            all.extend(places(content).into_iter().map(|at| start + at));
        }
        start += line.len();
    }
    let at = *all.get(nth % all.len())?;
    Some(format!("{} {word} {}", text[..at].trim_end_matches(' '), &text[at..]))
}

fn plain_texts() -> Vec<String> {
    vec![
        two_stages(ALPINE, APK, "RUN apk --no-cache add bash socat && \\\n    # newer\n    apk upgrade\n"),
        two_stages(
            SLIM,
            "RUN apt-get update\nENV PIP_NO_CACHE_DIR=1\n",
            "RUN python -c \"import nltk; nltk.download('punkt')\"\n",
        ),
        one_stage(SLIM, APT, "ARG CODE=source_x\nRUN mkdir -p /airbyte/integration_code\n")
            .replace("COPY source_x ./source_x", "COPY $CODE ./$CODE"),
        one_stage("python:3.9", "ENV CODE_PATH=\"source_x\"\n", "RUN set -e; poetry config virtualenvs.create false\n")
            .replace("COPY source_x ./source_x", "COPY $CODE_PATH ./$CODE_PATH"),
        "FROM python:3.9\nWORKDIR /app\nCOPY . .\nRUN pip install -r requirements.txt\nENTRYPOINT [\"python\", \
         \"main.py\"]\n"
            .to_owned(),
    ]
}

const FILES: [(&str, &str); 2] = [("pyproject.toml", ""), ("requirements.txt", "-e .\n")];

#[test]
fn the_texts_are_plain() {
    for text in plain_texts() {
        let judgement = judged_with(&text, &FILES, &Decisions::default());
        assert!(judgement.is_plain(), "{text}{:?}", story(&judgement));
    }
}

/// Whether a text with a strange word in it is no longer taken for plain.
fn is_noticed(text: &str) -> bool {
    match judge(text, &Target::of_image(BASE), &Connector::with(&FILES), &Decisions::default()) {
        Ok(judgement) => !judgement.is_plain() || !judgement.warnings.is_empty(),
        Err(_) => true,
    }
}

#[test]
fn a_word_is_noticed_at_every_place() {
    for text in plain_texts() {
        let number: usize = text.lines().map(|line| places(line).len()).sum();
        for nth in 0..number {
            for word in ["frobnicate", "--frob", "-k", "&& frob", "; frob", "| frob", "'a b'", "frob=1"] {
                let Some(changed) = with_word(&text, word, nth) else { continue };
                assert!(is_noticed(&changed), "`{word}` is not noticed in:\n{changed}");
            }
        }
    }
}

/// The words of every `RUN`, `ENV` and `COPY` as a reader sees them who knows no shell.
fn words_of(text: &str) -> Vec<String> {
    let mut joined = String::new();
    for line in text.lines().filter(|line| !line.trim_start().starts_with('#') && !line.trim().is_empty()) {
        match line.trim_end().strip_suffix('\\') {
            Some(line) => joined.push_str(line),
            None => joined.extend([line, "\n"]),
        }
    }
    let words = joined.lines().flat_map(|line| line.split_whitespace().skip(1));
    let mut words: Vec<String> = words
        .map(|word| word.trim_end_matches(';').to_owned())
        .filter(|word| !word.is_empty() && word != "&&")
        .collect();
    words.sort();
    words
}

proptest! {
    #[test]
    fn a_strange_word_is_noticed(which in 0..5usize, nth in 0..400usize, word in "[b-z]{5,9}") {
        let text = &plain_texts()[which];
        if let Some(changed) = with_word(text, &format!("q{word}"), nth) {
            prop_assert!(is_noticed(&changed), "{}", changed);
        }
    }

    #[test]
    fn every_word_of_a_script_stands_in_exactly_one_item(
        commands in prop::collection::vec("(apk add|pip install|make|rm -rf|echo) [a-z./-]{1,8}( [a-z=]{1,6}){0,3}", 1..6),
        joins in prop::collection::vec(prop_oneof![Just(" && "), Just(" && \\\n    "), Just("; \\\n# why\n\n  "), Just("\nRUN ")], 6),
    ) {
        let mut text = "FROM python:3.9\nRUN ".to_owned();
        for (command, join) in commands.iter().zip(&joins) {
            text.push_str(command);
            text.push_str(join);
        }
        text.push_str("true\n");
        let judgement = judged(&text);
        let mut found: Vec<String> = judgement.items.iter().flat_map(|item| item.text.split_whitespace().skip(1).map(str::to_owned)).collect();
        found.sort();
        prop_assert_eq!(found, words_of(&text), "{}", text);
    }

    #[test]
    fn no_text_breaks_it(text in "(FROM python:3.9\n)?((RUN|ENV|COPY|LABEL|WORKDIR|ENTRYPOINT|USER|ARG|FROM|#) ?[ -~]{0,20}(\\\\\n|\n)){0,6}") {
        if let Ok(judgement) = judge(&text, &Target::of_image(BASE), &Connector::with(&[]), &Decisions::default()) {
            let _ = crate::edit::dockerfile::hooks::render(&text, &judgement);
        }
    }
}
