//! `doctor`: what stands in the way of a run, before there is one.

use super::monorepo;
use super::place::{Place, Said};

#[test]
fn a_repository_in_order_has_nothing_in_the_way() {
    let place = Place::usual();
    place.cutover(&["doctor"]).exits(0).answers(&["✓ git", "Ada <ada@example.com>", "Nothing stands in the way"]);
}

#[test]
fn each_problem_is_a_line_with_what_to_do() {
    let place = Place::usual();
    place.git(&["remote", "add", "origin", place.beside("gone.git").as_str()]);
    let said = place.cutover(&["doctor", "--remote", "origin", "--format", "json"]).exits(8);
    let answer = said.json();
    assert_eq!(answer["schema"], "cutover.doctor/1");
    let findings = answer["findings"].as_array().unwrap();
    let remote = findings.iter().find(|finding| finding["what"] == "remote").unwrap();
    assert_eq!(remote["state"], "problem");
    assert!(remote["says"].as_str().unwrap().contains("gone.git"), "{remote}");
    assert!(!remote["hint"].is_null(), "{remote}");
}

#[test]
fn a_remote_that_answers_is_told_with_the_branches_that_it_has() {
    let place = Place::usual();
    let remote = place.beside("remote.git");
    place.git(&["clone", "-q", "--bare", ".", remote.as_str()]);
    monorepo::git(&remote, &["branch", "cutover/x/source-a", "main"]);
    place.cutover(&["doctor", "--remote", remote.as_str()]).exits(0).answers(&["it has 1 branch of cutover"]);
}

#[test]
fn the_github_forge_needs_a_remote_that_says_which_repository_it_is() {
    let place = Place::usual();
    let said = place.cutover(&["doctor", "--forge", "github"]).exits(8);
    said.answers(&["✗ forge", "which repository on GitHub"]);
    place.cutover(&["doctor", "--forge", "gitlab"]).exits(2).complains(&["`local` or `github`"]);
}

#[test]
fn a_workflow_that_builds_needs_an_engine() {
    let place = Place::usual();
    let builds = |more: &str| {
        let text = format!(
            "version: 1\nname: w\nsteps:\n  build: {{ uses: image.build, with: {{ engine: podman }}{more} }}\n"
        );
        place.workflow(&text)
    };
    let doctor = |workflow: &str, program: Option<&str>| {
        // A path with nothing but git, and an engine of our own making.
        let programs = place.beside("programs");
        let _ = std::fs::remove_dir_all(&programs);
        std::fs::create_dir_all(&programs).unwrap();
        let git = String::from_utf8(std::process::Command::new("which").arg("git").output().unwrap().stdout).unwrap();
        std::os::unix::fs::symlink(git.trim(), programs.join("git")).unwrap();
        if let Some(script) = program {
            let podman = programs.join("podman");
            std::fs::write(&podman, script).unwrap();
            std::fs::set_permissions(&podman, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
        }
        let arguments = ["doctor", workflow];
        Said::of(&place.command(&arguments).env("PATH", &programs).output().unwrap(), &arguments)
    };
    doctor(&builds(""), Some("#!/bin/sh\necho '{}'\n")).exits(0).answers(&["engine", "podman works"]);
    doctor(&builds(""), None).exits(8).answers(&["step build: there is no podman in PATH"]);
    let daemon = "#!/bin/sh\necho 'Cannot connect to the Docker daemon' >&2\nexit 1\n";
    doctor(&builds(""), Some(daemon)).exits(8).answers(&["daemon is not running"]);
    // What may never be done is no obstacle.
    doctor(&builds(", if: 'false'"), None).exits(0).answers(&["there is no podman in PATH"]);
}
