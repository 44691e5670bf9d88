//! Acceptance tests: by a command of the author's own, or in an image of their own.

use camino::Utf8Path;

use crate::action::ExecuteError;
use crate::container::{EngineKind, Volume};
use crate::process::Status;

use super::contained::{Contained, Container, run_container, user};
use super::image;
use super::installer::Call;
use super::pytest;
use super::run::Job;
use super::suite::{Suite, SuiteVerdict};
use super::{bench::Bench, junit_in_scratch};

/// Where the image of acceptance tests looks for the connector, and where it leaves its results.
const INPUT: &str = "/test_input";
const RESULTS: &str = "/cutover/scratch";

/// How a daemon is reached by what tests connectors' images.
const SOCKET: &str = "/var/run/docker.sock";

impl Job<'_> {
    /// Runs the author's command on the bench.
    pub(super) async fn acceptance_command(&self, bench: &Bench) -> Result<SuiteVerdict, ExecuteError> {
        let suite = Suite::Acceptance;
        let [program, args @ ..] = self.request.acceptance_command.as_slice() else {
            return Ok(SuiteVerdict::Skipped("no command".to_owned()));
        };
        let exit = self.run_on(bench, suite, Call::new(program, args.iter().cloned())).await?;
        let report = self.report(suite)?;
        Ok(pytest::verdict_of_command(&exit, report.as_ref(), program))
    }

    /// Runs the image of acceptance tests, as their own script runs it: the connector's directory is its input.
    pub(super) async fn acceptance_image(&self) -> Result<SuiteVerdict, ExecuteError> {
        let suite = Suite::Acceptance;
        let Some(name) = self.request.acceptance_image.as_deref() else {
            return Ok(SuiteVerdict::Skipped("no image of acceptance tests".to_owned()));
        };
        let found = image::find_or_fetch(self.executing, self.request.engine, name).await?;
        let volume = |source: &Utf8Path, target: &str| Volume {
            source: source.to_owned(),
            target: target.to_owned(),
            writable: true,
        };
        let mut volumes = vec![volume(self.executing.directory(), INPUT), volume(self.executing.scratch(), RESULTS)];
        let kind = found.working.engine.kind;
        if kind == EngineKind::Docker && Utf8Path::new(SOCKET).exists() {
            volumes.push(volume(SOCKET.into(), SOCKET));
        }
        let mut args = found.facts.entrypoint.clone();
        let junit = junit_in_scratch(RESULTS.into(), suite);
        args.extend(["--acceptance-test-config".to_owned(), INPUT.to_owned(), format!("--junitxml={junit}")]);
        let user = user(kind);
        let container = Container { image: &found.facts.id, args, volumes: &volumes, user: &user };
        let call = Call::new(name, Vec::<String>::new());
        let job = Contained {
            heading: "acceptance tests",
            call: &call,
            env: self.executing.env,
            workdir: INPUT,
            redactor: &self.redactor,
            timeout: Some(self.timeout()),
        };
        let mut exit = run_container(self.executing, &found.working, &container, &job, None).await?;
        if matches!(exit.status, Status::TimedOut(_)) {
            exit.tail = self.hanging().unwrap_or(exit.tail);
        }
        let report = self.report(suite)?;
        Ok(pytest::verdict_of_command(&exit, report.as_ref(), name))
    }
}
