//! Who owns which files: CODEOWNERS files by GitHub's rules.
//!
//! Owns reading such a file and telling the owners of a path. Who is in a team, and whether an owner has approved
//! anything, is not known here.

mod pattern;

use std::fmt;

use pattern::Pattern;

/// Where GitHub looks for the file: the first that is there counts.
pub const PLACES: [&str; 3] = [".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS"];

/// The size from which on GitHub does not read the file.
const TOO_LARGE: usize = 3 * 1024 * 1024;

/// Who owns a file.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Owner {
    /// An account: `@ada`.
    Person(String),
    /// A team: `@organisation/team`.
    Team(String),
    /// An account by its address.
    Email(String),
}

impl Owner {
    /// Reads an owner as a CODEOWNERS file has it; `None` for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        let sound = |name: &str| {
            !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | '[' | ']'))
        };
        if let Some(name) = text.strip_prefix('@') {
            return match name.split_once('/') {
                Some((organisation, team)) => (sound(organisation) && sound(team)).then(|| Self::Team(name.to_owned())),
                None => sound(name).then(|| Self::Person(name.to_owned())),
            };
        }
        let (user, host) = text.split_once('@')?;
        (!user.is_empty() && host.contains('.') && !host.contains('@')).then(|| Self::Email(text.to_owned()))
    }
}

impl fmt::Display for Owner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Person(name) | Self::Team(name) => write!(f, "@{name}"),
            Self::Email(address) => f.write_str(address),
        }
    }
}

/// A CODEOWNERS file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CodeOwners {
    rules: Vec<(Pattern, Vec<Owner>)>,
}

impl CodeOwners {
    /// Reads a file. As on GitHub, a line that cannot be read is passed over, and a file of more than 3 MB as a whole.
    pub fn parse(text: &str) -> Self {
        let text = text.trim_start_matches('\u{feff}');
        let lines = if text.len() > TOO_LARGE { "" } else { text }.lines();
        Self { rules: lines.filter_map(rule).collect() }
    }

    /// The owners of a file, by its path in the repository: those of the last line that is for it. None if no line is,
    /// or if that line names nobody.
    pub fn of(&self, path: &str) -> &[Owner] {
        self.rules.iter().rev().find(|(pattern, _)| pattern.matches(path)).map_or(&[], |(_, owners)| owners)
    }
}

/// The pattern and the owners on a line; `None` for one that says nothing.
fn rule(line: &str) -> Option<(Pattern, Vec<Owner>)> {
    let line = line.trim();
    if line.is_empty() || line.starts_with('#') {
        return None;
    }
    let (pattern, rest) = line.split_at(end_of_pattern(line));
    let owners = rest.split_whitespace().take_while(|word| !word.starts_with('#'));
    Some((Pattern::parse(pattern)?, owners.map(Owner::parse).collect::<Option<_>>()?))
}

/// Where the pattern ends: at the first blank that no backslash protects.
fn end_of_pattern(line: &str) -> usize {
    let mut escaped = false;
    let ends = |(at, character): (usize, char)| {
        let ends = character.is_whitespace() && !escaped;
        escaped = character == '\\' && !escaped;
        ends.then_some(at)
    };
    line.char_indices().find_map(ends).unwrap_or(line.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "\u{feff}# Owners of everything\r
*               @o/everyone   @ada\r
\r
/connectors/    @o/connectors # the team\r
/connectors/source-a/  @bo ada@example.org\r
/connectors/source-b/\r
docs/*.md       @docs-person\r
*.broken        somebody\r
!*.md           @nobody\r
/with\\ space/   @cy\r
";

    fn owners(path: &str) -> Vec<String> {
        CodeOwners::parse(FILE).of(path).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn the_last_line_that_is_for_a_file_names_its_owners() {
        assert_eq!(owners("setup.py"), ["@o/everyone", "@ada"]);
        assert_eq!(owners("connectors/source-x/setup.py"), ["@o/connectors"]);
        assert_eq!(owners("connectors/source-a/setup.py"), ["@bo", "ada@example.org"]);
        assert_eq!(owners("docs/a.md"), ["@docs-person"]);
        assert_eq!(owners("docs/deep/a.md"), ["@o/everyone", "@ada"]);
        assert_eq!(owners("with space/a"), ["@cy"]);
    }

    #[test]
    fn a_line_without_owners_takes_them_away() {
        assert_eq!(owners("connectors/source-b/setup.py"), Vec::<String>::new());
    }

    #[test]
    fn a_line_that_cannot_be_read_is_passed_over() {
        assert_eq!(owners("a.broken"), ["@o/everyone", "@ada"]);
        assert_eq!(CodeOwners::parse("").of("a"), []);
        assert_eq!(CodeOwners::parse(&"* @ada\n".repeat(600_000)).of("a"), [], "GitHub reads no more than 3 MB");
    }

    #[test]
    fn owners_are_people_teams_and_addresses() {
        assert_eq!(Owner::parse("@ada"), Some(Owner::Person("ada".into())));
        assert_eq!(Owner::parse("@o/team"), Some(Owner::Team("o/team".into())));
        assert_eq!(Owner::parse("ada@example.org"), Some(Owner::Email("ada@example.org".into())));
        for wrong in ["ada", "@", "@o/", "@/t", "@a b", "a@b@c.d", "@o/t/u"] {
            assert_eq!(Owner::parse(wrong), None, "{wrong}");
        }
    }
}
