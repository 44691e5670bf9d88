//! Writing commits: what git sees of them.

use super::fixture::{Fixture, committed};
use crate::git::Written;

#[test]
fn a_batch_is_one_pack_and_git_sees_every_commit() {
    let fixture = Fixture::new();
    let repository = fixture.open();
    let requests = [fixture.migration("source-a"), fixture.migration("source-b")];
    let written = repository.write_commits(&requests).unwrap();
    for (request, written) in requests.iter().zip(&written) {
        assert_eq!(fixture.git(&["rev-parse", &request.branch]), committed(written).to_string());
    }
    let changed = fixture.git(&["diff", "--name-status", "main", "cutover/test/source-a"]);
    assert_eq!(changed, "D\tconnectors/source-a/Dockerfile\nM\tconnectors/source-a/metadata.yaml\nM\tdocs/source-a.md");
    let packs = fixture.root.join(".git/objects/pack").read_dir_utf8().unwrap().count();
    assert_eq!(packs, 2, "one pack and its index");
    fixture.assert_sound();
}

#[test]
fn the_second_time_everything_is_already_there() {
    let fixture = Fixture::new();
    let requests = [fixture.migration("source-a")];
    let first = committed(&fixture.open().write_commits(&requests).unwrap()[0]);
    let second = fixture.open().write_commits(&requests).unwrap();
    assert!(matches!(second[..], [Written::AlreadyThere { commit, .. }] if commit == first), "{second:?}");
}
