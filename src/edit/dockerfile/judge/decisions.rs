//! What people have decided about lines of Dockerfiles.

use crate::edit::dockerfile::logical::collapsed;

/// What people have decided about lines of Dockerfiles. Each entry is a line, or a command, variable or package of it,
/// with `*` for any text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Decisions {
    /// What is not needed any more.
    pub ignore: Vec<String>,
    /// What a hook does as it stands.
    pub carry: Vec<String>,
}

impl Decisions {
    /// Whether something that goes by these names is not needed any more.
    pub(super) fn ignores(&self, names: &[&str]) -> bool {
        names.iter().any(|name| self.ignore.iter().any(|pattern| matches(pattern, name)))
    }

    /// Whether a hook does it as it stands.
    pub(super) fn carries(&self, names: &[&str]) -> bool {
        names.iter().any(|name| self.carry.iter().any(|pattern| matches(pattern, name)))
    }
}

/// Whether a line is what a pattern says, spaces apart; as it is or without the instruction's name.
fn matches(pattern: &str, line: &str) -> bool {
    let (pattern, line) = (collapsed(pattern), collapsed(line));
    let behind = line.split_once(' ').map(|(_, rest)| rest);
    wild(&pattern, &line) || behind.is_some_and(|behind| wild(&pattern, behind))
}

fn wild(pattern: &str, text: &str) -> bool {
    let Some((first, rest)) = pattern.split_once('*') else { return pattern == text };
    let Some(mut text) = text.strip_prefix(first) else { return false };
    let parts: Vec<&str> = rest.split('*').collect();
    let (last, between) = parts.split_last().expect("a split has a part");
    for part in between {
        let Some(at) = text.find(part) else { return false };
        text = &text[at + part.len()..];
    }
    text.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_is_a_line_with_stars_for_any_text() {
        assert!(matches("RUN make  all", "RUN make all") && matches("make all", "RUN make all"));
        assert!(matches("RUN make *", "RUN make all") && matches("*", "x") && matches("curl*|*sh", "curl x | sh"));
        assert!(!matches("make", "RUN make all") && !matches("RUN *x", "RUN y") && !matches("a*b*c", "a c b"));
        assert!(!matches("ab*ba", "aba"), "the parts do not overlap");
    }
}
