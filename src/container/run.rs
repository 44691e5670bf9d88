//! Telling an engine to run something in an image.

use std::fs;
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;

use camino::{Utf8Path, Utf8PathBuf};

use super::engine::{Engine, Invocation, Network, quoted, variables_script, volume};
use super::kind::EngineKind;
use crate::workflow::Limits;

/// What the containers of docker and podman carry, so that those that were left can be found.
pub(super) const LABEL: &str = "dev.cutover.container";

/// Where a container finds the variables that it was given.
const VARIABLES: &str = "/run/cutover-variables";

/// What stands before the words in a container that finds its variables there.
const WITH_VARIABLES: &str = ". /run/cutover-variables && exec \"$@\"";

/// A directory or file of this machine that a container sees.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Volume {
    /// It, on this machine.
    pub source: Utf8PathBuf,
    /// Its place in the container.
    pub target: String,
    /// Whether the container may change it.
    pub writable: bool,
}

/// What to run in an image. The container goes afterwards.
#[derive(Debug, Clone, Copy)]
pub struct Run<'a> {
    /// The image.
    pub image: &'a str,
    /// What the container is called: a name of our own, by which it can be removed. See [`super::container_name`].
    pub name: &'a str,
    /// The program and its arguments. The image's entry point has no say: who wants it puts it in front.
    pub args: &'a [String],
    /// Variables, secrets among them: they are on no command line.
    pub env: &'a [(String, String)],
    /// What it sees of this machine.
    pub volumes: &'a [Volume],
    /// Its working directory; the image's own if `None`.
    pub workdir: Option<&'a str>,
    /// As whom; as the image says if `None`.
    pub user: Option<&'a str>,
    /// What it may reach.
    pub network: Network,
    /// What it may take of the machine; for engines that can see to it.
    pub limits: Limits,
    /// The image's platform, if it is not this machine's.
    pub platform: Option<&'a str>,
}

impl Engine {
    /// Runs something in a container of its own. Where the engine takes variables on its command line only, they are
    /// written to a file in `scratch`, which other users should not see into.
    ///
    /// # Errors
    /// That file cannot be written.
    pub fn run(&self, run: &Run<'_>, scratch: &Utf8Path) -> io::Result<Invocation> {
        if self.kind != EngineKind::Buildah {
            return Ok(self.with_client(run));
        }
        let file = scratch.join(format!("{}.variables", run.name));
        if !run.env.is_empty() {
            let mut options = fs::File::options();
            // The container may run as somebody else; the directories above are ours alone.
            let mut made = options.write(true).create(true).truncate(true).mode(0o644).open(&file)?;
            made.write_all(variables_script(run.env).as_bytes())?;
        }
        Ok(self.with_buildah(run, &file))
    }

    /// Buildah runs in containers that are made and removed by commands of their own: one script does all three.
    fn with_buildah(&self, run: &Run<'_>, variables: &Utf8Path) -> Invocation {
        let program = quoted(self.program.as_str());
        let isolation = self.isolation.map(|isolation| format!("--isolation={isolation}"));
        let mut flags: Vec<String> = isolation.into_iter().collect();
        let mut args = run.args.to_vec();
        if !run.env.is_empty() {
            flags.push(format!("--volume={}", volume(variables, VARIABLES, false)));
            args.splice(0..0, ["/bin/sh", "-c", WITH_VARIABLES, "sh"].map(str::to_owned));
        }
        for shown in run.volumes {
            flags.push(format!("--volume={}", volume(&shown.source, &shown.target, shown.writable)));
        }
        flags.extend(run.workdir.map(|workdir| format!("--workingdir={workdir}")));
        flags.extend(run.user.map(|user| format!("--user={user}")));
        flags.extend(self.network_flag(run.network).map(|network| format!("--network={network}")));
        let words = |words: &[String]| words.iter().map(|word| quoted(word)).collect::<Vec<_>>().join(" ");
        let platform = run.platform.map_or_else(String::new, |platform| format!(" --platform={}", quoted(platform)));
        let (name, image) = (quoted(run.name), quoted(run.image));
        let (flags, args) = (words(&flags), words(&args));
        let script = format!(
            "{program} from --pull-never --quiet --name {name}{platform} {image} >&2 || exit 125\n\
             {program} run {flags} {name} -- {args}\nstatus=$?\n{program} rm {name} >&2\nexit $status"
        );
        self.contain(vec!["/bin/sh".to_owned(), "-c".to_owned(), script], run.network)
    }

    fn with_client(&self, run: &Run<'_>) -> Invocation {
        let mut args: Vec<String> = ["run", "--rm", "--pull=never"].map(str::to_owned).to_vec();
        let mut flag = |name: &str, value: &str| args.push(format!("--{name}={value}"));
        flag("name", run.name);
        flag("label", &format!("{LABEL}=1"));
        for (name, _) in run.env {
            // By name only: the value is in the client's environment.
            flag("env", name);
        }
        for shown in run.volumes {
            flag("volume", &volume(&shown.source, &shown.target, shown.writable));
        }
        let words = [
            ("workdir", run.workdir),
            ("user", run.user),
            ("platform", run.platform),
            ("network", run.network.word()),
            ("entrypoint", run.args.first().map(String::as_str)),
        ];
        for (name, value) in words {
            if let Some(value) = value {
                flag(name, value);
            }
        }
        if let Some(memory) = run.limits.memory {
            flag("memory", &memory.to_string());
        }
        if let Some(cpus) = run.limits.cpus {
            flag("cpus", &cpus.to_string());
        }
        args.push(run.image.to_owned());
        args.extend(run.args.iter().skip(1).cloned());
        let mut invocation = self.command(args);
        invocation.env.extend(run.env.iter().cloned());
        invocation
    }
}
