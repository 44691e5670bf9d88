//! The verdicts on single instructions, but for what `RUN` and `COPY` do.

use parse_dockerfile::{
    Command, EntrypointInstruction, ExposeInstruction, FromInstruction, Instruction, LabelInstruction, RunInstruction,
    UserInstruction, WorkdirInstruction,
};

use super::facts::{absolute, main_file};
use super::walk::{Outcome, State, Walk, superfluous};
use super::{Call, Phase, QuestionKind};
use crate::edit::dockerfile::logical::characters;
use crate::edit::dockerfile::stages::Role;
use crate::edit::dockerfile::target::{CODE_DIRECTORY, Origin, Pythons};
use crate::edit::dockerfile::words::pairs;
use crate::edit::dockerfile::{DockerfileError, line_number, shell};

/// Labels that the build process sets.
const BUILD_LABELS: [&str; 2] = ["io.airbyte.version", "io.airbyte.name"];

impl Walk<'_> {
    /// Gives the verdict, or for a `RUN` the verdicts, on the next instruction.
    pub(super) fn instruction(&mut self, instruction: &Instruction<'_>) -> Result<(), DockerfileError> {
        if let Instruction::From(from) = instruction {
            self.from(from);
            return Ok(());
        }
        if self.role() == Role::Unused {
            let at = keyword(instruction);
            let text = self.statement(at);
            self.settle(at, text, &[], superfluous("nothing of this stage comes into the image"));
            return Ok(());
        }
        match instruction {
            Instruction::Run(run) => self.run(run),
            Instruction::Copy(copy) => self.copy(copy),
            Instruction::Add(add) => self.add(add),
            Instruction::Env(env) => self.env(env)?,
            Instruction::Arg(arg) => self.arg(arg),
            Instruction::Label(label) => self.label(label)?,
            Instruction::Workdir(workdir) => self.workdir_to(workdir),
            Instruction::User(user) => self.user(user),
            Instruction::Entrypoint(entrypoint) => self.entrypoint(entrypoint),
            Instruction::Expose(expose) => self.expose(expose),
            other => self.rare(other),
        }
        Ok(())
    }

    fn from(&mut self, from: &FromInstruction<'_>) {
        let at = from.from.span.start;
        let text = self.statement(at);
        let stage = self.states.len();
        let parent = self.facts.stages.all[stage].parent;
        let variables = self.globals.variables.clone();
        let state = parent.map_or_else(
            || State { workdir: "/".to_owned(), variables, ..State::default() },
            |parent| self.states[parent].clone(),
        );
        self.states.push(state);
        for flag in &from.options {
            if flag.name.value.eq_ignore_ascii_case("platform") {
                let value = flag.value.as_ref().map_or("", |value| value.value.as_ref());
                self.warn(at, &format!("the platform {value} is the build process's choice now"));
            } else {
                let words = format!("the option --{} is not understood", flag.name.value);
                return self.settle(at, text, &[], Outcome::Asked(QuestionKind::Base, words, None));
            }
        }
        let outcome = if self.role() == Role::Unused {
            superfluous("nothing of this stage comes into the image")
        } else if parent.is_some() {
            superfluous("it goes on with an earlier stage")
        } else {
            self.origin_of(&self.facts.stages.all[stage].image)
        };
        self.settle(at, text, &[], outcome);
    }

    fn origin_of(&self, image: &str) -> Outcome {
        let Some(origin) = Origin::of_image(image) else {
            let words = format!("what the image {image} brings is not known");
            return Outcome::Asked(QuestionKind::Base, words, None);
        };
        let python = origin.python.as_deref();
        if self.target.pythons.accept(python) {
            return superfluous("the base image comes in its place");
        }
        let has =
            python.map_or("its tag does not say which Python it has".to_owned(), |it| format!("it has Python {it}"));
        let (kind, words) = match &self.target.pythons {
            Pythons::These(accepted) => {
                (QuestionKind::Python, format!("{has}, and the base image is for {}", accepted.join(", ")))
            }
            _ => (QuestionKind::PythonUnsaid, format!("{has}, and nobody has said whether that can go")),
        };
        Outcome::Asked(kind, words, None)
    }

    fn run(&mut self, run: &RunInstruction<'_>) {
        let at = run.run.span.start;
        let text = self.statement(at);
        let is_cache = |value: &str| value.split(',').any(|part| part == "type=cache");
        for flag in &run.options {
            let value = flag.value.as_ref().map_or("", |value| value.value.as_ref());
            if !(flag.name.value.eq_ignore_ascii_case("mount") && is_cache(value)) {
                let words = format!("the option --{} is not understood", flag.name.value);
                return self.settle(at, text, &[], Outcome::Asked(QuestionKind::Command, words, None));
            }
        }
        if !run.here_docs.is_empty() {
            let words = "its script stands in a here-document".to_owned();
            return self.settle(at, text, &[], Outcome::Asked(QuestionKind::Command, words, None));
        }
        let script = match &run.arguments {
            Command::Exec(words) => {
                let words: Vec<&str> = words.value.iter().map(|word| word.value.as_ref()).collect();
                shell::Script { commands: vec![shell::exec(at, &words)], comment: None }
            }
            Command::Shell(script) => shell::parse(&characters(self.text, script.span.start, self.facts.escape)),
            _ => shell::Script::default(),
        };
        if script.commands.is_empty() && script.comment.is_none() {
            let words = "there is nothing to run".to_owned();
            return self.settle(at, text, &[], Outcome::Asked(QuestionKind::Command, words, None));
        }
        for command in &script.commands {
            let outcome = self.command(command);
            let phase = self.phase_of(command);
            self.settle_in(phase, command.at, format!("RUN {}", command.text), &[], outcome);
            self.note_installation(command);
        }
        if let Some(comment) = script.comment {
            self.warn(comment.at, "what follows the # is a comment to the shell, and was never run");
            self.settle(comment.at, format!("RUN {}", comment.text), &[], superfluous("it is a comment"));
        }
    }

    fn label(&mut self, label: &LabelInstruction<'_>) -> Result<(), DockerfileError> {
        let at = label.label.span.start;
        let text = self.statement(at);
        let line = line_number(self.text, at);
        let found = pairs(self.text, label.arguments.span.clone(), self.facts.escape)
            .map_err(|word| DockerfileError::Pair { line, instruction: "LABEL", word })?;
        for pair in found {
            let outcome = if BUILD_LABELS.contains(&pair.key.as_str()) {
                superfluous("the build process sets it")
            } else if self.in_builder() {
                superfluous("it is for the builder stage only")
            } else {
                match if pair.variable { self.expanded(&pair.value) } else { Some(pair.value) } {
                    Some(value) => Outcome::Carried(vec![Call::Label { name: pair.key.clone(), value }]),
                    None => asked(QuestionKind::Instruction, "its value takes a variable that is not known"),
                }
            };
            self.settle_in(Phase::After, pair.value_range.start, text.clone(), &[&pair.key], outcome);
        }
        Ok(())
    }

    fn workdir_to(&mut self, instruction: &WorkdirInstruction<'_>) {
        let at = instruction.workdir.span.start;
        let text = self.statement(at);
        let Some(written) = self.expanded(&instruction.arguments.value) else {
            let outcome = asked(QuestionKind::Instruction, "it takes a variable that is not known");
            return self.settle(at, text, &[], outcome);
        };
        let to = absolute(self.workdir(), &written);
        self.state().workdir.clone_from(&to);
        let outcome = if to.contains(char::is_whitespace) {
            asked(QuestionKind::Instruction, "a directory with a blank in its name may be a slip")
        } else if self.in_builder() {
            superfluous("it is for the builder stage only")
        } else if to != self.facts.home {
            self.is_elsewhere = true;
            Outcome::Carried(vec![Call::Workdir(to)])
        } else if to != CODE_DIRECTORY && self.is_mentioned(&to) {
            let words = format!("the connector's code names {to}, and the build process puts it into {CODE_DIRECTORY}");
            Outcome::Asked(QuestionKind::Copy, words, None)
        } else if self.is_elsewhere {
            self.is_elsewhere = false;
            Outcome::Carried(vec![Call::Workdir(CODE_DIRECTORY.to_owned())])
        } else {
            superfluous(format!("the build process puts the code into {CODE_DIRECTORY}"))
        };
        self.settle(at, text, &[], outcome);
    }

    fn user(&mut self, user: &UserInstruction<'_>) {
        let at = user.user.span.start;
        let text = self.statement(at);
        let outcome = if self.in_builder() {
            superfluous("it is for the builder stage only")
        } else {
            match self.expanded(&user.arguments.value) {
                Some(name) if name == "root" && !self.is_installed => superfluous("it is the user already"),
                // What comes behind it runs as this user, which must not be who installs the connector.
                Some(name) => {
                    self.is_installed = true;
                    Outcome::Carried(vec![Call::User(name)])
                }
                None => asked(QuestionKind::Instruction, "it takes a variable that is not known"),
            }
        };
        self.settle(at, text, &[], outcome);
    }

    fn entrypoint(&mut self, entrypoint: &EntrypointInstruction<'_>) {
        let at = entrypoint.entrypoint.span.start;
        let text = self.statement(at);
        if self.in_builder() {
            return self.settle(at, text, &[], superfluous("it is for the builder stage only"));
        }
        let Command::Exec(words) = &entrypoint.arguments else {
            let outcome = asked(QuestionKind::Entrypoint, "in this form it takes no arguments");
            return self.settle(at, text, &[], outcome);
        };
        let words: Vec<&str> = words.value.iter().map(|word| word.value.as_ref()).collect();
        let main = main_file(&words).map(|main| absolute(self.workdir(), main));
        let outcome = if main != Some(absolute(&self.facts.home, &self.facts.main)) {
            let calls = vec![Call::Entrypoint(words.iter().map(|word| self.moved(word)).collect())];
            let words = format!("the build process starts `python {CODE_DIRECTORY}/main.py`");
            Outcome::Asked(QuestionKind::Entrypoint, words, Some(calls))
        } else if self.facts.main == "main.py" {
            superfluous("the build process sets it")
        } else {
            Outcome::Carried(vec![Call::MainFile(self.facts.main.clone())])
        };
        self.settle(at, text, &[], outcome);
    }

    fn expose(&mut self, expose: &ExposeInstruction<'_>) {
        let at = expose.expose.span.start;
        let text = self.statement(at);
        let port = |word: &str| word.strip_suffix("/tcp").unwrap_or(word).parse().ok().map(Call::Port);
        let ports: Option<Vec<Call>> = expose.arguments.iter().map(|word| port(&word.value)).collect();
        let outcome = match ports {
            _ if self.in_builder() => superfluous("it is for the builder stage only"),
            Some(calls) => Outcome::Carried(calls),
            None => asked(QuestionKind::Instruction, "a hook announces single TCP ports only"),
        };
        self.settle_in(Phase::After, at, text, &[], outcome);
    }

    /// The instructions that connectors hardly ever have.
    fn rare(&mut self, instruction: &Instruction<'_>) {
        let at = keyword(instruction);
        let text = self.statement(at);
        let outcome = match instruction {
            // What a shell or a trigger does in the builder stage changes what is built.
            Instruction::Shell(_) => asked(QuestionKind::Instruction, "it changes what every RUN behind it means"),
            Instruction::Onbuild(_) => asked(QuestionKind::Instruction, "no hook can express it"),
            _ if self.in_builder() => superfluous("it is for the builder stage only"),
            Instruction::Maintainer(_) => superfluous("who maintains a connector stands in the repository"),
            Instruction::Cmd(cmd) => match &cmd.arguments {
                Command::Exec(words) => {
                    let words = words.value.iter().map(|word| word.value.to_string()).collect();
                    Outcome::Carried(vec![Call::DefaultArguments(words)])
                }
                _ => asked(QuestionKind::Entrypoint, "in this form it starts a shell"),
            },
            _ => asked(QuestionKind::Instruction, "no hook can express it"),
        };
        self.settle_in(Phase::After, at, text, &[], outcome);
    }
}

pub(super) fn asked(kind: QuestionKind, words: &str) -> Outcome {
    Outcome::Asked(kind, words.to_owned(), None)
}

/// Where an instruction begins.
fn keyword(instruction: &Instruction<'_>) -> usize {
    match instruction {
        Instruction::Add(it) => it.add.span.start,
        Instruction::Arg(it) => it.arg.span.start,
        Instruction::Cmd(it) => it.cmd.span.start,
        Instruction::Copy(it) => it.copy.span.start,
        Instruction::Entrypoint(it) => it.entrypoint.span.start,
        Instruction::Env(it) => it.env.span.start,
        Instruction::Expose(it) => it.expose.span.start,
        Instruction::From(it) => it.from.span.start,
        Instruction::Healthcheck(it) => it.healthcheck.span.start,
        Instruction::Label(it) => it.label.span.start,
        Instruction::Maintainer(it) => it.maintainer.span.start,
        Instruction::Onbuild(it) => it.onbuild.span.start,
        Instruction::Run(it) => it.run.span.start,
        Instruction::Shell(it) => it.shell.span.start,
        Instruction::Stopsignal(it) => it.stopsignal.span.start,
        Instruction::User(it) => it.user.span.start,
        Instruction::Volume(it) => it.volume.span.start,
        Instruction::Workdir(it) => it.workdir.span.start,
        _ => 0,
    }
}
