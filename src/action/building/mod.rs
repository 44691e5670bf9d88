//! Building images of connectors: what `image.build` does, and what whoever works with an engine shares with it.
//!
//! The order of a build is in [`build`]. The engine's words are [`crate::container`]'s, the image's [`crate::recipe`]'s,
//! the hooks' [`crate::hooks`]'; here they are put together and run, with the step's log, limits and end.

mod base;
mod connector;
mod customize;
mod dagger;
mod engine;
mod image;
mod lay_out;
mod patterns;
mod specification;

use std::sync::Arc;

use camino::{Utf8Path, Utf8PathBuf};
use serde_json::Value;

use crate::action::{ExecuteError, Executing};
use crate::container::{BaseImage, EngineChoice, ImageFacts, Network};
use crate::event::{Failure, FailureClass};

pub(crate) use engine::{Working, answer, engine, invoke};
pub(crate) use specification::ask_for_specification;

use connector::{Maker, Subject};

/// What is wanted of a build.
#[derive(Debug, Clone)]
pub(crate) struct Wanted {
    /// By which engine.
    pub(crate) engine: EngineChoice,
    /// From this base image, whatever the metadata says.
    pub(crate) base: Option<String>,
    /// What the image is called; `<repository>:dev` if not given.
    pub(crate) tag: Option<String>,
    /// For which platform.
    pub(crate) platform: Option<String>,
    /// What the build may reach.
    pub(crate) network: Network,
    /// A folder of wheels.
    pub(crate) wheels: Option<Utf8PathBuf>,
    /// Whether nothing but those may be installed.
    pub(crate) no_index: bool,
    /// Whether earlier layers may be used.
    pub(crate) cache: bool,
}

/// An image that was built.
pub(crate) struct Built {
    /// What the engine calls it.
    pub(crate) image: String,
    /// What is known of it.
    pub(crate) facts: ImageFacts,
    /// What it was built from; `None` for one from a Dockerfile.
    pub(crate) base: Option<Arc<BaseImage>>,
    /// What a person should look at.
    pub(crate) warnings: Vec<String>,
}

/// Builds the image of the step's connector.
pub(crate) async fn build(executing: Executing<'_>, working: &Working, wanted: &Wanted) -> Result<Built, ExecuteError> {
    if let Some(wheels) = wanted.wheels.as_deref().filter(|wheels| !wheels.is_dir()) {
        let failure = Failure::new(FailureClass::Machine, format!("there is no folder of wheels at {wheels}"));
        return Err(failure.hint("make it with `pip wheel -w FOLDER …`, or leave `wheels` out").into());
    }
    let subject = Subject::read(&executing, wanted)?;
    let made = match &subject.maker {
        Maker::Base(address) => {
            let base = base::base_image(executing, working, address, wanted.platform.as_deref()).await?;
            let base = Arc::new(base);
            match wanted.engine {
                EngineChoice::Dagger => dagger::from_base(executing, working, wanted, &subject, base).await?,
                _ => image::from_base(executing, working, wanted, &subject, base).await?,
            }
        }
        Maker::Dockerfile => image::from_dockerfile(executing, working, wanted, &subject).await?,
    };
    Ok(made)
}

/// A text in a document of JSON, by the keys that lead to it.
fn text_at<Key: AsRef<str>>(document: &Value, keys: impl IntoIterator<Item = Key>) -> Option<&str> {
    keys.into_iter().try_fold(document, |value, key| value.get(key.as_ref()))?.as_str()
}

/// The name of a file for messages: as it is in the repository.
fn in_repository<'a>(files: &Utf8Path, path: &'a Utf8Path) -> &'a Utf8Path {
    path.strip_prefix(files).unwrap_or(path)
}
