//! `image.build`: builds the connector's image on this machine, and asks it for its specification.

use std::fs;
use std::time::Duration;

use camino::Utf8PathBuf;
use jiff::SignedDuration;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::action::building::{Built, Wanted, ask_for_specification, build, engine};
use crate::action::span::Span;
use crate::action::{Action, Description, ExecuteError, Executed, Executing, Weight, disk, unchanged};
use crate::container::{EngineChoice, Network};
use crate::event::StepResult;
use crate::workflow::OutputSpec;

/// What `image.build` takes.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct With {
    /// The engine that builds: `buildah`, `podman` or `docker`; `auto` takes the first of them that works. `dagger`
    /// calls the hooks of connectors with dagger's own SDK and engine.
    #[serde(default)]
    engine: EngineChoice,
    /// The base image, as a whole address with its digest; what data.connectorBuildOptions.baseImage says if not given.
    base_image: Option<String>,
    /// What the image is called; the connector's repository with the tag `dev` if not given.
    tag: Option<String>,
    /// The platform to build for, such as `linux/arm64`; this machine's if not given.
    platform: Option<String>,
    /// What the build may reach.
    #[serde(default)]
    network: Network,
    /// A folder of this machine with wheels, in which pip looks for packages too: an absolute path.
    wheels: Option<String>,
    /// Whether pip may take packages from nowhere but `wheels`.
    #[serde(default)]
    no_index: bool,
    /// Whether to build everything anew, without the layers of earlier builds.
    #[serde(default)]
    no_cache: bool,
    /// Whether the image must answer `spec` with a valid specification.
    #[serde(default = "yes")]
    spec: bool,
    /// How long it may take for that.
    #[serde(default = "spec_timeout")]
    spec_timeout: Span,
}

fn yes() -> bool {
    true
}

fn spec_timeout() -> Span {
    Span(SignedDuration::from_mins(2))
}

/// The name of the file in the step's results that holds the specification.
const SPECIFICATION: &str = "spec.json";

/// The action.
pub fn action() -> Action {
    let output = |name, description| OutputSpec { name, kind: "string", description };
    let description = Description {
        name: "image.build",
        summary: "Builds the connector's image on this machine, from its base image or its Dockerfile, and asks it for its specification.",
        outputs: vec![
            output("image", "What the engine calls the image."),
            output(
                "id",
                "The image's identity: `sha256:` and the hash of its configuration. The same files make the same.",
            ),
            output("engine", "The engine that built it."),
            output("base", "The base image that it was built from; none for one from a Dockerfile."),
            output("python", "The version of Python in the base image, if it has one."),
        ],
        example: "uses: image.build\ntimeout: 30m\nretry: { attempts: 3, on: [network] }\nwith: { engine: auto, platform: linux/amd64 }",
    };
    let preview = |with: &With| match &with.tag {
        Some(tag) => format!("build the image {tag}"),
        None => "build the connector's image".to_owned(),
    };
    Action::execute(description, Weight::Build, preview, |with: With, executing| Box::pin(act(with, executing)))
}

async fn act(with: With, executing: Executing<'_>) -> Result<Executed, ExecuteError> {
    let wanted = Wanted {
        engine: with.engine,
        base: with.base_image,
        tag: with.tag,
        platform: with.platform,
        network: with.network,
        wheels: with.wheels.map(Utf8PathBuf::from),
        no_index: with.no_index,
        cache: !with.no_cache,
    };
    let working = engine(executing, wanted.engine).await?;
    let built = build(executing, &working, &wanted).await?;
    if with.spec {
        let limit = Duration::try_from(with.spec_timeout.0).unwrap_or_default();
        let platform = wanted.platform.as_deref();
        let specification = ask_for_specification(executing, &working, &built, platform, limit).await?;
        let file = executing.results()?.join(SPECIFICATION);
        fs::write(&file, format!("{specification:#}\n")).map_err(|error| disk(&file, &error))?;
    }
    let by_dagger = wanted.engine == EngineChoice::Dagger && built.base.is_some();
    let engine = if by_dagger { "dagger" } else { working.engine.kind.as_str() };
    Ok(result(&built, engine, with.spec).into())
}

/// It changes nothing of the connector: what was built is this machine's.
fn result(built: &Built, engine: &str, answered: bool) -> StepResult {
    let and = if answered { ", which answers `spec`" } else { "" };
    let mut result = unchanged(format!("built {}{and}", built.image));
    let base = built.base.as_deref();
    let outputs = [
        ("image", Some(built.image.clone())),
        ("id", Some(built.facts.id.clone())),
        ("engine", Some(engine.to_owned())),
        ("base", base.map(|base| base.address.clone())),
        ("python", base.and_then(|base| base.python.clone())),
    ];
    let given = outputs.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?.into())));
    result.outputs.extend(given);
    result.warnings.clone_from(&built.warnings);
    result
}
