//! One pattern of a CODEOWNERS file: most of gitignore's rules, and where GitHub's differ, GitHub's.
//!
//! <https://docs.github.com/en/repositories/managing-your-repositorys-settings-and-features/customizing-your-repository/about-code-owners#codeowners-syntax>

/// A pattern over paths of files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Pattern {
    segments: Vec<Segment>,
    /// Whether it is for what lies below a directory and not for a file of its name.
    directory: bool,
    /// Whether it is for one level only: `docs/*` is not for files in directories of `docs`.
    one_level: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Segment {
    /// Any directories, or none.
    AnyDepth,
    /// A name, in which `*` stands for any letters and `?` for one.
    Name(Vec<Letter>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Letter {
    Exactly(char),
    Any,
    AnyMany,
}

impl Pattern {
    /// Reads a pattern; `None` for one that GitHub does not take: negations and character ranges.
    pub(super) fn parse(text: &str) -> Option<Self> {
        if text.starts_with('!') || text.contains(['[', ']']) || text.contains("***") {
            return None;
        }
        let directory = text.ends_with('/');
        let inner = text.trim_matches('/');
        if inner.is_empty() {
            return None;
        }
        // Without a slash before its end, a pattern is for any depth.
        let anchored = text.trim_end_matches('/').contains('/');
        let mut segments = if anchored { Vec::new() } else { vec![Segment::AnyDepth] };
        for part in inner.split('/') {
            let segment = if part == "**" { Segment::AnyDepth } else { Segment::Name(letters(part)) };
            // `a/**/**/b` is `a/**/b`, and takes less time.
            if segments.last() != Some(&segment) || segment != Segment::AnyDepth {
                segments.push(segment);
            }
        }
        let one_level = anchored && !directory && inner.rsplit('/').next() == Some("*");
        Some(Self { segments, directory, one_level })
    }

    /// Whether it is for the file at this path.
    pub(super) fn matches(&self, path: &str) -> bool {
        let names: Vec<&str> = path.split('/').collect();
        // A pattern that ends in a directory's name is for everything below it.
        let shortest = if self.one_level { names.len() } else { 1 };
        let longest = if self.directory { names.len() - 1 } else { names.len() };
        let whole_tree = self.segments.last() == Some(&Segment::AnyDepth) && self.segments.len() > 1;
        if whole_tree {
            // `a/**` is for what lies below `a`, never for a file of that name.
            let above = &self.segments[..self.segments.len() - 1];
            return (1..names.len()).any(|length| path_matches(above, &names[..length]));
        }
        (shortest..=longest).any(|length| path_matches(&self.segments, &names[..length]))
    }
}

fn letters(part: &str) -> Vec<Letter> {
    let mut letters = Vec::new();
    let mut escaped = false;
    for character in part.chars() {
        match character {
            _ if escaped => {
                letters.push(Letter::Exactly(character));
                escaped = false;
            }
            '\\' => escaped = true,
            '*' if letters.last() == Some(&Letter::AnyMany) => {}
            '*' => letters.push(Letter::AnyMany),
            '?' => letters.push(Letter::Any),
            other => letters.push(Letter::Exactly(other)),
        }
    }
    letters
}

fn path_matches(segments: &[Segment], names: &[&str]) -> bool {
    match (segments.split_first(), names.split_first()) {
        (None, None) => true,
        (Some((Segment::AnyDepth, rest)), _) => (0..=names.len()).any(|skipped| path_matches(rest, &names[skipped..])),
        (Some((Segment::Name(letters), rest)), Some((name, names))) => {
            name_matches(letters, name) && path_matches(rest, names)
        }
        _ => false,
    }
}

/// Goes back to the last star only, so that no pattern takes longer than the product of both lengths.
fn name_matches(letters: &[Letter], name: &str) -> bool {
    let name: Vec<char> = name.chars().collect();
    let (mut at, mut letter) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while at < name.len() {
        match letters.get(letter) {
            Some(Letter::AnyMany) => {
                star = Some((letter, at));
                letter += 1;
            }
            Some(Letter::Any) => (at, letter) = (at + 1, letter + 1),
            Some(Letter::Exactly(exactly)) if *exactly == name[at] => (at, letter) = (at + 1, letter + 1),
            _ => match &mut star {
                Some((back, from)) => {
                    *from += 1;
                    (at, letter) = (*from, *back + 1);
                }
                None => return false,
            },
        }
    }
    letters[letter..].iter().all(|letter| *letter == Letter::AnyMany)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(pattern: &str, path: &str) -> bool {
        Pattern::parse(pattern).unwrap().matches(path)
    }

    #[test]
    fn patterns_mean_what_githubs_documentation_says_of_them() {
        for (pattern, yes, no) in [
            ("*", &["a", "a/b/c.txt"][..], &[][..]),
            ("*.js", &["a.js", "a/b.js"], &["a.jsx", "a.js.txt"]),
            ("/build/logs/", &["build/logs/a", "build/logs/a/b"], &["x/build/logs/a", "build/logs"]),
            ("docs/*", &["docs/start.md"], &["docs/app/trouble.md", "x/docs/start.md"]),
            ("apps/", &["apps/a", "x/apps/a/b"], &["apps", "xapps/a"]),
            ("/docs/", &["docs/a", "docs/a/b"], &["x/docs/a"]),
            ("/scripts/", &["scripts/a"], &["scripts", "a/scripts/b"]),
            ("**/logs", &["logs/a", "build/logs/x", "deeply/nested/logs/y", "a/logs"], &["logsx/a"]),
            ("/apps/github", &["apps/github", "apps/github/a"], &["apps/githubs", "x/apps/github"]),
            ("a/**/z.md", &["a/z.md", "a/b/z.md", "a/b/c/z.md"], &["z.md", "b/a/z.md"]),
            ("a/**", &["a/b", "a/b/c"], &["a", "b/a"]),
            ("source-*/setup.py", &["source-x/setup.py"], &["c/source-x/setup.py", "source-x/y/setup.py"]),
            ("file?.md", &["file1.md", "a/file2.md"], &["file.md", "file12.md"]),
            ("/*", &["a"], &["a/b"]),
            ("README.md", &["README.md", "a/README.md"], &["README.mdx", "readme.md"]),
            ("with\\ space", &["with space/a"], &["with/a"]),
            ("a{b,c}", &["a{b,c}"], &["ab"]),
            ("*a*b*c", &["xaxbxc", "abc"], &["abcx"]),
        ] {
            for path in yes {
                assert!(matches(pattern, path), "{pattern} is for {path}");
            }
            for path in no {
                assert!(!matches(pattern, path), "{pattern} is not for {path}");
            }
        }
    }

    #[test]
    fn what_github_does_not_take_is_none() {
        for pattern in ["!a", "a[bc]", "/", "a/***"] {
            assert_eq!(Pattern::parse(pattern), None, "{pattern}");
        }
    }

    #[test]
    fn no_pattern_takes_forever() {
        let pattern = Pattern::parse(&format!("{}b", "a*".repeat(40))).unwrap();
        assert!(!pattern.matches(&"a".repeat(4_000)));
    }
}
