//! What a step's process may see and take: `paths` and `limits`.

use super::super::Limits;
use super::super::document::Node;
use super::super::findings::Findings;
use crate::base::RepoPath;

/// The most that a process can stand back.
const MOST_NICE: usize = 19;

/// Less memory than this lets no program start, in bytes.
const LEAST_MEMORY: u64 = 16 << 20;

impl Findings<'_> {
    /// Files and directories of the repository.
    pub(super) fn paths(&mut self, node: &Node) -> Vec<RepoPath> {
        let mut paths = Vec::new();
        for (text, node) in self.texts(node, "`paths`") {
            match RepoPath::new(text.trim_end_matches('/')) {
                Ok(path) => paths.push(path),
                Err(error) => {
                    let finding = self.error("unknown-value", node.span.clone(), error.to_string());
                    self.add(finding.hint("Write a path from the repository's root, such as `airbyte-cdk/python`."));
                }
            }
        }
        paths
    }

    /// `nice`, `memory`, `cpus`.
    pub(super) fn limits(&mut self, node: &Node) -> Limits {
        let Some(fields) = self.fields(node, "`limits`", &["nice", "memory", "cpus"]) else {
            return Limits::default();
        };
        let nice = fields.get("nice").and_then(|node| {
            let number = self.positive(node, "`nice`")?.get();
            if number > MOST_NICE {
                let message = format!("`nice` is {number}; a process can stand back by {MOST_NICE} at most");
                let finding = self.error("unknown-value", node.span.clone(), message);
                self.add(finding.hint("Write a number from 1 to 19; 10 is usual for work in the background."));
            }
            u8::try_from(number).ok()
        });
        let memory = fields.get("memory").and_then(|node| self.memory(node));
        let cpus = fields.get("cpus").and_then(|node| self.positive(node, "`cpus`"));
        Limits { nice, memory, cpus }
    }

    fn memory(&mut self, node: &Node) -> Option<u64> {
        let text = node.as_scalar().map_or("", |scalar| scalar.text.trim());
        let bytes = parse_bytes(text);
        match bytes {
            None => {
                let hint = "Write MiB or GiB, such as `512MiB` or `4GiB`.".to_owned();
                self.wrong_type(node, "`memory`", "a size", Some(hint));
            }
            Some(few) if few < LEAST_MEMORY => {
                let message = format!("`memory` is {text}, with which no program starts");
                let finding = self.error("unknown-value", node.span.clone(), message);
                self.add(finding.hint("Give a build or a test at least `256MiB`."));
            }
            Some(_) => {}
        }
        bytes
    }
}

/// A size such as `512MiB`, `4GiB` or `2 GB`; as elsewhere, `M` and `G` alone mean the binary ones.
fn parse_bytes(text: &str) -> Option<u64> {
    let digits = text.find(|letter: char| !letter.is_ascii_digit())?;
    let number: u64 = text[..digits].parse().ok()?;
    let unit: u64 = match text[digits..].trim().to_ascii_lowercase().as_str() {
        "m" | "mib" => 1 << 20,
        "g" | "gib" => 1 << 30,
        "mb" => 1_000_000,
        "gb" => 1_000_000_000,
        _ => return None,
    };
    number.checked_mul(unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_have_a_unit() {
        assert_eq!(parse_bytes("512MiB"), Some(512 << 20));
        assert_eq!(parse_bytes("4g"), Some(4 << 30));
        assert_eq!(parse_bytes("2 GB"), Some(2_000_000_000));
        for wrong in ["", "512", "1.5GiB", "GiB", "-1GiB", "99999999999999999999GiB", "99999999999GiB"] {
            assert_eq!(parse_bytes(wrong), None, "{wrong}");
        }
    }
}
