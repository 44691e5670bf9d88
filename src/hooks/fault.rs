//! What can be wrong with hooks, each with the place in them and with what to do.

use std::fmt;

use serde::Deserialize;

use super::FILE;

/// What was being done when a fault showed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stage {
    /// Reading the file as Python and running what stands outside of functions.
    Import,
    /// `pre_connector_install`.
    Pre,
    /// `post_connector_install`.
    Post,
}

impl Stage {
    /// The hook's name, as the file spells it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Import => "the file",
            Self::Pre => "pre_connector_install",
            Self::Post => "post_connector_install",
        }
    }
}

/// Where in the hooks.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Place {
    /// What was being done.
    pub stage: Stage,
    /// The line of `build_customization.py`, counted from 1, if one is known.
    pub line: Option<u32>,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "{FILE}:{line}: "),
            None => write!(f, "{FILE}: "),
        }?;
        match self.stage {
            Stage::Import => Ok(()),
            stage => write!(f, "{}: ", stage.as_str()),
        }
    }
}

/// What is wrong with the hooks. The text reads on after a [`Place`].
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, thiserror::Error)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Fault {
    /// It is not Python, or not that of this interpreter.
    #[error("Python {python} cannot read it: {message}")]
    Syntax {
        /// What Python says.
        message: String,
        /// The version of the interpreter.
        python: String,
    },
    /// It cannot be read at all.
    #[error("it cannot be read: {message}")]
    Unreadable {
        /// What the operating system or Python says.
        message: String,
    },
    /// It imports a module that is not there.
    #[error("it imports `{module}`, which is not there")]
    Import {
        /// The module.
        module: String,
        /// Whether a file of that name lies beside the hooks.
        beside: bool,
        /// The interpreter.
        python: String,
    },
    /// It raised an exception.
    #[error("it raised {exception}{}", after_colon(.message))]
    Raised {
        /// The name of its type.
        exception: String,
        /// What it says; often empty.
        message: String,
    },
    /// The interpreter is too old.
    #[error("it needs Python 3.8 or newer, and this is Python {version}")]
    OldPython {
        /// The version of the interpreter.
        version: String,
    },
    /// This machine is in the way.
    #[error("{message}")]
    Machine {
        /// What is wrong.
        message: String,
    },
    /// It ended its process.
    #[error("it ends the process with sys.exit({code})")]
    Exited {
        /// What `sys.exit` was given.
        code: String,
    },
    /// It ran longer than it may.
    #[error("it does not end: it was still there after {seconds} s")]
    Hung {
        /// How long it was given.
        seconds: u64,
    },
    /// It needs more memory than it may have.
    #[error("it needs more than {mebibytes} MiB of memory")]
    Memory {
        /// How much it was given.
        mebibytes: u64,
    },
    /// It asked for the network.
    #[error("it asks for the network ({asked}), which hooks do not have while they are recorded")]
    Network {
        /// What it asked for.
        asked: String,
    },
    /// What has the name of a hook is no function.
    #[error("it is {found}, not a function")]
    NotFunction {
        /// What it is.
        found: String,
    },
    /// It does not take the container as its one argument.
    #[error("it takes {parameters}, not just the container")]
    Signature {
        /// Its parameters.
        parameters: String,
    },
    /// It returned nothing.
    #[error("it returns nothing, so what it did to the container is lost")]
    ReturnsNothing,
    /// It returned something else than a container.
    #[error("it returns {found}, not the container")]
    ReturnsOther {
        /// What it returned.
        found: String,
    },
    /// It returned what has yet to be awaited.
    #[error("it returns a coroutine that nobody awaits")]
    Unawaited,
    /// `MAIN_FILE_NAME` is not the name of a file of the connector.
    #[error("MAIN_FILE_NAME is {found}, {why}")]
    MainFile {
        /// What it is.
        found: String,
        /// What is wrong with it.
        why: String,
    },
    /// There is no such thing in dagger's SDK, as far as the recorder knows it.
    #[error("{} has no `{name}`", owner(.class))]
    Unknown {
        /// The class, or `module`.
        class: String,
        /// What was asked for.
        name: String,
        /// What was probably meant.
        near: Option<String>,
    },
    /// A method was given what it does not take.
    #[error("{call}: {message}")]
    Argument {
        /// The class and the method.
        call: String,
        /// What is wrong.
        message: String,
        /// The parameters that it takes.
        takes: Option<String>,
    },
    /// The answer is in a running container or in the files of an image.
    #[error("{call} needs a running engine: {why}")]
    Engine {
        /// The class and the method.
        call: String,
        /// Why.
        why: String,
        /// What to do instead.
        instead: Option<String>,
    },
    /// It cannot be part of how an image is made.
    #[error("{call} cannot be written down for a build: {why}")]
    Refused {
        /// The class and the method.
        call: String,
        /// Why.
        why: String,
        /// What to do instead.
        instead: Option<String>,
    },
    /// It names a file or directory that the build does not have.
    #[error("{call}: {path} {why}")]
    Source {
        /// The class and the method.
        call: String,
        /// As the hook names it.
        path: String,
        /// What is wrong with it.
        why: String,
    },
}

fn after_colon(message: &str) -> String {
    if message.is_empty() { String::new() } else { format!(": {message}") }
}

fn owner(class: &str) -> String {
    if class == "module" { "the module `dagger`".to_owned() } else { format!("dagger's {class}") }
}

/// The way out for what only the real engine can do.
const REAL_ENGINE: &str = "where dagger's own engine is at hand, `engine: dagger` calls the hooks with it";

impl Fault {
    /// What to do now.
    pub fn hint(&self, place: &Place) -> String {
        let hook = place.stage.as_str();
        match self {
            Self::Syntax { .. } => format!("mend the line; `python3 -m py_compile {FILE}` checks it"),
            Self::Unreadable { .. } => format!("make {FILE} a readable text file in UTF-8"),
            Self::Import { module, beside: true, .. } => format!(
                "the reference imports {FILE} by itself, without the connector's directory on the path: move what it \
                 needs of {module}.py into it"
            ),
            Self::Import { module, python, .. } => format!(
                "hooks need Python's own modules and `dagger` only; do without `{module}`, or install it for {python}"
            ),
            Self::Raised { .. } => "the end of the step's log has the traceback; mend the hook".to_owned(),
            Self::OldPython { .. } => "install a newer Python and put it into PATH as `python3`".to_owned(),
            Self::Machine { .. } => "free some space, or check the permissions of the scratch directory".to_owned(),
            Self::Exited { .. } => {
                "return the container in any case, and raise an exception where the build must fail".to_owned()
            }
            Self::Hung { .. } => {
                "a hook says what is to be done and returns at once; leave waiting and downloading to `with_exec`, \
                 which runs in the build"
                    .to_owned()
            }
            Self::Memory { .. } => {
                "leave the work to `with_exec`, which runs in the build; the hook only says what is to be done"
                    .to_owned()
            }
            Self::Network { .. } => {
                "let the build ask, for example `.with_exec([\"curl\", …])`; the hook only says what is to be done"
                    .to_owned()
            }
            Self::NotFunction { .. } => format!("write `async def {hook}(container)`, or rename it"),
            Self::Signature { .. } => format!("write `async def {hook}(container)`"),
            Self::ReturnsNothing => format!(
                "end {hook} with `return`: every `with_…` returns a new container and leaves the old one as it is"
            ),
            Self::ReturnsOther { .. } => format!("let {hook} return the container that the last `with_…` gave"),
            Self::Unawaited => "write `return await …`".to_owned(),
            Self::MainFile { .. } => {
                "set it to a file in the connector's directory, such as `MAIN_FILE_NAME = \"main.py\"`".to_owned()
            }
            Self::Unknown { near: Some(near), .. } => format!("did you mean `{near}`?"),
            Self::Unknown { class, .. } if class == "module" => {
                format!("hooks need the types and the client of dagger's SDK (0.6 to 0.13); {REAL_ENGINE}")
            }
            Self::Unknown { .. } => format!("say it with `with_exec`; {REAL_ENGINE}"),
            Self::Argument { takes: Some(takes), call, .. } => {
                format!("it is {}({takes})", call.rsplit('.').next().unwrap_or(call))
            }
            Self::Argument { .. } => "correct the call".to_owned(),
            Self::Engine { instead, .. } | Self::Refused { instead, .. } => match instead {
                Some(instead) => format!("{instead}; {REAL_ENGINE}"),
                None => REAL_ENGINE.to_owned(),
            },
            Self::Source { .. } => {
                "name a path of the connector's directory, or from the root of the repository; what lies outside of \
                 the connector has to be listed under the step's `paths:`"
                    .to_owned()
            }
        }
    }
}
