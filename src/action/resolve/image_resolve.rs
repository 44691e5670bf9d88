//! `image.resolve`: finds the image that a version means, with its digest.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::action::{Action, Description, Outside, unchanged};
use crate::event::{Failure, StepResult};
use crate::image::{Query, Resolved};
use crate::workflow::OutputSpec;

/// What `image.resolve` takes.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct With {
    /// The repository, such as `docker.io/airbyte/python-connector-base`.
    repository: String,
    /// `latest` for the highest version without pre-releases, a version such as `4.0.0`, a range such as `>=3.1, <5`, or
    /// the whole address `host/name:tag@sha256:…` of an image, whose tag and digest are then checked.
    #[serde(default = "latest")]
    version: String,
    /// What the tag has after its version, such as `-slim`; nothing, or that of `current`, if not given.
    suffix: Option<String>,
    /// Platforms that the image must be built for, such as `linux/amd64`; not looked at if not given.
    platform: Option<OneOrMore>,
    /// The address that is in use. Its suffix is kept, and a lower version deserves a warning.
    current: Option<String>,
}

/// One text or a list of them.
#[derive(Deserialize, JsonSchema)]
#[serde(untagged)]
enum OneOrMore {
    One(String),
    More(Vec<String>),
}

fn latest() -> String {
    "latest".to_owned()
}

/// What `uses` calls it.
const NAME: &str = "image.resolve";

/// The question and the answer in a step's result, if it is one of this action.
pub fn answered(result: &StepResult) -> Option<(Query, Resolved)> {
    let question = result.question.as_ref().filter(|question| question.action == NAME)?;
    let query: Query = serde_json::from_str(&question.text).ok()?;
    let output = |name: &str| result.outputs.get(name)?.as_str().map(str::to_owned);
    let resolved = Resolved::new(query.repository.clone(), output("tag")?, output("digest")?);
    Some((query, resolved))
}

/// The action.
pub fn action() -> Action {
    let output = |name, description| OutputSpec { name, kind: "string", description };
    let description = Description {
        name: NAME,
        summary: "Finds the image that a version means, with its digest: the same one for every connector of a run.",
        outputs: vec![
            output("address", "The image for ever: `host/name:tag@sha256:…`."),
            output("repository", "The repository, with its host."),
            output("tag", "The tag."),
            output("version", "The version in the tag, without suffix; none if the tag is no version."),
            output("digest", "The digest: of the index, where the image is built for several platforms."),
        ],
        example: "scope: run\nuses: image.resolve\nwith: { repository: docker.io/airbyte/python-connector-base, version: '>=3.1, <5', platform: linux/amd64 }",
    };
    Action::resolve(description, question, |query: Query, outside, attempt| Box::pin(resolve(query, outside, attempt)))
}

fn question(with: &With) -> Result<Query, Failure> {
    let platforms = match &with.platform {
        None => &[],
        Some(OneOrMore::One(platform)) => std::slice::from_ref(platform),
        Some(OneOrMore::More(platforms)) => platforms.as_slice(),
    };
    let (suffix, current) = (with.suffix.as_deref(), with.current.as_deref());
    Ok(Query::new(&with.repository, &with.version, suffix, platforms, current)?)
}

async fn resolve(query: Query, outside: &Outside, attempt: u32) -> Result<StepResult, Failure> {
    let found = outside.images.resolve(&query, attempt).await?;
    let mut result = unchanged(found.to_string());
    let outputs = [
        ("address", found.to_string()),
        ("repository", found.repository.to_string()),
        ("tag", found.tag),
        ("digest", found.digest),
    ];
    result.outputs.extend(outputs.map(|(name, value)| (name.to_owned(), value.into())));
    if let Some(version) = found.version {
        result.outputs.insert("version".to_owned(), version.to_string().into());
    }
    result.warnings = found.warnings;
    Ok(result)
}
