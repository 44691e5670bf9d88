//! The case files: what they say, and how their last part is written anew.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use cutover::base::MemoryTree;
use cutover::event::Waiting;
use serde::Deserialize;
use serde_json::{Map, Value};

/// What a connector's metadata is where a case does not give it.
const METADATA: &str = "\
data:
  connectorType: source
  dockerImageTag: 1.2.3
  dockerRepository: airbyte/source-x
  documentationUrl: https://docs.airbyte.com/integrations/sources/x
  supportLevel: certified
metadataSpecVersion: \"1.0\"
";

/// One use of an action.
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct Case {
    /// What the step gives the action.
    pub(crate) with: Value,
    /// The files, by path below the connector's directory, or below the repository's root with a leading slash.
    #[serde(default)]
    before: BTreeMap<String, File>,
    /// For publications: files as the steps before have left them, in the same form; null: removed.
    #[serde(default)]
    changes: BTreeMap<String, Option<String>>,
    /// The name of the connector.
    #[serde(default = "usual_connector")]
    pub(crate) connector: String,
    /// Its directory; where Airbyte's profile has it if not given.
    home: Option<String>,
    /// A `cutover.yaml`, for another profile than Airbyte's.
    pub(crate) profile: Option<String>,
    /// The rest of the world, for publications.
    #[serde(default)]
    pub(crate) forge: Forge,
    /// Properties that hold for all cases and not for this one, each with the reason.
    #[serde(default)]
    pub(crate) except: BTreeMap<String, String>,
    /// What comes out.
    #[serde(default)]
    pub(crate) after: Value,
}

/// A file before the step.
#[derive(Deserialize)]
#[serde(untagged)]
enum File {
    /// A plain one with this text.
    Text(String),
    /// An executable one.
    Executable { executable: String },
    /// A symbolic link.
    Link { link: String },
    /// One that need not be text.
    Bytes { bytes: Vec<u8> },
}

/// What a publication finds.
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub(crate) struct Forge {
    /// The commit at the head of the unit's branch.
    pub(crate) head: Option<String>,
    /// Pull requests that are there.
    pub(crate) existing: Vec<Existing>,
    /// The unit's own pull request, where an earlier step opened one.
    pub(crate) pull_request: Option<u64>,
    /// The remote that the branch was pushed to.
    pub(crate) remote: Option<String>,
    /// What the step waited for when it last looked.
    pub(crate) waited: Option<Waiting>,
    /// How often it has acted and then waited.
    pub(crate) acted: u32,
    /// The unit that goes first.
    pub(crate) turn_of: Option<String>,
}

impl Default for Forge {
    fn default() -> Self {
        Self {
            head: Some("1111111111111111111111111111111111111111".to_owned()),
            existing: Vec::new(),
            pull_request: None,
            remote: None,
            waited: None,
            acted: 0,
            turn_of: None,
        }
    }
}

/// A pull request that is there: the unit's own if nothing else is said.
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub(crate) struct Existing {
    /// `open`, `closed` or `merged`.
    pub(crate) state: String,
    /// The run that opened it.
    pub(crate) run: String,
    /// The connector that it is for.
    pub(crate) connector: String,
    /// The branch that it is from.
    pub(crate) branch: String,
    /// What a person, or the forge, has written into its file.
    pub(crate) file: Map<String, Value>,
}

impl Default for Existing {
    fn default() -> Self {
        Self {
            state: "open".to_owned(),
            run: "20231025-120000-aaaa".to_owned(),
            connector: usual_connector(),
            branch: "cutover/source-x".to_owned(),
            file: Map::new(),
        }
    }
}

impl Case {
    /// The connector's directory.
    pub(crate) fn home(&self) -> String {
        self.home.clone().unwrap_or_else(|| format!("airbyte-integrations/connectors/{}", self.connector))
    }

    /// The files before the step.
    pub(crate) fn tree(&self) -> MemoryTree {
        let home = self.home();
        let mut tree = MemoryTree::new();
        if self.profile.is_none() && !self.before.contains_key("metadata.yaml") {
            tree = tree.with_file(&format!("{home}/metadata.yaml"), METADATA);
        }
        for (path, file) in &self.before {
            let path = self.full(path);
            tree = match file {
                File::Text(text) => tree.with_file(&path, text),
                File::Executable { executable } => tree.with_executable(&path, executable),
                File::Link { link } => tree.with_symlink(&path, link),
                File::Bytes { bytes } => tree.with_file(&path, bytes),
            };
        }
        tree
    }

    /// What the steps before have changed, by full path.
    pub(crate) fn changes(&self) -> impl Iterator<Item = (String, Option<&str>)> {
        self.changes.iter().map(|(path, text)| (self.full(path), text.as_deref()))
    }

    fn full(&self, path: &str) -> String {
        path.strip_prefix('/').map_or_else(|| format!("{}/{path}", self.home()), str::to_owned)
    }
}

fn usual_connector() -> String {
    "source-x".to_owned()
}

/// Every case: the action's name, the file, the case's title and the case.
pub(crate) fn all() -> Vec<(String, PathBuf, String, Case)> {
    let mut cases = Vec::new();
    for folder in folders() {
        let action = folder.file_name().unwrap().to_string_lossy().into_owned();
        let mut files: Vec<PathBuf> = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        files.sort();
        for file in files {
            let text = std::fs::read_to_string(&file).unwrap();
            let read: Map<String, Value> =
                serde_yaml::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
            for (title, case) in read {
                let case =
                    serde_json::from_value(case).unwrap_or_else(|error| panic!("{}: {title}: {error}", file.display()));
                cases.push((action.clone(), file.clone(), title, case));
            }
        }
    }
    cases
}

/// The folders of `tests/actions`, one for each action.
pub(crate) fn folders() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/actions");
    let mut folders: Vec<PathBuf> =
        std::fs::read_dir(root).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_dir()).collect();
    folders.sort();
    folders
}

/// Puts what came out in the place of a case's `after`, which stands last in it.
pub(crate) fn rewrite(file: &Path, title: &str, after: &Value) {
    let text = std::fs::read_to_string(file).unwrap();
    let begin = text.lines().position(|line| line.trim_matches(['"', '\'']).trim_end_matches(':') == title).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    let case_ends = |line: &&str| !line.is_empty() && !line.starts_with([' ', '#']);
    let end = lines[begin + 1..].iter().position(case_ends).map_or(lines.len(), |length| begin + 1 + length);
    let last = lines[begin..end].iter().rposition(|line| !line.is_empty() && !line.starts_with('#'));
    let end = last.map_or(end, |last| begin + last + 1);
    let from = lines[begin..end].iter().position(|line| line.starts_with("  after:")).map_or(end, |at| begin + at);
    let mut new = lines[..from].join("\n");
    new.push_str("\n  after:\n");
    for (key, value) in after.as_object().unwrap() {
        let _ = match value {
            Value::String(text) if text.contains('\n') => {
                writeln!(new, "    {key}: |\n{}", indented(text.trim_end_matches('\n')))
            }
            Value::String(text) => writeln!(new, "    {key}: {}", scalar(text)),
            Value::Array(items) if !items.is_empty() && items.iter().all(Value::is_string) => {
                let items = items.iter().filter_map(Value::as_str);
                let lines: Vec<String> = items.map(|item| format!("      - {}\n", scalar(item))).collect();
                write!(new, "    {key}:\n{}", lines.concat())
            }
            other => writeln!(new, "    {key}: {other}"),
        };
    }
    new.push_str(&lines[end..].join("\n"));
    std::fs::write(file, format!("{}\n", new.trim_end())).unwrap();
}

fn indented(text: &str) -> String {
    text.lines().map(|line| format!("      {line}")).collect::<Vec<_>>().join("\n")
}

fn scalar(text: &str) -> String {
    let plain = text.starts_with(|c: char| c.is_ascii_alphabetic()) && !text.contains([':', '#', '\t', '\r']);
    if plain && text.trim() == text {
        text.to_owned()
    } else if text.chars().any(char::is_control) {
        Value::from(text).to_string()
    } else {
        format!("'{}'", text.replace('\'', "''"))
    }
}
