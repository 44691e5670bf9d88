//! The end of a log, for people: without the moments and colours that runners put into every line. Pure.

/// How many lines are shown.
pub(super) const LINES: usize = 40;

/// The last lines with something in them. If the text was cut at its beginning, the first line is part of one and
/// left out.
pub(super) fn last_lines(text: &str, cut: bool) -> Vec<String> {
    let lines = text.lines().skip(usize::from(cut)).map(plain);
    let lines: Vec<String> = lines.filter(|line| !line.trim().is_empty() && !is_framing(line)).collect();
    lines[lines.len().saturating_sub(LINES)..].to_vec()
}

/// A line without its moment, its colours and a progress bar's earlier states.
fn plain(line: &str) -> String {
    let line = line.trim_start_matches('\u{feff}');
    let line = line.split_once(' ').filter(|(first, _)| is_moment(first)).map_or(line, |(_, rest)| rest);
    let line = if is_moment(line) { "" } else { line };
    let line = line.trim_end().rsplit('\r').next().unwrap_or_default();
    without_colours(line).trim_end().to_owned()
}

/// `2026-11-22T12:00:00.1234567Z`, as GitHub's runners write it.
fn is_moment(word: &str) -> bool {
    let bytes = word.as_bytes();
    bytes.len() >= 20
        && bytes.ends_with(b"Z")
        && [4, 7].iter().all(|at| bytes[*at] == b'-')
        && bytes[10] == b'T'
        && word.parse::<jiff::Timestamp>().is_ok()
}

/// What only folds the log on GitHub's page.
fn is_framing(line: &str) -> bool {
    ["##[group]", "##[endgroup]", "##[section]"].iter().any(|prefix| line.starts_with(prefix))
}

fn without_colours(line: &str) -> String {
    let mut plain = String::with_capacity(line.len());
    let mut characters = line.chars();
    while let Some(character) = characters.next() {
        if character != '\u{1b}' {
            plain.push(character);
            continue;
        }
        match characters.next() {
            // Control sequences end with a letter or the like; what is set by others is one character.
            Some('[') => drop(characters.find(|next| ('@'..='~').contains(next))),
            Some(']') => drop(characters.find(|next| matches!(next, '\u{7}' | '\u{1b}'))),
            _ => {}
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_runners_add_is_taken_away() {
        let log = "\u{feff}2026-11-22T12:00:00.1234567Z ##[group]Run pytest\n\
                   2026-11-22T12:00:01.0000000Z \u{1b}[31mE   assert 1 == 2\u{1b}[0m\r\n\
                   2026-11-22T12:00:02.0000000Z \n\
                   2026-11-22T12:00:03.0000000Z 10 %\r90 %\r100 %\n\
                   2026-11-22T12:00:03.5000000Z ##[error]Process completed with exit code 1.\n\
                   a line without a moment\n";
        assert_eq!(
            last_lines(log, false),
            ["E   assert 1 == 2", "100 %", "##[error]Process completed with exit code 1.", "a line without a moment"]
        );
    }

    #[test]
    fn only_the_end_is_kept_and_no_half_line() {
        let lines: Vec<String> = (0..100).map(|number| format!("line {number}")).collect();
        let log = lines.join("\n") + "\n";
        let lines = last_lines(&log, false);
        assert_eq!((lines.len(), lines[0].as_str(), lines[39].as_str()), (40, "line 60", "line 99"));
        assert_eq!(last_lines("alf a line\nwhole", true), ["whole"]);
        assert_eq!(last_lines("", true), [""; 0]);
    }
}
