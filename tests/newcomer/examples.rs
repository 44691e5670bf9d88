//! `examples/`: the scripts are typed, the program is called.

use camino::Utf8PathBuf;

use crate::newcomer::{Newcomer, file};

#[path = "../../examples/embed.rs"]
#[expect(dead_code, reason = "its `main` is for the command line")]
mod embed;

#[test]
fn the_commands_of_the_run_step_example_kill_a_run_and_resume_it() {
    let newcomer = Newcomer::new();
    let workflow = "examples/run-step/workflow.yaml";
    std::fs::create_dir_all(newcomer.at("examples/run-step")).unwrap();
    std::fs::write(newcomer.at(workflow), file(workflow)).unwrap();
    newcomer.types(&file("examples/run-step/README.md"), "");

    let monorepo = "run-step-demo/monorepo";
    let branches = newcomer.git(monorepo, &["branch", "--list", "cutover/executable-main/*"]);
    assert_eq!(branches.lines().count(), 11, "{branches}");
    let branch = "cutover/executable-main/source-windmill";
    let path = "airbyte-integrations/connectors/source-windmill/main.py";
    let main = newcomer.git(monorepo, &["show", &format!("{branch}:{path}")]);
    assert!(main.starts_with("#!/usr/bin/env python3\nfrom source_windmill"), "{main}");
    assert!(newcomer.git(monorepo, &["ls-tree", branch, path]).starts_with("100755"));
    let opened = std::fs::read_dir(newcomer.at(&format!("{monorepo}/.git/cutover/forge"))).unwrap();
    let texts = opened.filter_map(|entry| std::fs::read_to_string(entry.unwrap().path()).ok());
    let heads = texts.filter(|text| text.contains("\"head\": \"cutover/executable-main/"));
    assert_eq!(heads.count(), 11, "each pull request exactly once");
}

#[test]
fn the_embedded_library_plans_the_monorepo() {
    let (newcomer, _) = Newcomer::after_the_demo();
    let monorepo = Utf8PathBuf::from_path_buf(newcomer.at("cutover-demo/monorepo")).unwrap();
    let text = embed::shapes_in(&monorepo).unwrap();
    assert!(text.starts_with("10 of 12 connectors\nshape A: "), "{text}");
    assert!(text.contains("  Dockerfile +0 -7\n  metadata.yaml +2 -0\n"), "{text}");
}
