//! Base images: fetched once for all connectors, checked, and given a name and a mark of ours.

use std::fs;

use camino::Utf8Path;

use super::engine::{Working, answer, engine_failure, invoke};
use crate::action::{ExecuteError, Executing, disk};
use crate::container::{BaseImage, Build, ImageFacts, Network, Run, base_file, base_name, container_name};
use crate::event::{Failure, FailureClass};
use crate::image::Address;
use crate::web::is_loopback;
use crate::workflow::Limits;

/// What a base image's Python says of itself.
const PYTHON: [&str; 3] = ["python", "-c", "import platform; print(platform.python_version())"];

/// How much of a digest is in the name of an image here.
const DIGEST_SHOWN: usize = 24;

/// The base image with this address, as it is here.
pub(super) async fn base_image(
    executing: Executing<'_>,
    working: &Working,
    address: &str,
    platform: Option<&str>,
) -> Result<BaseImage, ExecuteError> {
    let parsed = Address::parse(address).map_err(Failure::from)?;
    let fetching = Fetching { executing, working, address: &parsed, platform };
    let engines = &executing.machine.engines;
    let fetched = engines
        .base(working.engine.kind, address, platform, executing.attempt, || async { Ok(fetching.fetch().await?) });
    Ok(executing.wait("the base image", fetched).await??)
}

/// One fetching of a base image.
#[derive(Clone, Copy)]
struct Fetching<'a> {
    executing: Executing<'a>,
    working: &'a Working,
    address: &'a Address,
    platform: Option<&'a str>,
}

impl Fetching<'_> {
    async fn fetch(self) -> Result<BaseImage, ExecuteError> {
        let name = self.name();
        let mut warnings = Vec::new();
        let there = if self.address.digest.is_some() { self.facts(&name).await? } else { None };
        // With a digest in its name it can only be that one, and was checked when it got the name.
        let facts = if let Some(facts) = there {
            facts
        } else {
            let source = self.pull(&self.pinned(), "could not be fetched").await?;
            if self.address.digest.is_none() {
                let what = format!(
                    "the base image {} has no digest: the same address can mean another image tomorrow",
                    self.address
                );
                warnings.push(what);
            } else if let Some(warning) = self.check_tag(&source).await? {
                warnings.push(warning);
            }
            self.mark(&source, &name).await?;
            let missing = || {
                Failure::new(FailureClass::Machine, format!("the engine does not know {name}, which it has just made"))
            };
            self.facts(&name).await?.ok_or_else(missing)?
        };
        let python = self.python(&name).await?;
        Ok(BaseImage { name, address: self.address.to_string(), facts, python, warnings })
    }

    /// What it is called here: the tag, for people; the digest, and the platform.
    fn name(&self) -> String {
        let address = self.address;
        let digest = address.digest.as_deref().map(|digest| digest.trim_start_matches("sha256:"));
        let parts =
            [address.tag.as_deref(), digest.map(|digest| &digest[..digest.len().min(DIGEST_SHOWN)]), self.platform];
        let name = parts.into_iter().flatten().collect::<Vec<_>>().join("-");
        let name: String = name.chars().map(|part| if part == '/' { '-' } else { part }).take(127).collect();
        base_name(if name.is_empty() { "latest" } else { &name })
    }

    /// The address without what a digest makes superfluous: some engines refuse tags beside digests.
    fn pinned(&self) -> String {
        let Address { repository, tag, digest } = self.address;
        match (digest, tag) {
            (Some(digest), _) => format!("{repository}@{digest}"),
            (None, Some(tag)) => format!("{repository}:{tag}"),
            (None, None) => repository.to_string(),
        }
    }

    async fn facts(&self, name: &str) -> Result<Option<ImageFacts>, ExecuteError> {
        let said = answer(self.executing, self.working.engine.inspect(name)).await?;
        Ok(said.and_then(|said| ImageFacts::read(&said)))
    }

    /// Fetches an image; its name.
    async fn pull(&self, image: &str, what: &str) -> Result<String, ExecuteError> {
        let insecure = is_loopback(self.address.repository.host());
        let exit =
            invoke(self.executing, self.working.engine.pull(image, self.platform, insecure), |command| command).await?;
        if exit.status.is_success() {
            return Ok(image.to_owned());
        }
        Err(engine_failure(&format!("the base image {} {what}", self.address), &exit).into())
    }

    /// Whether the tag of the address means the image of the digest: every engine takes the digest and never looks at the
    /// tag. What keeps that from being found out is a warning.
    async fn check_tag(&self, source: &str) -> Result<Option<String>, ExecuteError> {
        let Some(tag) = &self.address.tag else { return Ok(None) };
        let tagged = format!("{}:{tag}", self.address.repository);
        if let Err(error) = self.pull(&tagged, "has a tag that could not be looked up").await {
            return match error {
                ExecuteError::Failed(failure)
                    if matches!(failure.class, FailureClass::Network | FailureClass::RateLimit) =>
                {
                    Ok(Some(format!("whether tag and digest of {} agree could not be checked", self.address)))
                }
                other => Err(other),
            };
        }
        let (by_digest, by_tag) = (self.facts(source).await?, self.facts(&tagged).await?);
        if by_digest.map(|facts| facts.id) == by_tag.map(|facts| facts.id) {
            return Ok(None);
        }
        let message = format!("the tag and the digest of {} are two images: {tagged} is another one", self.address);
        let hint = "find the right digest with `image.resolve`, or with `cutover run upgrade-base-image`";
        Err(Failure::new(FailureClass::Conflict, message).hint(hint).into())
    }

    /// Makes our own image of it, by which everything that stands on it is known.
    async fn mark(&self, source: &str, name: &str) -> Result<(), ExecuteError> {
        let directory = self.executing.scratch().join("base");
        let (file, context, identity) =
            (directory.join("Containerfile"), directory.join("empty"), directory.join("id"));
        fs::create_dir_all(&context)
            .and_then(|()| fs::write(&file, base_file(source)))
            .map_err(|error| disk(&directory, &error))?;
        let build = Build {
            tag: name,
            file: &file,
            context: &context,
            ignore_file: None,
            contexts: &[],
            secrets: &[],
            platform: self.platform,
            network: Network::Default,
            cache: true,
            reproducible: true,
            unset_env: &[],
            offline: true,
            memory: None,
            identity_file: &identity,
        };
        let exit = invoke(self.executing, self.working.engine.build(&build), |command| command).await?;
        if exit.status.is_success() {
            return Ok(());
        }
        Err(engine_failure(&format!("the base image {} could not be taken", self.address), &exit).into())
    }

    /// The version of its Python; `None` if it has none, or is not for this processor.
    async fn python(&self, name: &str) -> Result<Option<String>, ExecuteError> {
        let args = PYTHON.map(str::to_owned);
        let container = container_name();
        let run = Run {
            image: name,
            name: &container,
            args: &args,
            env: &[],
            volumes: &[],
            workdir: Some("/"),
            user: None,
            network: Network::None,
            limits: Limits::default(),
            platform: self.platform,
        };
        let scratch: &Utf8Path = self.executing.scratch();
        let invocation = self.working.engine.run(&run, scratch).map_err(|error| disk(scratch, &error))?;
        let said = answer(self.executing, invocation).await?;
        Ok(said.map(|said| String::from_utf8_lossy(&said).trim().to_owned()).filter(|version| !version.is_empty()))
    }
}
