//! The installation of a connector's dependencies as instructions, for an engine that reads no Containerfile.

use super::containerfile::{BESIDE, CODE, INSTALLING, REPOSITORY, Recipe};
use super::{Instruction, Mount, MountContent, Packaging};

/// What a builder does to install a connector's dependencies, and what is to be taken from it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Installation {
    /// What it does, on top of the hooked base image; nothing if there is nothing to install.
    pub instructions: Vec<Instruction>,
    /// The directories that the connector's image gets from it.
    pub taken: Vec<String>,
}

impl Recipe<'_> {
    /// The same installation that [`Self::containerfile`] writes, without wheels and variables.
    pub fn installation_as_instructions(&self) -> Installation {
        let Some(command) = self.installation() else { return Installation::default() };
        let local = !self.sources.local.is_empty();
        let directory = if local { format!("{REPOSITORY}/{}", self.home) } else { CODE.to_owned() };
        let mut instructions = vec![Instruction::User { name: "root".to_owned() }];
        instructions.extend(
            INSTALLING
                .split(' ')
                .filter_map(|word| word.split_once('='))
                .map(|(name, value)| Instruction::Env { name: name.to_owned(), value: value.to_owned() }),
        );
        for project in &self.sources.local {
            instructions.push(copy_directory(project.as_str(), &format!("{REPOSITORY}/{project}")));
        }
        instructions.push(Instruction::Workdir { path: directory.clone() });
        match self.sources.packaging {
            Packaging::Backend => instructions.push(copy_directory(self.home.as_str(), &directory)),
            Packaging::Listed(_) => {}
            _ => instructions.extend(self.sources.descriptions.iter().map(|name| Instruction::CopyFile {
                source: format!("{}/{name}", self.home),
                path: format!("{directory}/{name}"),
                permissions: None,
                owner: None,
            })),
        }
        let caches = ["pip", "poetry"].map(|cache| Mount {
            path: format!("{BESIDE}/{cache}"),
            content: MountContent::Cache { key: format!("cutover-{cache}") },
        });
        instructions.push(Instruction::Exec { args: command, mounts: caches.to_vec() });
        let mut taken = vec!["/usr/local".to_owned()];
        taken.extend(local.then(|| REPOSITORY.to_owned()));
        Installation { instructions, taken }
    }
}

fn copy_directory(source: &str, path: &str) -> Instruction {
    let (source, path) = (source.to_owned(), path.to_owned());
    Instruction::CopyDirectory { source, path, include: Vec::new(), exclude: Vec::new(), owner: None }
}
