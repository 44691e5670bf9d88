//! The stages of a Dockerfile: which of them make the image, which only give something to it, which are for nothing.

use std::collections::BTreeMap;

use parse_dockerfile::{Dockerfile, Instruction};

/// What a stage is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// The final stage, or one that it starts from.
    Image,
    /// One that files are copied out of.
    Builder,
    /// One that nothing of the image comes from.
    Unused,
}

/// One stage.
#[derive(Debug)]
pub(super) struct Stage {
    /// What it is for.
    pub(super) role: Role,
    /// The image that it, or the stage that it starts from, is made from.
    pub(super) image: String,
    /// The stage that it starts from.
    pub(super) parent: Option<usize>,
    name: Option<String>,
}

/// The stages, and which instruction belongs to which.
#[derive(Debug)]
pub(super) struct Stages {
    /// In order.
    pub(super) all: Vec<Stage>,
}

impl Stages {
    /// The stages of a file; `expanded` puts the values of build arguments in.
    pub(super) fn of(file: &Dockerfile<'_>, expanded: impl Fn(&str) -> String) -> Self {
        let mut stages = Self { all: Vec::new() };
        let mut copies: BTreeMap<usize, Vec<String>> = BTreeMap::new();
        for instruction in &file.instructions {
            match instruction {
                Instruction::From(from) => {
                    let image = expanded(&from.image.value);
                    let parent = stages.named(&image);
                    let image = parent.map_or(image, |parent| stages.all[parent].image.clone());
                    let name = from.as_.as_ref().map(|(_, name)| name.value.to_string());
                    stages.all.push(Stage { role: Role::Unused, image, parent, name });
                }
                Instruction::Copy(copy) => {
                    let from = copy.options.iter().find(|flag| flag.name.value.eq_ignore_ascii_case("from"));
                    if let Some(value) = from.and_then(|flag| flag.value.as_ref()) {
                        let at = stages.all.len().saturating_sub(1);
                        copies.entry(at).or_default().push(expanded(&value.value));
                    }
                }
                _ => {}
            }
        }
        if let Some(last) = stages.all.len().checked_sub(1) {
            stages.mark(last, Role::Image, &copies);
        }
        stages
    }

    fn mark(&mut self, stage: usize, role: Role, copies: &BTreeMap<usize, Vec<String>>) {
        if self.all[stage].role == Role::Image || self.all[stage].role == role {
            return;
        }
        self.all[stage].role = role;
        if let Some(parent) = self.all[stage].parent {
            self.mark(parent, role, copies);
        }
        for from in copies.get(&stage).into_iter().flatten() {
            if let Some(source) = self.source(from).filter(|source| *source < stage) {
                self.mark(source, Role::Builder, copies);
            }
        }
    }

    /// The latest stage with this name.
    fn named(&self, name: &str) -> Option<usize> {
        self.all.iter().rposition(|stage| stage.name.as_ref().is_some_and(|own| own.eq_ignore_ascii_case(name)))
    }

    /// The stage that `COPY --from=` means, by name or number; any other is an image.
    pub(super) fn source(&self, from: &str) -> Option<usize> {
        self.named(from).or_else(|| from.parse().ok().filter(|number| *number < self.all.len()))
    }
}
