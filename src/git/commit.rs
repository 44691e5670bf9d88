//! Commit objects: whose they are, how they are written and read.
//!
//! Pure functions over bytes; where the objects lie is none of this file's business.

use std::fmt::Write as _;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::base::{RunId, UnitName};

use super::{CommitId, GitError, ObjectId};

/// The trailer that names the run of a commit that cutover made.
pub const RUN_TRAILER: &str = "Cutover-Run";
/// The trailer that names the connector of a commit that cutover made.
pub const CONNECTOR_TRAILER: &str = "Cutover-Connector";

/// Who made a commit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signature {
    name: String,
    email: String,
}

impl Signature {
    /// A name and an address, without the characters that a commit cannot hold.
    pub fn new(name: &str, email: &str) -> Result<Self, GitError> {
        let (name, email) = (name.trim(), email.trim());
        for part in [name, email] {
            if part.is_empty() || part.contains(['<', '>', '\n', '\r', '\0']) {
                return Err(GitError::Signature(part.to_owned()));
            }
        }
        Ok(Self { name: name.to_owned(), email: email.to_owned() })
    }

    /// The name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The address.
    pub fn email(&self) -> &str {
        &self.email
    }
}

/// What a commit says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommitFacts {
    /// Its tree.
    pub tree: ObjectId,
    /// The commits it follows; more than one for a merge.
    pub parents: Vec<CommitId>,
    /// The author's name, as the commit has it.
    pub author_name: String,
    /// The author's address, as the commit has it.
    pub author_email: String,
    /// When the author made it, where the commit says so in a way that can be read.
    pub author_time: Option<Timestamp>,
    /// The whole message.
    pub message: String,
}

impl CommitFacts {
    /// The value of the last trailer of this name in the message's last paragraph.
    pub fn trailer(&self, name: &str) -> Option<&str> {
        trailer(&self.message, name)
    }

    /// The run that made it; `None` for a commit that is not cutover's.
    pub fn run(&self) -> Option<RunId> {
        RunId::new(self.trailer(RUN_TRAILER)?).ok()
    }

    /// The connector it was made for; `None` for a commit that is not cutover's.
    pub fn connector(&self) -> Option<UnitName> {
        UnitName::new(self.trailer(CONNECTOR_TRAILER)?).ok()
    }
}

/// The value of the last `name: value` line in the message's last paragraph.
pub(super) fn trailer<'a>(message: &'a str, name: &str) -> Option<&'a str> {
    let last_paragraph = message.trim_end().rsplit("\n\n").next()?;
    last_paragraph.lines().rev().find_map(|line| {
        let (key, value) = line.split_once(':')?;
        key.eq_ignore_ascii_case(name).then(|| value.trim())
    })
}

/// The content of a commit object. The same fields always give the same bytes, and so the same id.
pub(super) fn encode(tree: ObjectId, parent: CommitId, author: &Signature, time: Timestamp, message: &str) -> Vec<u8> {
    let seconds = time.as_second();
    let Signature { name, email } = author;
    let mut text = String::new();
    // Writing to a string cannot fail.
    let _ = write!(
        text,
        "tree {tree}\nparent {parent}\nauthor {name} <{email}> {seconds} +0000\n\
         committer {name} <{email}> {seconds} +0000\n\n{}\n",
        message.replace('\0', "").trim_end()
    );
    text.into_bytes()
}

/// Reads a commit object; `None` if these bytes are none.
pub(super) fn decode(content: &[u8]) -> Option<CommitFacts> {
    let text = String::from_utf8_lossy(content);
    let (header, message) = text.split_once("\n\n").unwrap_or((&text, ""));
    let mut facts = None;
    for line in header.lines() {
        let (key, value) = line.split_once(' ').unwrap_or((line, ""));
        match (key, &mut facts) {
            ("tree", None) => {
                let tree = value.parse().ok()?;
                let (author_name, author_email) = (String::new(), String::new());
                let (parents, author_time, message) = (Vec::new(), None, message.into());
                facts = Some(CommitFacts { tree, parents, author_name, author_email, author_time, message });
            }
            ("parent", Some(facts)) => facts.parents.push(value.parse().ok()?),
            ("author", Some(facts)) => {
                let (name, rest) = value.split_once('<')?;
                name.trim().clone_into(&mut facts.author_name);
                let (email, time) = rest.split_once('>')?;
                email.trim().clone_into(&mut facts.author_email);
                let seconds = time.split_whitespace().next().and_then(|seconds| seconds.parse().ok());
                facts.author_time = seconds.and_then(|seconds| Timestamp::from_second(seconds).ok());
            }
            _ => {}
        }
    }
    facts
}

#[cfg(test)]
mod tests {
    use super::*;

    const TREE: &str = "4b825dc642cb6eb9a060e54bf8d69288fbee4904";

    #[test]
    fn what_is_encoded_is_read_back() {
        let author = Signature::new("Ada Lovelace", "ada@example.com").unwrap();
        let (tree, parent): (ObjectId, CommitId) = (TREE.parse().unwrap(), TREE.parse().unwrap());
        let message = "Do it\n\nBecause.\n\nCutover-Run: r1\nCutover-Connector: source-a\n";
        let facts = decode(&encode(tree, parent, &author, Timestamp::UNIX_EPOCH, message)).unwrap();
        assert_eq!((facts.tree, facts.parents.as_slice()), (tree, [parent].as_slice()));
        assert_eq!((facts.author_name.as_str(), facts.author_email.as_str()), (author.name(), author.email()));
        assert_eq!(facts.message, message);
        assert_eq!(facts.run(), RunId::new("r1").ok());
        assert_eq!(facts.connector(), UnitName::new("source-a").ok());
    }

    #[test]
    fn only_the_last_paragraph_holds_trailers() {
        assert_eq!(trailer("a\n\nCutover-Run: r1\n\nSigned-off-by: b", RUN_TRAILER), None);
        assert_eq!(trailer("a\n\nCutover-Run: r1\nCutover-Run: r2\n\n", RUN_TRAILER), Some("r2"));
    }

    #[test]
    fn a_signed_merge_is_read_without_its_signature() {
        let text = format!(
            "tree {TREE}\nparent {TREE}\nparent {TREE}\nauthor A <a@b> 1 +0100\ncommitter B <b@c> 2 +0000\n\
             gpgsig -----BEGIN-----\n parent nonsense\n -----END-----\n\nMerge\n"
        );
        let facts = decode(text.as_bytes()).unwrap();
        assert_eq!((facts.parents.len(), facts.author_name.as_str(), facts.message.as_str()), (2, "A", "Merge\n"));
    }

    #[test]
    fn bytes_that_are_no_commit_are_refused() {
        for wrong in ["", "parent x\n\n", "tree 123\n\n", "tree \n"] {
            assert_eq!(decode(wrong.as_bytes()), None, "{wrong}");
        }
    }

    #[test]
    fn a_name_cannot_forge_a_header() {
        for wrong in ["", " ", "a<b", "a\nparent 1", "a>b"] {
            assert!(Signature::new(wrong, "a@b").is_err(), "{wrong}");
            assert!(Signature::new("a", wrong).is_err(), "{wrong}");
        }
    }
}
