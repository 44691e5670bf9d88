//! The commands of a `RUN` in shell form, as far as they can be told apart without running a shell.
//!
//! A script that is commands one after the other (`&&`, `;`) is taken apart; one in which they depend on each other in
//! another way (pipes, conditions, `cd`) stays whole. No word is left out: what is no command is the comment.

use super::logical::{Placed, one_line};

/// A script, taken apart.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Script {
    /// Its commands, in order.
    pub(super) commands: Vec<Command>,
    /// A `#` within a line: the shell leaves out all that follows, also on the lines that the first one continues on.
    pub(super) comment: Option<Comment>,
}

/// What a shell leaves out.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Comment {
    /// Where it begins.
    pub(super) at: usize,
    /// What it says, with its `#`.
    pub(super) text: String,
}

/// One command.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Command {
    /// Where it begins.
    pub(super) at: usize,
    /// As it is written, on one line.
    pub(super) text: String,
    /// As the shell gets it: blanks within quotes stay.
    pub(super) source: String,
    /// Its words; none if it is more than words.
    pub(super) words: Vec<Word>,
    /// The file that its output goes to.
    pub(super) output: Option<String>,
}

/// A word of a command, without its quotes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Word {
    /// The word.
    pub(super) value: String,
    /// Whether the shell takes it as it stands: no variable and no command is to be put in.
    pub(super) is_literal: bool,
    /// Whether the shell would look for files that it names.
    pub(super) is_pattern: bool,
}

/// Commands that change what the following ones mean.
const STATEFUL: [&str; 22] = [
    "cd", "export", "source", ".", "alias", "umask", "unset", "eval", "exec", "if", "for", "while", "case", "until",
    "{", "!", "trap", "shopt", "pushd", "popd", "function", "time",
];

#[derive(Debug, PartialEq, Eq)]
enum Token {
    Word(Word),
    /// `&&`, `;`.
    Next,
    /// `>` and its like, with the number before it.
    Output(String),
    /// What cannot be taken apart.
    Other,
}

/// Takes a script apart.
pub(super) fn parse(characters: &[Placed]) -> Script {
    let mut lexer = Lexer { characters, at: 0, comment: None };
    let mut tokens: Vec<(usize, usize, Token)> = Vec::new();
    while let Some(token) = lexer.token() {
        tokens.push(token);
    }
    let end = lexer.comment.unwrap_or(characters.len());
    let comment = lexer.comment.map(|at| Comment { at: characters[at].0, text: one_line(&characters[at..]) });
    let commands = apart(characters, &tokens).unwrap_or_else(|| whole(&characters[..end]));
    Script { commands, comment }
}

/// The words of a command that is given word by word.
pub(super) fn exec(at: usize, words: &[&str]) -> Command {
    let word = |word: &&str| Word { value: (*word).to_owned(), is_literal: true, is_pattern: false };
    let words: Vec<Word> = words.iter().map(word).collect();
    let text = words.iter().map(|word| word.value.as_str()).collect::<Vec<_>>().join(" ");
    Command { at, source: text.clone(), text, words, output: None }
}

/// The script as one command that is more than words.
fn whole(characters: &[Placed]) -> Vec<Command> {
    let text = one_line(characters);
    let at = characters.iter().find(|(_, c)| !c.is_whitespace()).map_or(0, |(at, _)| *at);
    let source = source_of(characters);
    if text.is_empty() { vec![] } else { vec![Command { at, text, source, ..Command::default() }] }
}

fn source_of(characters: &[Placed]) -> String {
    characters.iter().map(|(_, c)| *c).collect::<String>().trim().to_owned()
}

fn apart(characters: &[Placed], tokens: &[(usize, usize, Token)]) -> Option<Vec<Command>> {
    let mut commands = Vec::new();
    for part in tokens.split(|(_, _, token)| *token == Token::Next) {
        // Nothing stands between two of them, or behind the last `;`.
        let (Some(first), Some(last)) = (part.first(), part.last()) else { continue };
        let mut command = Command {
            at: characters[first.0].0,
            text: one_line(&characters[first.0..last.1]),
            source: source_of(&characters[first.0..last.1]),
            ..Command::default()
        };
        let mut target = None;
        for (_, _, token) in part {
            match token {
                Token::Word(word) => match target.take() {
                    None => command.words.push(word.clone()),
                    Some(descriptor) => redirect(&mut command, descriptor, word)?,
                },
                Token::Output(descriptor) if target.is_none() => target = Some(descriptor.as_str()),
                _ => return None,
            }
        }
        let first = command.words.iter().find(|word| assignment(word).is_none())?;
        if target.is_some() || !first.is_literal || STATEFUL.contains(&first.value.as_str()) {
            return None;
        }
        commands.push(command);
    }
    Some(commands)
}

/// Output that goes nowhere is no matter; one file is kept in mind.
fn redirect(command: &mut Command, descriptor: &str, word: &Word) -> Option<()> {
    match (descriptor, word.value.as_str()) {
        (_, "/dev/null") | ("2>&" | ">&", "1" | "2") => {}
        (">" | "1>", file) if command.output.is_none() && word.is_literal => command.output = Some(file.to_owned()),
        _ => return None,
    }
    Some(())
}

/// `NAME=value` before a command.
pub(super) fn assignment(word: &Word) -> Option<(&str, &str)> {
    let (name, value) = word.value.split_once('=')?;
    let starts = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    (starts && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')).then_some((name, value))
}

struct Lexer<'c> {
    characters: &'c [Placed],
    at: usize,
    /// The index at which a comment begins.
    comment: Option<usize>,
}

impl Lexer<'_> {
    fn peek(&self, ahead: usize) -> Option<char> {
        self.characters.get(self.at + ahead).map(|(_, c)| *c)
    }

    /// The next token: where it begins and ends, as indexes.
    fn token(&mut self) -> Option<(usize, usize, Token)> {
        while self.peek(0)?.is_whitespace() {
            self.at += 1;
        }
        let start = self.at;
        if self.peek(0) == Some('#') {
            self.comment = Some(start);
            self.at = self.characters.len();
            return None;
        }
        let token = match (self.peek(0)?, self.peek(1)) {
            ('&', Some('&')) => self.operator(2, Token::Next),
            (';', next) if next != Some(';') => self.operator(1, Token::Next),
            ('&', Some('>')) => self.operator(2, Token::Other),
            ('&' | '|' | ';' | '(' | ')' | '<' | '`', _) => self.operator(1, Token::Other),
            ('>', _) => self.output(String::new()),
            (digit @ ('1' | '2'), Some('>')) => {
                self.at += 1;
                self.output(digit.to_string())
            }
            _ => Token::Word(self.word()),
        };
        Some((start, self.at, token))
    }

    fn operator(&mut self, length: usize, token: Token) -> Token {
        self.at += length;
        token
    }

    fn output(&mut self, mut descriptor: String) -> Token {
        while let Some(c) = self.peek(0).filter(|c| matches!(c, '>' | '&' | '|')) {
            descriptor.push(c);
            self.at += 1;
        }
        Token::Output(descriptor)
    }

    fn word(&mut self) -> Word {
        let mut word = Word { is_literal: true, ..Word::default() };
        let mut quote = None;
        while let Some(c) = self.peek(0) {
            match (quote, c) {
                (None, c) if c.is_whitespace() || "&|;()<>".contains(c) => break,
                (None, '"' | '\'') => quote = Some(c),
                (Some(open), c) if c == open => quote = None,
                (None | Some('"'), '\\') => {
                    self.at += 1;
                    match self.peek(0) {
                        // Between double quotes only these lose their backslash.
                        Some(c) if quote.is_some() && !"$`\"\\".contains(c) => word.value.extend(['\\', c]),
                        Some(c) => word.value.push(c),
                        None => word.value.push('\\'),
                    }
                }
                (None | Some('"'), '$' | '`') => {
                    word.is_literal = false;
                    word.value.push(c);
                }
                (None, '*' | '?' | '[' | '~' | '{') => {
                    word.is_pattern = true;
                    word.value.push(c);
                }
                (_, c) => word.value.push(c),
            }
            self.at += 1;
        }
        // A backslash may be the last character of all.
        self.at = self.at.min(self.characters.len());
        word
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::edit::dockerfile::logical::characters;

    fn script(text: &str) -> Script {
        parse(&characters(text, 0, '\\'))
    }

    fn words(text: &str) -> Vec<Vec<String>> {
        let values = |command: Command| command.words.into_iter().map(|word| word.value).collect();
        script(text).commands.into_iter().map(values).collect()
    }

    #[test]
    fn commands_come_apart_at_and_and_semicolons() {
        assert_eq!(
            words("apk add a  b&& pip install \"x y\"; true;"),
            [vec!["apk", "add", "a", "b"], vec!["pip", "install", "x y"], vec!["true"]]
        );
    }

    #[test]
    fn lines_join_and_comment_lines_between_them_are_no_commands() {
        let found = script("apk add bash && \\\n    # why\n\n    apk upgrade \\\n    a\nLABEL x\n");
        let texts: Vec<&str> = found.commands.iter().map(|command| command.text.as_str()).collect();
        assert_eq!((texts.as_slice(), found.comment), (&["apk add bash", "apk upgrade a"][..], None));
        assert_eq!(found.commands[1].at, "apk add bash && \\\n    # why\n\n    ".len());
    }

    #[test]
    fn a_hash_within_a_line_takes_the_lines_that_continue_it_with_it() {
        let found = script("pip install . # then \\\n    && rm -rf /x\n");
        assert_eq!(found.commands.len(), 1);
        assert_eq!(found.comment.unwrap().text, "# then && rm -rf /x");
        assert!(script("echo a#b '# c'").comment.is_none());
    }

    #[test]
    fn what_depends_on_what_was_before_stays_whole() {
        for text in
            ["a | b && c", "cd /x && make", "a || true", "(a; b)", "if a; then b; fi", "a &", "cat < f", "$X a", "A=1"]
        {
            let found = script(text).commands;
            assert_eq!(found.len(), 1, "{text}");
            assert_eq!((found[0].text.as_str(), found[0].words.len()), (text, 0));
        }
    }

    #[test]
    fn output_to_one_file_or_to_nowhere_is_understood() {
        assert_eq!(script("echo \"Etc/UTC\" > /etc/timezone").commands[0].output.as_deref(), Some("/etc/timezone"));
        assert_eq!(words("a > /dev/null 2>&1"), [["a"]]);
        assert_eq!(words("echo x >> f"), [Vec::<String>::new()]);
        assert_eq!(words("echo x\\"), [["echo", "x\\"]]);
    }

    #[test]
    fn quotes_and_variables_are_told_apart() {
        let found = &script(r#"a 'x $y' "x $y" \$z "\q" /l/*"#).commands[0].words;
        let told: Vec<_> = found.iter().map(|word| (word.value.as_str(), word.is_literal, word.is_pattern)).collect();
        let wanted = [
            ("a", true, false),
            ("x $y", true, false),
            ("x $y", false, false),
            ("$z", true, false),
            ("\\q", true, false),
            ("/l/*", true, true),
        ];
        assert_eq!(told, wanted);
    }
}
