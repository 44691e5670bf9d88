//! Instructions as lines of a Containerfile.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::containerfile::{FILES, SIDE, Side, SideContent};
use super::error::RecipeError;
use super::quote;
use super::{Instruction, Mount, MountContent};

/// A Containerfile that is being written.
#[derive(Default)]
pub(super) struct Lines {
    pub(super) text: String,
    pub(super) side: Vec<Side>,
    /// Variables that the finished image must not have.
    pub(super) unset: BTreeSet<String>,
    /// The labels that were set here.
    pub(super) labels: BTreeSet<String>,
    /// As whom commands run at this place; `None` is root.
    pub(super) user: Option<String>,
}

impl Lines {
    pub(super) fn line(&mut self, line: &str) {
        self.text.push_str(line);
        self.text.push('\n');
    }

    pub(super) fn all(&mut self, instructions: &[Instruction]) -> Result<(), RecipeError> {
        instructions.iter().try_for_each(|instruction| self.instruction(instruction))
    }

    fn instruction(&mut self, instruction: &Instruction) -> Result<(), RecipeError> {
        match instruction {
            Instruction::Exec { args, mounts } => self.exec(args, mounts)?,
            Instruction::Env { name, value } => {
                self.unset.remove(name);
                let (name, value) = (quote::name("the variable", name)?, quote::value("the variable", value)?);
                self.line(&format!("ENV {name}={value}"));
            }
            Instruction::UnsetEnv { name } => {
                self.line(&format!("ENV {}=\"\"", quote::name("the variable", name)?));
                self.unset.insert(name.clone());
            }
            Instruction::Label { name, value } => {
                self.labels.insert(name.clone());
                let (name, value) = (quote::value("the label", name)?, quote::value("the label", value)?);
                self.line(&format!("LABEL {name}={value}"));
            }
            Instruction::UnsetLabel { name } => {
                if !self.labels.contains(name) {
                    return Err(RecipeError::Label { name: name.clone() });
                }
                self.line(&format!("LABEL {}=\"\"", quote::value("the label", name)?));
            }
            Instruction::User { name } => {
                self.user = (!is_root(name)).then(|| name.clone());
                self.line(&format!("USER {}", quote::word("the user", name)?));
            }
            Instruction::Workdir { path } => self.line(&format!("WORKDIR {}", quote::word("the directory", path)?)),
            Instruction::Entrypoint { args } => {
                self.line(&format!("ENTRYPOINT {}", quote::list(args)));
                // Podman and buildah keep the old arguments where Docker drops them.
                self.line("CMD []");
            }
            Instruction::DefaultArgs { args } => self.line(&format!("CMD {}", quote::list(args))),
            Instruction::ExposedPort { port, protocol } => self.line(&format!("EXPOSE {port}/{}", protocol.as_str())),
            files => self.files(files)?,
        }
        Ok(())
    }

    /// What puts files into the image. They come from beside the context, where each has a place of its own: so neither
    /// patterns nor variables in their names mean anything.
    fn files(&mut self, instruction: &Instruction) -> Result<(), RecipeError> {
        match instruction {
            Instruction::NewFile { path, contents, permissions, owner } => {
                let content =
                    SideContent::Text { contents: contents.clone(), permissions: permissions.unwrap_or(0o644) };
                let place = self.beside("file", content);
                self.copy(&place, path, *permissions, owner.as_deref())
            }
            Instruction::CopyFile { source, path, permissions, owner } => {
                let place = self.beside("file", SideContent::File { source: source.clone() });
                self.copy(&place, path, *permissions, owner.as_deref())
            }
            Instruction::CopyDirectory { source, path, include, exclude, owner } => {
                let (source, include, exclude) = (source.clone(), include.clone(), exclude.clone());
                let place = self.beside("", SideContent::Tree { source, include, exclude });
                let path = format!("{}/", path.trim_end_matches('/'));
                self.copy(&place, &path, None, owner.as_deref())
            }
            Instruction::NewDirectory { path, permissions, owner } => {
                let mut args = vec!["install".to_owned(), "-d".to_owned()];
                args.extend(["-m".to_owned(), format!("{:04o}", permissions.unwrap_or(0o755))]);
                let owner = owner.as_deref().map(|owner| owner.split_once(':').unwrap_or((owner, "")));
                let (user, group) = owner.unwrap_or_default();
                for (flag, name) in [("-o", user), ("-g", group)] {
                    if !name.is_empty() {
                        args.extend([flag.to_owned(), name.to_owned()]);
                    }
                }
                args.push(path.clone());
                self.as_root(&format!("RUN {}", quote::list(&args)))
            }
            _ => unreachable!("the other instructions put no files into the image"),
        }
    }

    fn exec(&mut self, args: &[String], mounts: &[Mount]) -> Result<(), RecipeError> {
        let mut line = "RUN".to_owned();
        for mount in mounts {
            line.push_str(&mounted(mount)?);
        }
        self.line(&format!("{line} {}", quote::list(args)));
        Ok(())
    }

    /// A place beside the context for this content. Files keep their own name out of it.
    fn beside(&mut self, name: &str, content: SideContent) -> String {
        let place = format!("{}/{name}", self.side.len());
        self.side.push(Side { place: place.trim_end_matches('/').to_owned(), content });
        place
    }

    fn copy(
        &mut self,
        place: &str,
        path: &str,
        permissions: Option<u32>,
        owner: Option<&str>,
    ) -> Result<(), RecipeError> {
        let mut line = format!("COPY --from={SIDE}");
        if let Some(permissions) = permissions {
            let _ = write!(line, " --chmod={permissions:04o}");
        }
        if let Some(owner) = owner {
            let _ = write!(line, " --chown={}", quote::part("the owner", owner)?);
        }
        self.line(&format!("{line} {}", quote::paths(&[place, path])));
        Ok(())
    }

    /// A line that root carries out.
    pub(super) fn as_root(&mut self, line: &str) -> Result<(), RecipeError> {
        let Some(user) = self.user.clone() else {
            self.line(line);
            return Ok(());
        };
        self.line("USER root");
        self.line(line);
        self.line(&format!("USER {}", quote::word("the user", &user)?));
        Ok(())
    }
}

/// Whether a user, with or without a group, is root.
pub(super) fn is_root(name: &str) -> bool {
    matches!(name.split(':').next(), Some("" | "0" | "root"))
}

/// A mount as a flag of `RUN`.
pub(super) fn mounted(mount: &Mount) -> Result<String, RecipeError> {
    let path = quote::part("the mount", &mount.path)?;
    let from = match &mount.content {
        MountContent::Cache { key } => format!("type=cache,id={}", quote::part("the cache", key)?),
        MountContent::Temp => "type=tmpfs".to_owned(),
        MountContent::File { source } | MountContent::Directory { source } => {
            let source = quote::part("the mounted path", source)?;
            format!("type=bind,from={FILES},source=/{source},rw")
        }
    };
    Ok(format!(" --mount={from},target={path}"))
}
