//! Whether hooks that are there do what a Dockerfile did.

use super::super::judge::{Call, Item, Judgement, Verdict};
use super::super::logical::collapsed;
use super::{Argument, MAIN_FILE_NAME, method, string};

/// The items of a judgement that hooks do not cover.
///
/// An item is covered by a comment `# Dockerfile: …` that names its line or command, as a person writes one who has
/// decided what becomes of it; one that is carried over also by the calls themselves.
pub fn missing<'j>(existing: &str, judgement: &'j Judgement) -> Vec<&'j Item> {
    let named = named(existing);
    let code: String =
        existing.lines().filter(|line| !line.trim_start().starts_with('#')).collect::<Vec<_>>().join("\n");
    let code = Code { compact: compact(&code), text: code };
    let is_named = |item: &Item| {
        let behind = item.text.split_once(' ').map_or("", |(_, rest)| rest);
        named.iter().any(|name| *name == item.text || (!behind.is_empty() && name == behind))
    };
    let is_covered = |item: &Item| match &item.verdict {
        Verdict::Superfluous(_) => true,
        Verdict::Asked(_) => is_named(item),
        Verdict::Carried { calls, .. } => is_named(item) || calls.iter().all(|call| code.makes(call)),
    };
    judgement.items.iter().filter(|item| !is_covered(item)).collect()
}

/// What comments of the form `# Dockerfile: …` or `# Dockerfile line 3: …` name.
fn named(text: &str) -> Vec<String> {
    let comments = text.lines().filter_map(|line| line.trim().strip_prefix('#'));
    let behind = comments.filter_map(|comment| {
        let rest = comment.trim_start().strip_prefix("Dockerfile")?;
        let (place, name) = rest.split_once(':')?;
        let is_place = place.trim().is_empty() || place.trim_start().starts_with("line");
        is_place.then(|| collapsed(name))
    });
    behind.collect()
}

struct Code {
    text: String,
    compact: String,
}

impl Code {
    /// Whether a call stands in the code, however it is broken into lines.
    fn makes(&self, call: &Call) -> bool {
        let has = |code: &str| self.compact.contains(&compact(code));
        match call {
            Call::MainFile(name) => has(&format!("{MAIN_FILE_NAME} = {}", string(name))),
            Call::Packages { names, .. } => names.iter().all(|name| self.installs(name)),
            call => {
                let (method, arguments) = method(call);
                let flat: Vec<String> = arguments.iter().map(Argument::flat).collect();
                has(&format!(".{method}({}", flat.join(", ")))
            }
        }
    }

    /// Whether a package stands in a line that installs something.
    fn installs(&self, name: &str) -> bool {
        let is_part = |c: char| c.is_ascii_alphanumeric() || "+-._".contains(c);
        self.text.lines().any(|line| line.contains("install") && line.split(|c| !is_part(c)).any(|word| word == name))
    }
}

/// Code without blanks, in one kind of quotes, without the commas that broken lines end with.
fn compact(code: &str) -> String {
    let code: String = code.chars().filter(|c| !c.is_whitespace()).map(|c| if c == '\'' { '"' } else { c }).collect();
    code.replace(",]", "]").replace(",)", ")")
}
