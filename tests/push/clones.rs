//! Clones that do not have everything: a push from them sends what is new and asks for nothing.

use cutover::git::{Pushed, Remote};

use crate::server::{everybody, no_fault};
use crate::world::{World, git, new, outcomes};

/// Clones the remote with these options, makes a commit in the clone, pushes it, and returns how often the server was
/// asked for objects meanwhile.
fn push_from_clone(world: &World, options: &[&str]) -> usize {
    world.server_setting("uploadpack.allowFilter", "true");
    for count in 0..5 {
        std::fs::write(world.work().join(format!("page-{count}.md")), "text\n".repeat(count * 100)).unwrap();
        git(world.work(), &["add", "."]);
        git(world.work(), &["commit", "-q", "-m", "more"]);
    }
    git(world.work(), &["push", "-q", world.bare().as_str(), "main"]);
    let server = world.serve(everybody, no_fault);
    let url = server.url("acme/connectors.git");
    git(&world.root, &[&["clone", "-q", "--no-checkout"], options, &[&url, "clone"]].concat());
    let clone = world.root.join("clone");
    // A commit that changes one file, and for which no other file is needed.
    let import = format!(
        "printf 'commit refs/heads/cutover/x\\ncommitter Ada <a@example.com> 1 +0000\\ndata 1\\nx\\nfrom {}^0\\nM 100644 inline page-3.md\\ndata 4\\nnew\\n\\n' | git fast-import --quiet --date-format=raw",
        git(&clone, &["rev-parse", "HEAD"])
    );
    let imported = std::process::Command::new("sh").args(["-c", &import]).current_dir(&clone).status().unwrap();
    assert!(imported.success());
    // An edit reads the file that it changes.
    git(&clone, &["show", "HEAD:page-3.md"]);
    let commit = git(&clone, &["rev-parse", "cutover/x"]).parse().unwrap();
    let asked = || server.calls().iter().filter(|call| call.service == "git-upload-pack" && !call.listing).count();
    let before = asked();
    let repository = cutover::git::Repository::open(&clone).unwrap();
    let report =
        repository.push(&Remote::new("origin"), &[new("cutover/x", commit)], &cutover::git::PushOptions::default());
    assert_eq!(outcomes(report), [Pushed::Done]);
    assert_eq!(git(world.bare(), &["fsck", "--connectivity-only"]), "");
    assert_eq!(git(world.bare(), &["show", "cutover/x:page-3.md"]), "new");
    asked() - before
}

#[test]
fn a_clone_without_blobs_pushes_without_fetching_any() {
    assert_eq!(push_from_clone(&World::new(), &["--filter=blob:none"]), 0);
}

#[test]
fn a_shallow_clone_pushes() {
    assert_eq!(push_from_clone(&World::new(), &["--depth=1"]), 0);
}

#[test]
fn a_whole_clone_pushes() {
    assert_eq!(push_from_clone(&World::new(), &[]), 0);
}
