//! `plan --execute`, and what steps that run a process may see, take and leave.

use std::fs;
use std::process::Stdio;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use super::monorepo::{CONNECTORS, Files};
use super::place::{Place, Said};

/// A script whose file an edit then reads, a test that fails for one connector, and a publication.
const WORKFLOW: &str = "\
version: 1
name: tried
steps:
  generate: { run: 'echo \"$CUTOVER_CONNECTOR_NAME\" > generated.txt' }
  replace:
    needs: [generate]
    uses: text.replace
    with: { file: generated.txt, find: source, replace: tested }
  test:
    needs: [replace]
    run: grep -q tested generated.txt; echo tried it; test \"$CUTOVER_CONNECTOR_NAME\" != source-b
  pull-request:
    needs: [test]
    uses: pull-request.open
    with: { title: Generated }
";

#[test]
fn a_plan_that_executes_says_what_a_run_would_commit_and_touches_nothing() {
    let place = Place::usual();
    let workflow = place.workflow(WORKFLOW);
    let before = place.git(&["for-each-ref"]);
    let plan = place.cutover(&["plan", &workflow, "--execute", "--format", "json"]).exits(1);
    let answer = plan.json();
    let unit = |name: &str| {
        let units = answer["connectors"].as_array().unwrap();
        units.iter().find(|unit| unit["name"] == name).unwrap().clone()
    };
    let patch = unit("source-a")["patch"].as_str().unwrap().to_owned();
    assert!(patch.contains("+tested-a"), "{patch}");
    let steps: Vec<(String, String)> = unit("source-a")["steps"]
        .as_array()
        .unwrap()
        .iter()
        .map(|step| (step["id"].as_str().unwrap().to_owned(), step["outcome"].as_str().unwrap().to_owned()))
        .collect();
    let expected =
        [("generate", "changed"), ("replace", "changed"), ("test", "unchanged"), ("pull-request", "in-the-run")];
    assert_eq!(steps, expected.map(|(id, outcome)| (id.to_owned(), outcome.to_owned())));
    assert_eq!(unit("source-b")["outcome"], "failed");
    plan.complains(&["the logs of what was executed are in"]);
    assert_eq!(place.git(&["for-each-ref"]), before);
    assert!(!place.state().exists(), "a plan writes nothing into the repository");

    // The run commits just that.
    place.cutover(&["run", &workflow, "--yes"]).exits(1);
    let committed = place.show("cutover/tried/source-a", &format!("{CONNECTORS}/source-a/generated.txt"));
    assert_eq!(committed, "tested-a");
    // Without --execute the plan leaves it to the run.
    let plan = place.cutover(&["plan", &workflow, "--name", "source-b", "--format", "json"]).exits(0).json();
    assert_eq!(plan["connectors"][0]["steps"][0]["outcome"], "in-the-run");
}

#[test]
fn logs_and_scratch_of_a_plan_go_unless_they_are_kept() {
    let place = Place::usual();
    let workflow = place.workflow("version: 1\nname: w\nsteps: { work: { run: 'echo said; echo x > made.txt' } }\n");
    let trials = place.beside(".cache/cutover/trials");
    let arguments = ["plan", &workflow, "--execute", "--name", "source-a"];
    place.cutover(&arguments).exits(0);
    assert_eq!(fs::read_dir(&trials).unwrap().count(), 0);
    place.cutover(&[&arguments[..], &["--keep"]].concat()).exits(0);
    let run = fs::read_dir(&trials).unwrap().next().unwrap().unwrap().path();
    assert_eq!(fs::read_to_string(run.join("logs/source-a/work.log")).unwrap(), "said\n");
    let made = format!("scratch/source-a.work/files/{CONNECTORS}/source-a/made.txt");
    assert_eq!(fs::read_to_string(run.join(made)).unwrap(), "x\n");
    place.cutover(&["plan", &workflow, "--keep"]).exits(2).complains(&["--execute"]);
}

#[test]
fn scratch_of_a_run_goes_unless_it_is_kept() {
    let place = Place::usual();
    let workflow = place.workflow("version: 1\nname: w\nsteps: { work: { run: 'echo x > made.txt' } }\n");
    let run = place.cutover(&["run", &workflow, "--name", "source-a", "--keep"]).exits(0);
    run.complains(&["scratch directories are kept in"]);
    let run = place.status()["run"].as_str().unwrap().to_owned();
    let scratch = place.state().join("scratch");
    assert!(scratch.join(&run).join("source-a.work/files").join(CONNECTORS).join("source-a/made.txt").exists());
    place.cutover(&["run", &workflow, "--name", "source-b"]).exits(0);
    let kept: Vec<_> = fs::read_dir(&scratch).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(kept, [run.as_str()]);
}

#[test]
fn an_interrupted_plan_stops_what_it_runs() {
    let place = Place::usual();
    let mark = place.beside("pid");
    let workflow = place
        .workflow(&format!("version: 1\nname: w\nsteps: {{ work: {{ run: 'echo $$ > {mark}; exec sleep 600' }} }}\n"));
    let arguments = ["plan", &workflow, "--execute", "--jobs", "1"];
    let child = place.command(&arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let deadline = Instant::now() + Duration::from_secs(30);
    while fs::read_to_string(&mark).unwrap_or_default().is_empty() {
        assert!(Instant::now() < deadline, "nothing was begun");
        std::thread::sleep(Duration::from_millis(10));
    }
    kill_process(Pid::from_child(&child), Signal::INT).unwrap();
    Said::of(&child.wait_with_output().unwrap(), &arguments).exits(130).complains(&["a plan keeps nothing"]);
    let step = fs::read_to_string(&mark).unwrap().trim().parse().unwrap();
    assert!(kill_process(Pid::from_raw(step).unwrap(), Signal::CONT).is_err(), "its process lives on");
}

#[test]
fn declared_paths_are_there_and_nothing_else_of_the_repository() {
    let files =
        Files::default().python("source-a").file("shared/cdk/core.py", "core\n").file("shared/tool.sh", "tool\n");
    let place = Place::new(&files.file("shared/other.txt", "other\n"));
    let work = "    run: 'cd ../../..; find . -type f | sort | grep -v /source-a/ > $OLDPWD/seen.txt; echo changed >> shared/tool.sh'\n";
    let workflow = |paths: &str| place.workflow(&format!("version: 1\nname: w\nsteps:\n  work:\n{work}{paths}"));
    place.cutover(&["run", &workflow("    paths: [shared/cdk, shared/tool.sh]\n"), "--yes"]).exits(0);
    let seen = place.show("cutover/w/source-a", &format!("{CONNECTORS}/source-a/seen.txt"));
    assert_eq!(seen, "./docs/integrations/sources/a.md\n./shared/cdk/core.py\n./shared/tool.sh");
    let changed = place.git(&["diff", "--name-only", "main", "cutover/w/source-a"]);
    assert_eq!(changed, format!("{CONNECTORS}/source-a/seen.txt"), "what happens in declared paths stays there");

    let gone = workflow("    paths: [shared/gone]\n");
    place
        .cutover(&["plan", &gone, "--execute"])
        .exits(1)
        .answers(&["`paths` names shared/gone, which the base commit does not have"]);
}

#[test]
fn paths_and_limits_are_for_steps_with_a_process_and_checked() {
    let place = Place::usual();
    let workflow = place.workflow(
        "version: 1\nname: w\nsteps:\n  a: { uses: file.remove, with: { path: x }, paths: [y], limits: { nice: 3 } }\n  \
         b: { run: 'true', paths: [../x], limits: { nice: 20, memory: 4, cores: 1 } }\n",
    );
    place.cutover(&["check", &workflow]).exits(2).complains(&[
        "`paths` is for steps that run a process, and `file.remove` runs none",
        "`nice` is 20; a process can stand back by 19 at most",
        "Write MiB or GiB, such as `512MiB` or `4GiB`.",
        "`limits` has no key `cores`",
    ]);
}
