//! What a killed build leaves in the engine, and how it is known to be ours.
//!
//! A build that is killed leaves its working containers, which have no name that anybody chose. Those of ours stand on
//! an image of ours: base images are not built from as they are, but under a name of our own and with a mark in their
//! history ([`base_file`]), and all that is made from one has that mark. Whether somebody still works with a container
//! cannot be seen; so whoever works holds a lock together with others ([`Hold`]), and who clears up must have it alone.

use std::fs::{self, File};
use std::io;

use camino::Utf8Path;
use serde_json::Value;

use super::engine::{Engine, Invocation};
use super::facts::ImageFacts;
use super::kind::EngineKind;
use super::run::LABEL;

/// What base images are called here, without their tags.
const BASE: &str = "localhost/cutover/base";

/// What containers of ours begin with.
const CONTAINER: &str = "cutover-";

/// The act that marks our images: it leaves a line in the history, and nothing in the image.
const MARK: &str = "ARG CUTOVER";

/// The name of a base image here.
pub fn base_name(tag: &str) -> String {
    format!("{BASE}:{tag}")
}

/// The Containerfile that gives an image our mark.
pub fn base_file(image: &str) -> String {
    format!("FROM {image}\n{MARK}=1\n")
}

/// A name for a container that nobody has.
pub fn container_name() -> String {
    use std::sync::atomic::{AtomicU64, Ordering};
    static NEXT: AtomicU64 = AtomicU64::new(1);
    format!("{CONTAINER}{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed))
}

/// A container that an engine has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Container {
    /// Its identity.
    pub id: String,
    /// The identity of its image.
    pub image: String,
    name: String,
    image_name: String,
}

impl Container {
    /// Whether it is ours; `None` if only its image can say that.
    pub fn is_ours(&self) -> Option<bool> {
        if self.name.starts_with(CONTAINER) || self.image_name.starts_with(BASE) {
            return Some(true);
        }
        // One with a name of its own stands on an image that somebody uses as such.
        (!self.image_name.is_empty() && self.image_name != "<none>:<none>").then_some(false)
    }
}

/// Whether an image was made by us.
pub fn is_marked(facts: &ImageFacts) -> bool {
    facts.history.iter().any(|act| act.contains(MARK))
}

impl Engine {
    /// Lists containers that may be ours. See [`Container`].
    pub fn containers(&self) -> Invocation {
        match self.kind {
            EngineKind::Buildah => self.command(["containers", "--json"]),
            EngineKind::Podman => self.command(["ps", "--all", "--external", "--format", "json"]),
            EngineKind::Docker => {
                let filter = format!("label={LABEL}");
                self.command(["ps", "--all", "--no-trunc", "--filter", &filter, "--format", "{{.ID}} {{.Names}}"])
            }
        }
    }

    /// Reads that list.
    pub fn read_containers(&self, output: &[u8]) -> Vec<Container> {
        if self.kind == EngineKind::Docker {
            let text = String::from_utf8_lossy(output);
            let named = text.lines().filter_map(|line| line.split_once(' '));
            let container = |(id, name): (&str, &str)| Container {
                id: id.to_owned(),
                name: name.to_owned(),
                image: String::new(),
                image_name: BASE.to_owned(),
            };
            return named.map(container).collect();
        }
        let listed: Option<Vec<Value>> = serde_json::from_slice(output).unwrap_or_default();
        let listed = listed.unwrap_or_default();
        let text = |container: &Value, keys: [&str; 2]| {
            let found = keys.iter().find_map(|key| container.get(key));
            let found = found.map(|value| value.as_array().and_then(|names| names.first()).unwrap_or(value));
            found.and_then(Value::as_str).unwrap_or_default().to_owned()
        };
        let container = |container: &Value| Container {
            id: text(container, ["id", "Id"]),
            name: text(container, ["containername", "Names"]),
            image: text(container, ["imageid", "ImageID"]),
            image_name: text(container, ["imagename", "Image"]),
        };
        listed.iter().map(container).filter(|container| !container.id.is_empty()).collect()
    }
}

/// Held by everybody who has containers, as long as they have them. It goes with the process, however that ends.
#[derive(Debug)]
pub struct Hold(#[expect(dead_code, reason = "open, and so locked, until it is dropped")] File);

impl Hold {
    /// Waits, very shortly, for whoever clears up.
    ///
    /// # Errors
    /// A directory that cannot be written to.
    pub fn with_others(directory: &Utf8Path) -> io::Result<Self> {
        let file = open(directory)?;
        file.lock_shared()?;
        Ok(Self(file))
    }

    /// Nothing if somebody has containers.
    pub fn alone(directory: &Utf8Path) -> io::Result<Option<Self>> {
        let file = open(directory)?;
        Ok(file.try_lock().is_ok().then_some(Self(file)))
    }
}

fn open(directory: &Utf8Path) -> io::Result<File> {
    fs::create_dir_all(directory)?;
    File::options().read(true).append(true).create(true).open(directory.join("cutover.lock"))
}
