//! cutover as a library: opens a repository, selects connectors, plans a workflow, prints the shapes of the diffs.
//!
//!     cargo run -- demo
//!     cargo run --example embed -- cutover-demo/monorepo
//!
//! Nothing is written. Whoever wants to run the plan calls `cutover::engine::carry_out`, as `src/cli/carry.rs` does.
#![expect(clippy::print_stdout, reason = "a program prints")]

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt::Write as _;
use std::sync::Arc;

use camino::Utf8Path;
use jiff::{Timestamp, Zoned};

use cutover::action;
use cutover::base::{RunId, Tree};
use cutover::connector::{Connector, Profile, discover};
use cutover::diagnostic::{SourceText, render};
use cutover::expression::Scope;
use cutover::git::{Repository, Signature};
use cutover::plan::{Answers, Compiled, FROZEN_VERSION, Frozen, FrozenUnit, Migration, RunOptions, plan};
use cutover::report::plan::shapes;
use cutover::select::{Filters, select_in};
use cutover::workflow::{Workflow, input_values, load};

const WORKFLOW: &str = "
version: 1
name: drop-dockerfiles
inputs:
  base-image: { default: 'registry.example.com/base:1.0.0' }
connectors:
  language: [python, low-code]
  where: exists('Dockerfile')
steps:
  remove-dockerfile: { uses: file.remove, with: { path: Dockerfile } }
  set-base-image:
    uses: yaml.set
    with: { file: metadata.yaml, path: data.connectorBuildOptions.baseImage, value: '${{ inputs.base_image }}' }
";

fn main() -> Result<(), Box<dyn Error>> {
    let directory = std::env::args().nth(1).ok_or("name a repository: `embed DIR`")?;
    print!("{}", shapes_in(Utf8Path::new(&directory))?);
    Ok(())
}

/// What the workflow would do in this repository, as text.
pub(crate) fn shapes_in(directory: &Utf8Path) -> Result<String, Box<dyn Error>> {
    let repository = Repository::open(directory)?;
    let base = repository.resolve("HEAD")?;
    let tree: Arc<dyn Tree> = Arc::new(repository.tree(&base)?);
    let profile = Profile::airbyte();

    let loaded = load(&SourceText::new("drop-dockerfiles", WORKFLOW), &action::specs());
    let workflow = loaded.workflow.ok_or_else(|| render(&loaded.diagnostics, false))?;
    let inputs = input_values(&workflow, &BTreeMap::new()).map_err(|wrong| render(&wrong, false))?;
    let filters = Filters::of_workflow(&workflow.connectors).map_err(|wrong| render(&[*wrong], false))?;
    let scope = Scope::new().with("inputs", &inputs);
    let listing = select_in(&tree, discover(&profile, tree.as_ref())?, &[filters], &scope);
    let mut text = format!("{} of {} connectors\n", listing.selected().count(), listing.connectors.len());

    let units = listing.selected().cloned().map(|connector| unit(&workflow, connector)).collect();
    let frozen = Frozen {
        version: FROZEN_VERSION,
        tool: "embed".to_owned(),
        run: RunId::new("embedded")?,
        created_at: Timestamp::now(),
        date: Zoned::now().date(),
        workflow: workflow.clone(),
        inputs,
        base,
        base_branch: "main".to_owned(),
        author: Signature::new("Embedded", "embedded@example.com")?,
        forge: cutover::workflow::ForgeKind::Local,
        repository: None,
        api_url: None,
        remote: None,
        fork: None,
        options: RunOptions::default(),
        answers: Answers::default(),
        units,
    };
    let migration = Migration { compiled: Compiled::new(workflow)?, frozen, profile };
    let planned = plan(&migration, &tree);
    for shape in shapes(&migration, &planned) {
        let example = &migration.frozen.unit(planned[shape.units[0]].unit).connector.name;
        writeln!(text, "shape {}: {} like {example}", shape.label, shape.units.len())?;
        for file in &shape.files {
            writeln!(text, "  {} +{} -{}", file.path, file.added.end(), file.deleted.end())?;
        }
    }
    Ok(text)
}

fn unit(workflow: &Workflow, connector: Connector) -> FrozenUnit {
    let branch = format!("{}/{}", workflow.name, connector.name);
    FrozenUnit { connector, branch, promised_tree: None }
}
