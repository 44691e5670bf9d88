//! Telling an engine to build an image.

use camino::Utf8Path;

use super::engine::{Engine, Invocation, Network};
use super::kind::EngineKind;

/// What to build. All paths are on this machine.
#[derive(Debug, Clone, Copy)]
pub struct Build<'a> {
    /// What the image is called.
    pub tag: &'a str,
    /// The Containerfile.
    pub file: &'a Utf8Path,
    /// The directory that it copies from.
    pub context: &'a Utf8Path,
    /// An empty file, which takes the place of the context's `.dockerignore`; `None` where that one counts. Docker has
    /// no option for it: there, what counts is the file beside the Containerfile whose name is that one's with
    /// `.dockerignore` behind it.
    pub ignore_file: Option<&'a Utf8Path>,
    /// Other directories that it copies from, by name.
    pub contexts: &'a [(&'a str, &'a Utf8Path)],
    /// Files that it may read and that leave no trace, by name.
    pub secrets: &'a [(&'a str, &'a Utf8Path)],
    /// For which platform; this machine's if `None`.
    pub platform: Option<&'a str>,
    /// What its commands may reach.
    pub network: Network,
    /// Whether the layers of earlier builds may be used.
    pub cache: bool,
    /// Whether equal files make equal images: the date of everything is fixed.
    pub reproducible: bool,
    /// Variables that the finished image must not have; only buildah and podman can take them away.
    pub unset_env: &'a [String],
    /// Whether its base images are there, so that no registry is to be asked.
    pub offline: bool,
    /// The most memory that a command of it may take, in bytes; for engines that can see to it.
    pub memory: Option<u64>,
    /// Where the engine writes the identity of what it built.
    pub identity_file: &'a Utf8Path,
}

impl Engine {
    /// Builds an image.
    pub fn build(&self, build: &Build<'_>) -> Invocation {
        let mut args: Vec<String> = vec![self.program.to_string(), "build".to_owned()];
        let mut flag = |name: &str, value: &str| args.push(format!("--{name}={value}"));
        flag("tag", build.tag);
        flag("file", build.file.as_str());
        flag("iidfile", build.identity_file.as_str());
        for (name, directory) in build.contexts {
            flag("build-context", &format!("{name}={directory}"));
        }
        for (name, file) in build.secrets {
            flag("secret", &format!("id={name},src={file}"));
        }
        if let Some(platform) = build.platform {
            flag("platform", platform);
        }
        if let Some(network) = self.network_flag(build.network) {
            flag("network", network);
        }
        if !build.cache {
            flag("no-cache", "true");
        }
        match self.kind {
            EngineKind::Buildah | EngineKind::Podman => self.without_daemon(build, &mut flag),
            EngineKind::Docker => flag("progress", "plain"),
        }
        args.push(build.context.to_string());
        self.contain(args, build.network)
    }

    fn without_daemon(&self, build: &Build<'_>, flag: &mut impl FnMut(&str, &str)) {
        // Without it a build that fails leaves its containers.
        flag("force-rm", "true");
        flag("layers", "true");
        if let Some(isolation) = self.isolation {
            flag("isolation", isolation);
        }
        if build.offline {
            flag("pull", "never");
        }
        if build.reproducible {
            flag("timestamp", "0");
        }
        if let Some(file) = build.ignore_file {
            flag("ignorefile", file.as_str());
        }
        for name in build.unset_env {
            flag("unsetenv", name);
        }
        // A chroot has no control group.
        if let Some(memory) = build.memory.filter(|_| self.isolation != Some("chroot")) {
            flag("memory", &memory.to_string());
        }
    }
}
