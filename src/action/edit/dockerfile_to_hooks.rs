//! `dockerfile.to-hooks`: carries over into build hooks what a connector's Dockerfile does beyond its base image.
//!
//! Nothing is lost in silence: every instruction is superfluous for a reason, is written into `build_customization.py`,
//! or stops the connector until a person has decided. The Dockerfile itself stays; removing it is another step's matter.

use std::cell::RefCell;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::action::{Action, Description, Subject, changed, unchanged};
use crate::base::{RepoPath, count};
use crate::edit::dockerfile::{
    ConnectorFiles, Decisions, DockerfileError, Item, Judgement, Pythons, QuestionKind, Target, Verdict, hooks, judge,
};
use crate::event::{Failure, FailureClass, StepResult};
use crate::overlay::{Overlay, OverlayError};
use crate::workflow::OutputSpec;

/// What `dockerfile.to-hooks` takes.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct With {
    /// The Dockerfile, relative to the connector's directory. One that is not there is no error.
    #[serde(default = "usual_file")]
    file: String,
    /// The address of the base image that comes in its place. What `airbyte/python-connector-base` has is known by its
    /// version.
    base_image: Option<String>,
    /// System packages that the base image has besides.
    #[serde(default)]
    provides: Texts,
    /// The Python versions of Dockerfiles whose connectors can go to the base image, such as `3.9`, or `any`; the base
    /// image's own if it is known and nothing is given.
    #[serde(default)]
    python: Texts,
    /// Lines of Dockerfiles, or commands, variables and packages in them, that are not needed any more; `*` stands for
    /// any text.
    #[serde(default)]
    ignore: Texts,
    /// The same, for what a hook is to do as it stands.
    #[serde(default)]
    carry: Texts,
}

/// A list, or a text with an entry on each line.
#[derive(Deserialize, JsonSchema)]
#[serde(untagged)]
enum Texts {
    /// An entry on each line.
    Lines(String),
    /// The entries.
    Many(Vec<String>),
}

impl Default for Texts {
    fn default() -> Self {
        Self::Many(Vec::new())
    }
}

impl Texts {
    fn entries(&self) -> Vec<String> {
        let lines: Vec<&str> = match self {
            Self::Lines(text) => text.lines().collect(),
            Self::Many(texts) => texts.iter().map(String::as_str).collect(),
        };
        lines.into_iter().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect()
    }
}

fn usual_file() -> String {
    "Dockerfile".to_owned()
}

/// The action.
pub fn action() -> Action {
    let description = Description {
        name: "dockerfile.to-hooks",
        summary: "Writes what a Dockerfile does beyond its base image into build_customization.py.",
        outputs: vec![
            OutputSpec {
                name: "hooks",
                kind: "string",
                description: "`written`, `kept` if they were there, or `none` if none are needed.",
            },
            OutputSpec {
                name: "system-packages",
                kind: "list",
                description: "The Debian packages that a hook installs.",
            },
        ],
        example: "uses: dockerfile.to-hooks\nwith: { python: \"3.9\", provides: [socat], ignore: [RUN make *] }",
    };
    Action::edit(description, |with: &With, subject, overlay| {
        let path = overlay.locate(&with.file)?;
        if overlay.regular(&path)?.is_none() {
            return Ok(ended(unchanged(format!("there is no {}", path.file_name())), "none", &[]));
        }
        let text = overlay.text(&path)?;
        let judgement = judged(with, subject, overlay, &path, &text)?;
        settle(overlay, &path, &text, &judgement).map(|mut result| {
            result.warnings = judgement.warnings;
            result
        })
    })
}

fn judged(
    with: &With,
    subject: &Subject<'_>,
    overlay: &Overlay,
    path: &RepoPath,
    text: &str,
) -> Result<Judgement, Failure> {
    let target = Target::of_image(with.base_image.as_deref().unwrap_or_default())
        .providing(with.provides.entries())
        .accepting(pythons(&with.python)?);
    let decisions = Decisions { ignore: with.ignore.entries(), carry: with.carry.entries() };
    let package = subject.connector.technical_name.replace('-', "_");
    let files = Files { overlay, package, wrong: RefCell::default() };
    let judgement = judge(text, &target, &files, &decisions).map_err(|error: DockerfileError| {
        Failure::new(FailureClass::Edit, format!("{path}: {error}")).hint(error.hint())
    })?;
    match files.wrong.take() {
        Some(error) => Err(error.into()),
        None => Ok(judgement),
    }
}

/// Writes the hooks, or finds that they are there, or that a person has to decide.
fn settle(overlay: &mut Overlay, path: &RepoPath, text: &str, judgement: &Judgement) -> Result<StepResult, Failure> {
    let hooks_path = overlay.locate(hooks::FILE)?;
    let existing = match overlay.regular(&hooks_path)? {
        Some(_) => Some(overlay.text(&hooks_path)?),
        None => None,
    };
    let missing = hooks::missing(existing.as_deref().unwrap_or_default(), judgement);
    let asked: Vec<&Item> = missing.iter().copied().filter(|item| matches!(item.verdict, Verdict::Asked(_))).collect();
    if !asked.is_empty() {
        return Err(undecided(path, &asked));
    }
    let packages = judgement.system_packages();
    match (hooks::render(text, judgement), existing) {
        (None, None) => Ok(ended(unchanged(format!("{} needs no hooks", path.file_name())), "none", &[])),
        (None, Some(_)) => {
            Ok(ended(unchanged(format!("{} needs no more hooks than there are", path.file_name())), "kept", &[]))
        }
        (Some(_), Some(_)) if missing.is_empty() => {
            Ok(ended(unchanged(format!("{} does what {} did", hooks::FILE, path.file_name())), "kept", &packages))
        }
        (Some(_), Some(_)) => Err(not_covered(path, &hooks_path, &missing)),
        (Some(hooks), None) => {
            overlay.write(&hooks_path, hooks.into_bytes())?;
            let lines = count(judgement.carried().count(), "line");
            let detail = format!("write {lines} of {} into {}", path.file_name(), hooks::FILE);
            Ok(ended(changed(detail), "written", &packages))
        }
    }
}

/// The failure of a connector about which a person has to decide.
fn undecided(path: &RepoPath, asked: &[&Item]) -> Failure {
    let (mut kinds, mut lines) = (Vec::new(), Vec::new());
    for item in asked {
        let Verdict::Asked(question) = &item.verdict else { continue };
        kinds.push(question.kind);
        lines.push(format!("line {} (`{}`): {}", item.line, item.text, question.words));
    }
    Failure::new(FailureClass::Edit, format!("{path}, {}", lines.join("; ")))
        .cause(QuestionKind::cause(&kinds))
        .hint(QuestionKind::hint_for(&kinds))
}

/// The failure of a connector whose hooks do not do all that its Dockerfile did.
fn not_covered(path: &RepoPath, hooks_path: &RepoPath, missing: &[&Item]) -> Failure {
    let lines: Vec<String> = missing.iter().map(|item| format!("line {} (`{}`)", item.line, item.text)).collect();
    let message = format!("{hooks_path} is there already and does not do what {path} does in {}", lines.join("; "));
    Failure::new(FailureClass::Edit, message)
        .cause("its build_customization.py does not do all that its Dockerfile does")
        .hint(
            "add it by hand, with a comment `# Dockerfile: …` for each line; or name the line under `ignore`, if it is \
             not needed any more",
        )
}

fn ended(mut result: StepResult, hooks: &str, packages: &[&str]) -> StepResult {
    result.outputs.insert("hooks".to_owned(), hooks.into());
    result.outputs.insert("system-packages".to_owned(), packages.to_vec().into());
    result
}

fn pythons(texts: &Texts) -> Result<Pythons, Failure> {
    let entries = texts.entries();
    let versions: Vec<String> = entries
        .iter()
        .flat_map(|entry| entry.split(','))
        .map(str::trim)
        .filter(|version| !version.is_empty())
        .map(str::to_owned)
        .collect();
    let is_number = |part: &str| !part.is_empty() && part.chars().all(|c| c.is_ascii_digit());
    let is_version =
        |text: &String| text.split_once('.').is_some_and(|(major, minor)| is_number(major) && is_number(minor));
    match versions.as_slice() {
        [] => Ok(Pythons::Unsaid),
        [any] if any == "any" => Ok(Pythons::Any),
        all => match all.iter().find(|version| !is_version(version)) {
            None => Ok(Pythons::These(versions)),
            Some(wrong) => {
                let message = format!("`{wrong}` is not a Python version");
                Err(Failure::new(FailureClass::Expression, message).hint("write it as `3.9`, or write `any`"))
            }
        },
    }
}

/// A connector's files in an overlay. What goes wrong in reading them is kept until the judgement is made.
struct Files<'o> {
    overlay: &'o Overlay,
    package: String,
    wrong: RefCell<Option<OverlayError>>,
}

impl Files<'_> {
    fn kept<T>(&self, result: Result<T, OverlayError>) -> Option<T> {
        result.map_err(|error| *self.wrong.borrow_mut() = Some(error)).ok()
    }
}

impl ConnectorFiles for Files<'_> {
    fn package(&self) -> &str {
        &self.package
    }

    fn text(&self, path: &str) -> Option<String> {
        // A path that leads out of the connector's directory names no file of it.
        let path = self.overlay.locate(path).ok()?;
        let file = self.kept(self.overlay.read(&path))??;
        (file.mode != crate::base::FileMode::Symlink).then(|| String::from_utf8(file.bytes.to_vec()).ok()).flatten()
    }

    fn below(&self, directory: &str) -> Vec<String> {
        let home = self.overlay.home();
        let directory = if directory.is_empty() { Some(home.clone()) } else { self.overlay.locate(directory).ok() };
        let files = directory.and_then(|directory| self.kept(self.overlay.files_below(&directory)));
        files.unwrap_or_default().keys().filter_map(|path| path.below(home).map(str::to_owned)).collect()
    }
}
