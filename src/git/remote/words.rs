//! What git and the other side wrote on standard error, cleaned for people.

use crate::base::Redactor;

use super::url::without_passwords;

/// How many lines a message keeps: the last ones say why.
const MOST_LINES: usize = 10;

/// Lines that git adds to every failure, and that help nobody.
const NOISE: [&str; 7] = [
    "Please make sure you have the correct access rights",
    "and the repository exists.",
    "error: failed to push some refs to",
    "fatal: Could not read from remote repository.",
    "hint: ",
    "Everything up-to-date",
    "To ",
];

/// What a server adds to pushes that went well.
const SERVER_NOISE: [&str; 5] = [
    "Create a pull request for ",
    "/pull/new/",
    "GitHub found ",
    "To create a merge request for ",
    "/merge_requests/new",
];

/// The lines of a standard error: no secrets, no control characters, no padding.
pub(in crate::git) fn clean(stderr: &[u8], redactor: &Redactor) -> Vec<String> {
    let text = String::from_utf8_lossy(stderr);
    let text = without_passwords(&redactor.apply(&text));
    // A progress line is overwritten by the next: what counts is what stands there at last.
    let lines = text.lines().map(|line| line.trim_end_matches('\r').rsplit('\r').next().unwrap_or_default());
    let plain = lines.map(|line| line.replace("\u{1b}[K", ""));
    plain.map(|line| line.chars().filter(|c| !c.is_control()).collect::<String>().trim_end().to_owned()).collect()
}

/// What the other side said: the lines marked `remote:`, without the mark.
pub(in crate::git) fn remote_lines(lines: &[String]) -> Vec<&str> {
    lines
        .iter()
        .filter_map(|line| line.strip_prefix("remote:"))
        .map(|line| line.strip_prefix(' ').unwrap_or(line))
        .collect()
}

/// The lines that tell why a whole command failed, the last ones if there are many.
pub(in crate::git) fn reasons(lines: &[String]) -> String {
    let told = lines.iter().filter(|line| !line.is_empty() && !NOISE.iter().any(|noise| line.starts_with(noise)));
    let told: Vec<&str> = told
        .map(|line| line.strip_prefix("remote: ").unwrap_or(line))
        .map(|line| ["fatal: ", "error: ", "ERROR: "].iter().find_map(|mark| line.strip_prefix(mark)).unwrap_or(line))
        .filter(|line| !line.trim().is_empty() && *line != "remote:")
        .collect();
    last(&told)
}

/// The last lines of what the other side said, without what it says to everybody.
pub(in crate::git) fn last(lines: &[&str]) -> String {
    let told: Vec<&str> = lines
        .iter()
        .map(|line| line.trim_end())
        .filter(|line| !line.trim().is_empty())
        .filter(|line| !SERVER_NOISE.iter().any(|noise| line.contains(noise)))
        .collect();
    told[told.len().saturating_sub(MOST_LINES)..].join("\n")
}

/// The lines as one: sentences follow each other, anything else is set apart.
pub(in crate::git) fn one_line(message: &str) -> String {
    let mut line = String::new();
    for next in message.lines().map(str::trim).filter(|next| !next.is_empty()) {
        if !line.is_empty() {
            line.push_str(if line.ends_with(['.', ':', '!', '?', ',', ';']) { " " } else { "; " });
        }
        line.push_str(next);
    }
    line
}

/// Where the repository is now, if the other side says that it has moved.
pub(in crate::git) fn moved_to(lines: &[String]) -> Option<String> {
    let remark = lines.iter().position(|line| line.contains("This repository moved")).and_then(|at| {
        let mut near = lines[at..].iter().take(3).flat_map(|line| line.split_whitespace());
        near.rfind(|word| word.contains("://") || word.starts_with("git@")).map(str::to_owned)
    });
    let redirect = || lines.iter().find_map(|line| line.strip_prefix("warning: redirecting to "));
    remark.or_else(|| redirect().map(|address| address.trim_end_matches('/').to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(stderr: &str) -> Vec<String> {
        clean(stderr.as_bytes(), &Redactor::new(["ghp_secret".to_owned()]))
    }

    #[test]
    fn secrets_progress_and_padding_are_gone() {
        let stderr = "Writing objects:  50%\rWriting objects: 100%\nremote: no \u{1b}[31mway        \u{1b}[K\nghp_secret https://a:b@h\n";
        assert_eq!(lines(stderr), ["Writing objects: 100%", "remote: no [31mway", "*** https://a:***@h"]);
    }

    #[test]
    fn the_reasons_are_what_helps() {
        let stderr = "ERROR: Repository not found.\nfatal: Could not read from remote repository.\n\n\
                      Please make sure you have the correct access rights\nand the repository exists.\n";
        assert_eq!(reasons(&lines(stderr)), "Repository not found.");
    }

    #[test]
    fn a_move_names_the_new_place() {
        let remark = "remote: This repository moved. Please use the new location:        \n\
                      remote:   https://github.com/acme/tools.git        \n";
        assert_eq!(moved_to(&lines(remark)).as_deref(), Some("https://github.com/acme/tools.git"));
        assert_eq!(
            moved_to(&lines("warning: redirecting to http://h/a/x.git/\n")).as_deref(),
            Some("http://h/a/x.git")
        );
        assert_eq!(moved_to(&lines("remote: hello\n")), None);
    }
}
