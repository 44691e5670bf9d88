//! A connector's tests, from its directory to the verdicts of its suites.

use std::fs;
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};

use crate::action::{ExecuteError, Executed, Executing, disk};
use crate::base::{Redactor, RepoPath, sentence_list};
use crate::event::{Failure, FailureClass};
use crate::junit::{self, JunitError, TestReport};
use crate::process::{Exit, Status};

use super::bench::{Bench, Task};
use super::image as images;
use super::in_image::InImage;
use super::installer::{Call, PackageSources};
use super::layout::Layout;
use super::masking::masking;
use super::outcome::Outcome;
use super::project::Dependencies;
use super::pytest::{self, PytestCall, Target};
use super::secrets::SecretFiles;
use super::suite::{Suite, SuiteVerdict};
use super::venv::{Ingredients, Venv};
use super::{Request, TestPlace, junit_in_scratch};

/// The module of the plugin that runs acceptance tests.
const ACCEPTANCE_MODULE: &str = "connector_acceptance_test";

/// The variable that tells a command of one's own where its results as JUnit are looked for.
const JUNIT_VARIABLE: &str = "CUTOVER_JUNIT";

/// How much of the log is looked through for the test that hangs, in bytes, and how much of it is shown, in lines.
const END_OF_LOG: u64 = 256 << 10;
const LINES: usize = 20;

/// Tests a connector.
pub(in crate::action) async fn test(request: Request, executing: Executing<'_>) -> Result<Executed, ExecuteError> {
    let layout = Layout::of(executing.directory(), &executing.subject.connector.path)?;
    let secrets = SecretFiles::lay_out(request.secrets.as_ref(), executing.env, executing.directory())?;
    let redactor = masking(&executing.bounds.redactor, secrets.values.clone());
    let job = Job { request: &request, executing, layout: &layout, secrets: &secrets, redactor };
    job.forget_results()?;
    job.run().await
}

/// One connector's test.
pub(super) struct Job<'a> {
    pub(super) request: &'a Request,
    pub(super) executing: Executing<'a>,
    layout: &'a Layout,
    secrets: &'a SecretFiles,
    pub(super) redactor: Redactor,
}

impl Job<'_> {
    async fn run(&self) -> Result<Executed, ExecuteError> {
        let mut outcome = Outcome::default();
        let planned: Vec<(Suite, Option<String>)> = Suite::ALL
            .into_iter()
            .filter(|suite| self.request.suites.contains(suite))
            .map(|suite| (suite, self.obstacle(suite, &mut outcome.warnings)))
            .collect();
        let needs_bench =
            |(suite, obstacle): &(Suite, Option<String>)| obstacle.is_none() && !self.has_image_of(*suite);
        let bench = if planned.iter().any(needs_bench) { Some(self.bench().await?) } else { None };
        outcome.python = bench.as_ref().map(|bench| bench.version().to_string());
        for (suite, obstacle) in planned {
            let verdict = match (obstacle, &bench) {
                (Some(reason), _) => SuiteVerdict::Skipped(reason),
                (None, _) if has_failed(&outcome) => SuiteVerdict::Skipped("unit tests fail".to_owned()),
                (None, _) if self.has_image_of(suite) => self.acceptance_image().await?,
                (None, Some(bench)) => self.suite(suite, bench).await?,
                (None, None) => SuiteVerdict::Skipped("nothing to run it in".to_owned()),
            };
            self.executing.note(&format!("{}: {}", suite.name(), verdict.words()));
            outcome.verdicts.push((suite, verdict));
        }
        Ok(outcome.settle()?)
    }

    /// Why a suite is not run, as far as that can be told before anything is installed.
    fn obstacle(&self, suite: Suite, warnings: &mut Vec<String>) -> Option<String> {
        if let Some(reason) = self.layout.absent(suite) {
            return Some(reason);
        }
        if suite == Suite::Unit {
            return None;
        }
        let wanted = self.layout.wanted_secrets(suite);
        let is_there = |name: &String| self.executing.directory().join(name).exists();
        let missing: Vec<&str> = wanted.iter().filter(|name| !is_there(name)).map(String::as_str).collect();
        if !missing.is_empty() {
            if self.secrets.is_empty() {
                return Some("no secrets".to_owned());
            }
            // Whoever gave secrets wants to know that some are missing.
            let missing = sentence_list(&missing);
            warnings.push(format!("{} names {missing}, which is not among the secrets", suite.place()));
            if suite == Suite::Acceptance {
                return Some(format!("no {missing} among the secrets"));
            }
        }
        (suite == Suite::Acceptance && !self.has_acceptance_tests())
            .then(|| "no acceptance tests on this machine; name `acceptance-image` or `acceptance-command`".to_owned())
    }

    /// Whether there is anything that could run acceptance tests.
    fn has_acceptance_tests(&self) -> bool {
        let of_project = || {
            let project = &self.layout.project;
            let toml = project.pyproject.as_ref().map(ToString::to_string);
            let texts = [project.setup_py.clone(), project.requirements_txt.clone(), toml];
            texts.iter().flatten().any(|text| text.replace('_', "-").contains("connector-acceptance-test"))
        };
        !self.request.acceptance_command.is_empty() || self.request.acceptance_image.is_some() || of_project()
    }

    /// Whether a suite has an image of its own, and so needs nothing of the connector's project.
    fn has_image_of(&self, suite: Suite) -> bool {
        suite == Suite::Acceptance
            && self.request.acceptance_image.is_some()
            && self.request.acceptance_command.is_empty()
    }

    async fn bench(&self) -> Result<Bench, ExecuteError> {
        let dependencies = self.dependencies()?;
        let sources = self.sources()?;
        match &self.request.place {
            TestPlace::Venv => {
                let with = Ingredients {
                    python: self.request.python.as_deref(),
                    installer: self.request.installer,
                    sources: &sources,
                    dependencies: &dependencies,
                    redactor: &self.redactor,
                };
                Ok(Bench::Venv(Venv::make(&self.executing, self.layout, &with).await?))
            }
            TestPlace::Image(image) => {
                let found = images::find(self.executing, self.request.engine, image).await?;
                let found = found.there().ok_or_else(|| images::not_there(image))?;
                let needs = (&dependencies, &sources);
                let made = InImage::make(self.executing, self.layout, found, needs, &self.redactor).await?;
                Ok(Bench::Image(made))
            }
        }
    }

    fn sources(&self) -> Result<PackageSources, Failure> {
        let wheels = self.request.wheels.as_deref().map(|place| self.place(place));
        if let Some(wheels) = wheels.as_deref().filter(|wheels| !Utf8Path::new(wheels).is_dir()) {
            let message = format!("`wheels` names {wheels}, which is no directory here");
            let failure = Failure::new(FailureClass::Expression, message).cause("the directory of wheels is not there");
            return Err(
                failure.hint("write an absolute path, or one of the repository that the step's `paths:` lays out")
            );
        }
        let further = self.request.find_links.iter().map(|place| self.place(place));
        Ok(PackageSources {
            no_index: self.request.no_index,
            find_links: wheels.into_iter().chain(further).collect(),
            cache: self.executing.machine.cache.clone(),
        })
    }

    /// What is to be installed, where everything of it that lies in the repository is laid out.
    fn dependencies(&self) -> Result<Dependencies, Failure> {
        let home = &self.layout.home;
        let exists = |path: &str| home.join(path).exists();
        let found = self.layout.project.dependencies(exists);
        for note in &found.notes {
            self.executing.note(&format!("note: {note}"));
        }
        match found.local.iter().find(|local| !exists(&local.path)) {
            None => Ok(found),
            Some(missing) => Err(self.not_laid_out(&missing.path, missing.named_in)),
        }
    }

    fn not_laid_out(&self, path: &str, named_in: &str) -> Failure {
        let home = self.layout.home.strip_prefix(&self.executing.places.files).ok();
        let whole = home.and_then(|home| RepoPath::new(home.as_str()).ok()?.join(path).ok());
        let message = format!("{named_in} needs {path}, which is not laid out for its tests");
        let failure =
            Failure::new(FailureClass::Expression, message).cause("a directory of the repository is not laid out");
        failure.hint(match whole {
            Some(whole) => format!("add it to the step: `paths: [{whole}]`"),
            None => "it lies outside of the repository: take it out of that file".to_owned(),
        })
    }

    /// A path of the workflow: absolute, a page's address, or counted from the repository's root as it is laid out.
    fn place(&self, path: &str) -> String {
        if path.contains("://") || path.starts_with('/') {
            return path.to_owned();
        }
        self.executing.places.files.join(path).into_string()
    }

    async fn suite(&self, suite: Suite, bench: &Bench) -> Result<SuiteVerdict, ExecuteError> {
        if suite == Suite::Acceptance && !self.request.acceptance_command.is_empty() {
            return self.acceptance_command(bench).await;
        }
        let target = match suite {
            Suite::Acceptance if bench.has(&self.executing, ACCEPTANCE_MODULE) => Target::AcceptancePlugin,
            Suite::Acceptance => {
                return Ok(SuiteVerdict::Skipped("its test environment has no acceptance tests".into()));
            }
            Suite::Unit | Suite::Integration => Target::Folder(suite.place()),
        };
        let junit = bench.seen(&self.junit(suite));
        let configuration = self.layout.pytest_configuration(suite).map(|file| bench.seen(&file));
        let arguments = pytest::arguments(&PytestCall {
            target,
            root: bench.seen(self.executing.directory()).as_str(),
            configuration: configuration.as_deref().map(Utf8Path::as_str),
            junit: junit.as_str(),
            timeout: Some(self.timeout()),
            further: &self.request.pytest_args,
        });
        let mut exit = self.run_on(bench, suite, Call::new(bench.python(), arguments)).await?;
        if matches!(exit.status, Status::TimedOut(_)) {
            exit.tail = self.hanging().unwrap_or(exit.tail);
        }
        let report = self.report(suite)?.unwrap_or(Err(JunitError::Empty));
        Ok(pytest::verdict(suite, &exit, &report))
    }

    pub(super) async fn run_on(&self, bench: &Bench, suite: Suite, call: Call) -> Result<Exit, ExecuteError> {
        let junit = bench.seen(&self.junit(suite));
        let own = [
            ("PYTHONUNBUFFERED", "1"),
            ("NO_COLOR", "1"),
            // So that pytest cuts nothing off, above all no secret that is then not known any more.
            ("CI", "true"),
            ("COLUMNS", "160"),
            (JUNIT_VARIABLE, junit.as_str()),
        ];
        let env = own.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
        let task = Task { suite, call, env, timeout: self.timeout(), redactor: &self.redactor };
        bench.run(self.executing, task).await
    }

    /// What the log says of the test that hangs.
    pub(super) fn hanging(&self) -> Option<Vec<String>> {
        let mut log = fs::File::open(&self.executing.places.log).ok()?;
        let length = log.metadata().ok()?.len();
        log.seek(SeekFrom::Start(length.saturating_sub(END_OF_LOG))).ok()?;
        let mut end = Vec::new();
        log.read_to_end(&mut end).ok()?;
        pytest::from_last_test(&String::from_utf8_lossy(&end), LINES)
    }

    pub(super) fn timeout(&self) -> Duration {
        let most = self.request.suite_timeout;
        self.executing.remaining().map_or(most, |left| left.min(most))
    }

    /// Where a suite writes its results.
    fn junit(&self, suite: Suite) -> Utf8PathBuf {
        junit_in_scratch(self.executing.scratch(), suite)
    }

    /// A suite's results, which are kept with the run, with secrets masked; `None` if it left none.
    pub(super) fn report(&self, suite: Suite) -> Result<Option<Result<TestReport, JunitError>>, Failure> {
        let file = self.junit(suite);
        let bytes = match fs::metadata(&file).and_then(|facts| {
            let length = usize::try_from(facts.len()).unwrap_or(usize::MAX);
            if length > junit::LARGEST { Ok(Err(JunitError::Large(length))) } else { fs::read(&file).map(Ok) }
        }) {
            Ok(Ok(bytes)) => bytes,
            Ok(Err(large)) => return Ok(Some(Err(large))),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(disk(&file, &error)),
        };
        // What is kept of it is masked, whatever becomes of the scratch directory.
        fs::remove_file(&file).map_err(|error| disk(&file, &error))?;
        let text = String::from_utf8_lossy(&bytes);
        let masked = self.redactor.apply(&text);
        let report = junit::parse(&masked);
        if report.is_ok() {
            let kept = self.executing.results()?.join(format!("{}.xml", suite.name()));
            fs::write(&kept, masked.as_bytes()).map_err(|error| disk(&kept, &error))?;
        }
        Ok(Some(report))
    }

    /// Removes what an earlier try left: results are those of the last one.
    fn forget_results(&self) -> Result<(), Failure> {
        for suite in Suite::ALL {
            let file = self.executing.places.results.join(format!("{}.xml", suite.name()));
            match fs::remove_file(&file) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(disk(&file, &error)),
                _ => {}
            }
        }
        Ok(())
    }
}

/// Whether the unit tests failed: what comes after them would only tell the same, and may ask others' servers for it.
fn has_failed(outcome: &Outcome) -> bool {
    outcome.verdicts.iter().any(|(suite, verdict)| *suite == Suite::Unit && matches!(verdict, SuiteVerdict::Failed(_)))
}
