//! What a unit may touch, and how edits lie over the base.

use std::sync::Arc;

use crate::base::{FileMode, MemoryTree, RepoPath, Tree, TreeFile};

use super::{Changes, LayeredTree, Overlay, OverlayError};

fn path(path: &str) -> RepoPath {
    RepoPath::new(path).unwrap()
}

fn overlay(tree: MemoryTree) -> Overlay {
    Overlay::new(Arc::new(tree), path("connectors/source-a"), Some(path("docs/a.md")))
}

fn small() -> Overlay {
    overlay(
        MemoryTree::new()
            .with_file("connectors/source-a/metadata.yaml", "a: 1\n")
            .with_executable("connectors/source-a/run.sh", "#!/bin/sh\n")
            .with_file("connectors/source-a/src/main.py", "pass\n")
            .with_file("connectors/source-ab/metadata.yaml", "b: 1\n")
            .with_file("docs/a.md", "# A\n")
            .with_file("docs/b.md", "# B\n"),
    )
}

#[test]
fn a_step_reaches_its_directory_and_its_page_and_nothing_else() {
    let overlay = small();
    assert_eq!(overlay.locate("metadata.yaml").unwrap(), path("connectors/source-a/metadata.yaml"));
    assert_eq!(overlay.locate("./src/../run.sh").unwrap(), path("connectors/source-a/run.sh"));
    assert_eq!(overlay.locate("docs/a.md").unwrap(), path("docs/a.md"));
    assert_eq!(overlay.locate("../../docs/a.md").unwrap(), path("docs/a.md"));
    for outside in ["../source-ab/metadata.yaml", "../../docs/b.md", "..", "../source-a"] {
        assert!(matches!(overlay.locate(outside), Err(OverlayError::Outside { .. })), "{outside}");
    }
    for illegal in ["/etc/passwd", "../../../etc/passwd", "", ".git/config"] {
        assert!(matches!(overlay.locate(illegal), Err(OverlayError::Path(_))), "{illegal}");
    }
}

#[test]
fn an_edit_that_is_taken_back_leaves_no_change_but_is_remembered() {
    let mut overlay = small();
    let file = path("connectors/source-a/metadata.yaml");
    overlay.write(&file, *b"a: 2\n").unwrap();
    assert_eq!(overlay.changes().len(), 1);
    overlay.write(&file, *b"a: 1\n").unwrap();
    assert!(overlay.changes().is_empty());
    // A commit on top of one that holds `a: 2` must put `a: 1` back.
    assert_eq!(&*overlay.touched().unwrap()[&file].as_ref().unwrap().bytes, b"a: 1\n");
}

#[test]
fn writing_keeps_the_mode_and_a_new_file_is_plain() {
    let mut overlay = small();
    let (script, fresh) = (path("connectors/source-a/run.sh"), path("connectors/source-a/new.txt"));
    overlay.write(&script, *b"#!/bin/bash\n").unwrap();
    overlay.write(&fresh, *b"x").unwrap();
    assert_eq!(overlay.read(&script).unwrap().unwrap().mode, FileMode::Executable);
    assert_eq!(overlay.read(&fresh).unwrap().unwrap().mode, FileMode::File);
}

#[test]
fn a_symbolic_link_at_or_above_a_file_is_refused_by_name() {
    let tree = MemoryTree::new()
        .with_symlink("connectors/source-a/metadata.yaml", "../other/metadata.yaml")
        .with_symlink("connectors/source-a/shared", "../../lib");
    let mut overlay = overlay(tree);
    let link = path("connectors/source-a/metadata.yaml");
    assert!(matches!(overlay.text(&link), Err(OverlayError::Symlink { link: found }) if found == link));
    let through = path("connectors/source-a/shared/file.py");
    let refused = overlay.write(&through, *b"x").unwrap_err();
    assert_eq!(refused.to_string(), "connectors/source-a/shared is a symbolic link");
    assert!(overlay.changes().is_empty());
}

#[test]
fn a_file_is_not_made_below_another_file() {
    let mut overlay = small();
    let refused = overlay.write(&path("connectors/source-a/run.sh/inner"), *b"x").unwrap_err();
    assert_eq!(
        refused.to_string(),
        "connectors/source-a/run.sh/inner cannot be made: connectors/source-a/run.sh is a file"
    );
}

#[test]
fn a_directory_is_there_while_a_file_in_it_is() {
    let mut overlay = small();
    let directory = path("connectors/source-a/src");
    assert!(overlay.exists(&directory).unwrap());
    assert!(matches!(overlay.text(&directory), Err(OverlayError::NotAFile { .. })));
    overlay.remove(&path("connectors/source-a/src/main.py")).unwrap();
    assert!(!overlay.exists(&directory).unwrap());
    overlay.write(&path("connectors/source-a/src/new.py"), *b"x").unwrap();
    assert!(overlay.exists(&directory).unwrap());
}

#[test]
fn what_is_not_text_is_named_with_the_byte() {
    let overlay = overlay(MemoryTree::new().with_file("connectors/source-a/icon.png", b"\x89PNG"));
    let refused = overlay.text(&path("connectors/source-a/icon.png")).unwrap_err();
    assert_eq!(refused.to_string(), "connectors/source-a/icon.png is not UTF-8 text (byte 0 is not)");
}

#[test]
fn files_below_a_directory_are_the_base_with_the_edits() {
    let mut overlay = small();
    overlay.remove(&path("connectors/source-a/run.sh")).unwrap();
    overlay.write(&path("connectors/source-a/src/new.py"), *b"x").unwrap();
    let files = overlay.files_below(&path("connectors/source-a")).unwrap();
    let names: Vec<&str> = files.keys().map(RepoPath::as_str).collect();
    assert_eq!(
        names,
        ["connectors/source-a/metadata.yaml", "connectors/source-a/src/main.py", "connectors/source-a/src/new.py"]
    );
}

#[test]
fn a_layered_tree_shows_added_removed_and_emptied_directories() {
    let below: Arc<dyn Tree> = Arc::new(MemoryTree::new().with_file("a/one", "1").with_file("b/two", "2"));
    let file = |text: &str| Some(TreeFile { bytes: text.as_bytes().into(), mode: FileMode::File });
    let changes: Changes =
        [(path("a/one"), None), (path("b/three"), file("3")), (path("c/d/four"), file("4"))].into_iter().collect();
    let tree = LayeredTree::new(below, changes);
    let names = |directory: &str| -> Vec<String> {
        let entries = tree.entries(Some(&path(directory))).unwrap().unwrap_or_default();
        entries.into_iter().map(|entry| entry.name).collect()
    };
    assert_eq!(names("a"), Vec::<String>::new());
    assert_eq!(names("b"), ["three", "two"]);
    assert_eq!(names("c"), ["d"]);
    assert_eq!(tree.mode(&path("c/d")).unwrap(), Some(FileMode::Directory));
    assert_eq!(tree.read(&path("a/one")).unwrap(), None);
    assert_eq!(&*tree.read(&path("b/two")).unwrap().unwrap().bytes, b"2");
}
