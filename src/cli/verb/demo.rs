//! `cutover demo`: the main job on a small monorepo of its own making.
//!
//! The demo types commands; each is parsed and carried out by the code that carries it out for anybody.

use camino::{Utf8Path, Utf8PathBuf};
use clap::Args;

use crate::cli::demo::{APPROVAL, BROKEN_CHANGELOG, LaidOut, MENDED, MIGRATES, SYSTEM_PACKAGES, WORKFLOW, lay_out};
use crate::cli::failed::Failed;
use crate::cli::state::{State, find_run};
use crate::cli::{Exit, carry_out, shell, terminal};
use crate::git::Repository;
use crate::report;

/// What `demo` takes.
#[derive(Debug, Args)]
pub(in crate::cli) struct Arguments {
    /// Where to lay the monorepo out: a directory that is new or empty.
    #[arg(value_name = "DIR", default_value = "cutover-demo")]
    directory: Utf8PathBuf,
}

pub(in crate::cli) fn run(arguments: &Arguments) -> Result<Exit, Failed> {
    let laid_out = lay_out(&arguments.directory)?;
    let LaidOut { monorepo, remote } = &laid_out;
    terminal::answer(&format!(
        "Laid out a monorepo with twelve connectors in {monorepo},\nand its remote in {remote}.\n"
    ))?;
    let repo = monorepo.as_str();
    typed(&["list", WORKFLOW, "--repo", repo])?;
    typed(&["plan", WORKFLOW, "--repo", repo])?;
    typed(&["plan", WORKFLOW, "--repo", repo, "--name", MIGRATES, "--diff"])?;
    let ran = typed(&["run", WORKFLOW, "--repo", repo, "--yes"])?;
    terminal::answer(&told(&laid_out, &Outcome::of(monorepo)?))?;
    // Two connectors are there to fail; anything else that went wrong is told by its own code.
    Ok(if ran == Exit::SomeFailed { Exit::Done } else { ran })
}

/// Shows a command as one would type it, and carries it out.
fn typed(words: &[&str]) -> Result<Exit, Failed> {
    let shown: Vec<String> = words.iter().map(|word| shell::quoted(word)).collect();
    let shown = terminal::stdout_style().heading(&format!("$ cutover {}", shown.join(" ")));
    terminal::answer(&format!("\n{shown}\n\n"))?;
    carry_out(std::iter::once("cutover").chain(words.iter().copied()))
}

/// What is told of the run.
struct Outcome {
    run: String,
    changed: usize,
    /// Where the pull request of the connector that is shown lies.
    pull_request: Utf8PathBuf,
}

impl Outcome {
    fn of(monorepo: &Utf8Path) -> Result<Self, Failed> {
        let repository = Repository::open(monorepo)?;
        let state = State::of(&repository);
        let journal = state.journal()?;
        let run = find_run(&journal, None)?.id;
        let loaded = state.load(&repository, &journal, &run)?;
        let facts = report::run::Facts {
            migration: &loaded.migration,
            state: &loaded.state,
            running: false,
            stopped: None,
            elapsed: None,
            next: &[],
        };
        let status = report::run::json("status", &facts);
        let unit = status["units"].as_array().into_iter().flatten().find(|unit| unit["name"] == MIGRATES);
        let number = unit.and_then(|unit| unit["pull_request"]["number"].as_u64()).unwrap_or(1);
        let pull_request = monorepo.join(format!(".git/cutover/forge/{number}.json"));
        Ok(Self { run: run.to_string(), changed: loaded.state.counts().changed, pull_request })
    }
}

/// What happened, and what to type next.
fn told(laid_out: &LaidOut, Outcome { run, changed, pull_request }: &Outcome) -> String {
    let style = terminal::stdout_style();
    let monorepo = shell::quoted(laid_out.monorepo.as_str());
    let forge = pull_request.parent().unwrap_or(pull_request);
    format!(
        "
{what}
  {changed} connectors have a branch each, and a pull request, which is a file here:
  {forge}
  {BROKEN_CHANGELOG} has none: a blank line cuts the rows of its changelog off.
  {SYSTEM_PACKAGES} has none: its Dockerfile installs system packages. They have
  become a build hook, which somebody has to approve.
  The files that are checked out stay as they were, and nothing was pushed.

{next}
{alias}  # Look at a branch and at its pull request.
  git -C {monorepo} diff main...cutover/{WORKFLOW}/{MIGRATES}
  cat {pull_request}

  # Approve the build hook, and go on with the run.
  git -C {monorepo} config --add {APPROVAL} {SYSTEM_PACKAGES}
  cutover resume --repo {monorepo} --retry-failed {run}

  # Mend the changelog: a colleague did so on a branch. A run keeps to the
  # commit that it began on, so the connector gets a run of its own.
  git -C {monorepo} merge --quiet origin/{MENDED}
  cutover run {WORKFLOW} --repo {monorepo} --name {BROKEN_CHANGELOG} --yes

  # See where the runs stand, and send the branches to the remote.
  cutover runs --repo {monorepo}
  git -C {monorepo} push --quiet origin 'refs/heads/cutover/*'
",
        what = style.heading("What happened"),
        next = style.heading("What to type next"),
        alias = alias(),
        pull_request = shell::quoted(pull_request.as_str()),
    )
}

/// A line that makes `cutover` mean this program, where the shell would not find it.
fn alias() -> String {
    let Some(this) = std::env::current_exe().ok().and_then(|path| path.canonicalize().ok()) else {
        return String::new();
    };
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&path).map(|directory| directory.join("cutover")).find(|path| path.is_file());
    if found.and_then(|found| found.canonicalize().ok()).is_some_and(|found| found == this) {
        return String::new();
    }
    format!("  alias cutover={}\n", shell::quoted(&this.to_string_lossy()))
}
