//! One engine: the words in which it is told what to do. Nothing here runs anything.

use std::fmt::Write as _;

use camino::{Utf8Path, Utf8PathBuf};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::kind::EngineKind;

/// In front of a command that is to have namespaces of its own: when it ends, however it ends, so does all that it
/// started, and its mounts go.
pub(super) const NAMESPACES: [&str; 5] = ["unshare", "--pid", "--fork", "--kill-child", "--mount-proc"];

/// A program to be run, with its arguments and what its environment must have besides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invocation {
    /// The program.
    pub program: String,
    /// Its arguments.
    pub args: Vec<String>,
    /// Variables that it needs.
    pub env: Vec<(String, String)>,
}

impl Invocation {
    /// The words as a shell would read them, for logs. Variables are not among them.
    pub fn line(&self) -> String {
        std::iter::once(&self.program).chain(&self.args).map(|word| quoted(word)).collect::<Vec<_>>().join(" ")
    }
}

/// What an image may reach while it is built or run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Network {
    /// What the engine gives it by itself.
    #[default]
    Default,
    /// Nothing.
    None,
    /// What this machine reaches.
    Host,
}

impl Network {
    /// The engine's word for it, if one must be said.
    pub(super) fn word(self) -> Option<&'static str> {
        match self {
            Self::Default => None,
            Self::None => Some("none"),
            Self::Host => Some("host"),
        }
    }
}

/// An engine that was found and works.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Engine {
    /// Which.
    pub kind: EngineKind,
    /// The program.
    pub program: Utf8PathBuf,
    /// Whether commands can be run in namespaces of their own, so that a killed one leaves neither processes nor mounts.
    pub contained: bool,
    /// How buildah isolates what it runs; only said where the environment does not.
    pub isolation: Option<&'static str>,
    /// Where the engine keeps what is under way, if it is known: shared by all who share its containers.
    pub run_root: Option<Utf8PathBuf>,
}

impl Engine {
    /// The engine's program with these arguments.
    pub(super) fn command<Word: Into<String>>(&self, args: impl IntoIterator<Item = Word>) -> Invocation {
        let program = std::iter::once(self.program.to_string());
        self.contain(program.chain(args.into_iter().map(Into::into)).collect(), Network::Default)
    }

    /// These words, in namespaces of their own where the engine works itself rather than its daemon. Buildah's `chroot`
    /// isolation leaves the network as it is; there it is taken away with the rest.
    pub(super) fn contain(&self, words: Vec<String>, network: Network) -> Invocation {
        let mut all: Vec<String> = Vec::new();
        if self.has_namespaces() {
            all.extend(NAMESPACES.map(str::to_owned));
            if network == Network::None {
                all.push("--net".to_owned());
            }
        }
        all.extend(words);
        let program = all.remove(0);
        let env = match self.kind {
            EngineKind::Docker => vec![("DOCKER_BUILDKIT".to_owned(), "1".to_owned())],
            _ => Vec::new(),
        };
        Invocation { program, args: all, env }
    }

    fn has_namespaces(&self) -> bool {
        self.kind == EngineKind::Buildah && self.contained
    }

    /// The word for a network that the engine itself must give.
    pub(super) fn network_flag(&self, network: Network) -> Option<&'static str> {
        network.word().filter(|_| !(self.has_namespaces() && network == Network::None))
    }

    /// Fetches an image. `insecure`: from a registry on this machine that speaks plain HTTP.
    pub fn pull(&self, image: &str, platform: Option<&str>, insecure: bool) -> Invocation {
        let mut args = vec!["pull".to_owned()];
        if insecure && self.kind != EngineKind::Docker {
            args.push("--tls-verify=false".to_owned());
        }
        args.extend(platform.map(|platform| format!("--platform={platform}")));
        args.push(image.to_owned());
        self.command(args)
    }

    /// Says all that is known of an image; fails if it is not there. See [`super::ImageFacts::read`].
    pub fn inspect(&self, image: &str) -> Invocation {
        match self.kind {
            EngineKind::Buildah => self.command(["inspect", "--type", "image", image]),
            EngineKind::Podman | EngineKind::Docker => self.command(["image", "inspect", image]),
        }
    }

    /// Gives an image another name.
    pub fn tag(&self, image: &str, name: &str) -> Invocation {
        self.command(["tag", image, name])
    }

    /// Takes in an image from an archive. See [`loaded`].
    pub fn load(&self, archive: &Utf8Path) -> Invocation {
        self.command(["load", "--input", archive.as_str()])
    }

    /// Takes a name of an image away, and the image if it has no other.
    pub fn remove_image(&self, image: &str) -> Invocation {
        self.command(["rmi", image])
    }

    /// Removes containers, running or not.
    pub fn remove_containers(&self, names: &[String]) -> Invocation {
        let verb: &[&str] = match self.kind {
            EngineKind::Buildah => &["rm"],
            EngineKind::Podman | EngineKind::Docker => &["rm", "-f"],
        };
        self.command(verb.iter().copied().chain(names.iter().map(String::as_str)))
    }

    /// The name under which the engine knows an image that was tagged `name`: those without a registry are this
    /// machine's.
    pub fn known_as(&self, name: &str) -> String {
        let first = name.split('/').next().unwrap_or_default();
        let has_host = name.contains('/') && (first.contains(['.', ':']) || first == "localhost");
        match self.kind {
            EngineKind::Buildah | EngineKind::Podman if !has_host => format!("localhost/{name}"),
            _ => name.to_owned(),
        }
    }
}

/// The image that an engine says to have taken in: its name, or its identity if the archive gives it none.
pub fn loaded(said: &[u8]) -> Option<String> {
    let said = String::from_utf8_lossy(said);
    let after = |line: &str| {
        ["Loaded image: ", "Loaded image ID: "].iter().find_map(|words| line.strip_prefix(words)).map(str::to_owned)
    };
    said.lines().find_map(|line| after(line.trim()))
}

/// A word as a shell reads it back.
pub(super) fn quoted(word: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_-./:=,@%+".contains(&byte);
    if !word.is_empty() && word.bytes().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

/// A file with variables as a shell reads it: each is exported.
pub fn variables_script(variables: &[(String, String)]) -> String {
    variables.iter().fold(String::new(), |mut script, (name, value)| {
        let _ = writeln!(script, "export {name}={}", quoted(value));
        script
    })
}

/// A volume as all engines write it.
pub(super) fn volume(source: &Utf8Path, target: &str, writable: bool) -> String {
    let mode = if writable { "rw" } else { "ro" };
    format!("{source}:{target}:{mode}")
}
