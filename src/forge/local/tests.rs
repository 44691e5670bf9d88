//! The local forge, with real files and several threads and processes' worth of forges on one directory.

use std::sync::Arc;

use camino::{Utf8Path, Utf8PathBuf};
use jiff::Timestamp;
use tempfile::TempDir;

use crate::base::{FixedClock, RunId, UnitName};
use crate::forge::{
    CheckState, Forge, ForgeError, ForgeErrorClass, LocalForge, Mark, MergeMethod, MergeRequest, Merged,
    NewPullRequest, PullRequest, PullRequestState,
};

/// A directory, and a forge in it.
struct Place {
    directory: Utf8PathBuf,
    _scratch: TempDir,
}

impl Place {
    fn new() -> Self {
        let scratch = tempfile::tempdir().unwrap();
        let directory = Utf8Path::from_path(scratch.path()).unwrap().join("state/forge");
        Self { directory, _scratch: scratch }
    }

    fn forge(&self) -> LocalForge {
        LocalForge::new(&self.directory, Arc::new(FixedClock(Timestamp::UNIX_EPOCH))).unwrap()
    }

    fn rewrite(&self, number: u64, from: &str, to: &str) {
        let path = self.directory.join(format!("{number}.json"));
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.contains(from), "{text}");
        std::fs::write(path, text.replace(from, to)).unwrap();
    }
}

fn mark(connector: &str) -> Mark {
    Mark::new(RunId::new("run-1").unwrap(), UnitName::new(connector).unwrap(), None)
}

fn head(connector: &str) -> String {
    format!("cutover/test/{connector}")
}

fn new(connector: &str) -> NewPullRequest {
    NewPullRequest {
        head: head(connector),
        base: "main".to_owned(),
        title: format!("Move {connector}"),
        body: "What changes.".to_owned(),
        labels: vec!["migration".to_owned()],
        draft: true,
        reviewers: vec!["ada".to_owned()],
        teams: Vec::new(),
        assignees: Vec::new(),
        milestone: None,
        mark: mark(connector),
    }
}

fn wait<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
}

fn open(forge: &LocalForge, connector: &str) -> Result<PullRequest, ForgeError> {
    wait(forge.open(&new(connector)))
}

fn find(forge: &LocalForge, connector: &str) -> Result<Option<PullRequest>, ForgeError> {
    wait(forge.find(&head(connector), &mark(connector)))
}

#[test]
fn what_is_opened_is_found_by_this_process_and_the_next() {
    let place = Place::new();
    let forge = place.forge();
    assert_eq!(find(&forge, "source-a").unwrap(), None);
    assert!(!place.directory.exists(), "looking writes nothing");
    let opened = open(&forge, "source-a").unwrap();
    assert_eq!((opened.number, opened.state, opened.draft), (1, PullRequestState::Open, true));
    assert!(opened.mark.as_ref().unwrap().is_of_same_unit(&mark("source-a")));
    assert_eq!(opened.url, format!("file://{}/1.json", place.directory));
    for forge in [&forge, &place.forge()] {
        assert_eq!(find(forge, "source-a").unwrap().as_ref(), Some(&opened));
        assert_eq!(wait(forge.get(1)).unwrap(), opened);
        assert_eq!(wait(forge.list(None)).unwrap(), std::slice::from_ref(&opened));
        assert_eq!(wait(forge.list(Some("other"))).unwrap(), []);
    }
}

#[test]
fn a_branch_with_an_open_pull_request_gets_no_second_one() {
    let place = Place::new();
    let forge = place.forge();
    open(&forge, "source-a").unwrap();
    let error = open(&forge, "source-a").unwrap_err();
    assert!(matches!(&error, ForgeError::AlreadyOpen { number: 1, .. }), "{error}");
    assert_eq!(error.class(), ForgeErrorClass::Conflict);
    place.rewrite(1, "\"open\"", "\"closed\"");
    assert_eq!(open(&forge, "source-a").unwrap().number, 2);
    assert_eq!(find(&forge, "source-a").unwrap().unwrap().number, 2, "the newest is found");
}

#[test]
fn a_person_may_edit_the_file() {
    let place = Place::new();
    let forge = place.forge();
    open(&forge, "source-a").unwrap();
    place.rewrite(1, "\"open\"", "\"merged\"");
    assert_eq!(find(&forge, "source-a").unwrap().unwrap().state, PullRequestState::Merged);
    place.rewrite(1, "\"merged\"", "\"closed\"");
    assert_eq!(wait(forge.get(1)).unwrap().state, PullRequestState::Closed);
    place.rewrite(1, &head("source-a"), "renamed");
    assert_eq!(find(&forge, "source-a").unwrap(), None);
    assert_eq!(wait(forge.list(Some("renamed"))).unwrap().len(), 1);
    std::fs::remove_file(place.directory.join("1.json")).unwrap();
    assert!(matches!(wait(forge.get(1)), Err(ForgeError::NotFound(1))));
}

#[test]
fn a_pull_request_of_somebody_else_on_the_branch_is_not_ours() {
    let place = Place::new();
    let forge = place.forge();
    wait(forge.open(&NewPullRequest { mark: mark("source-b"), ..new("source-a") })).unwrap();
    assert_eq!(find(&forge, "source-a").unwrap(), None);
    assert_eq!(wait(forge.list(Some(&head("source-a")))).unwrap().len(), 1);
}

#[test]
fn a_file_that_cannot_be_read_stops_whoever_might_double_it() {
    let place = Place::new();
    let forge = place.forge();
    open(&forge, "source-a").unwrap();
    open(&forge, "source-b").unwrap();
    place.rewrite(1, "\"open\"", "\"opne\"");
    assert!(wait(place.forge().list(None)).is_err());
    let forge = place.forge();
    assert_eq!(find(&forge, "source-b").unwrap().unwrap().number, 2);
    for error in [find(&forge, "source-a").unwrap_err(), open(&forge, "source-c").unwrap_err()] {
        assert!(matches!(&error, ForgeError::Damaged { path, .. } if path.ends_with("1.json")), "{error}");
        assert!(error.to_string().contains("opne"), "{error}");
    }
    place.rewrite(1, "cutover.pull-request/1", "cutover.pull-request/2");
    assert!(matches!(find(&place.forge(), "source-a"), Err(ForgeError::Newer { .. })));
    std::fs::write(place.directory.join("1.json"), "").unwrap();
    assert!(matches!(find(&place.forge(), "source-a"), Err(ForgeError::Damaged { .. })));
}

#[test]
fn what_no_forge_would_take_is_refused() {
    let place = Place::new();
    let forge = place.forge();
    let wrong = [
        NewPullRequest { title: " ".to_owned(), ..new("a") },
        NewPullRequest { title: "two\nlines".to_owned(), ..new("a") },
        NewPullRequest { head: "main".to_owned(), ..new("a") },
        NewPullRequest { head: String::new(), ..new("a") },
    ];
    for new in &wrong {
        assert!(matches!(wait(forge.open(new)), Err(ForgeError::Invalid(_))), "{new:?}");
    }
    assert_eq!(open(&forge, "a").unwrap().number, 1, "a refused one takes no number");
}

#[test]
fn several_processes_never_give_a_number_twice_nor_double_a_branch() {
    let place = Place::new();
    let forges: Vec<LocalForge> = (0..4).map(|_| place.forge()).collect();
    // Each forge has its own thread, index and lock, as a process has.
    std::thread::scope(|scope| {
        for (index, forge) in forges.iter().enumerate() {
            scope.spawn(move || {
                for number in 0..25 {
                    open(forge, &format!("own-{index}-{number}")).unwrap();
                    let shared = open(forge, &format!("shared-{number}"));
                    assert!(matches!(shared, Ok(_) | Err(ForgeError::AlreadyOpen { .. })), "{shared:?}");
                }
            });
        }
    });
    let all = wait(forges[0].list(None)).unwrap();
    let numbers: Vec<u64> = all.iter().map(|pull_request| pull_request.number).collect();
    assert_eq!(numbers, (1..=125).collect::<Vec<_>>());
    let mut heads: Vec<&str> = all.iter().map(|pull_request| pull_request.head.as_str()).collect();
    heads.sort_unstable();
    heads.dedup();
    assert_eq!(heads.len(), 125);
}

#[test]
fn what_is_opened_at_the_same_time_keeps_its_order_and_is_all_there() {
    let place = Place::new();
    let forge = place.forge();
    let new: Vec<NewPullRequest> = (0..300).map(|number| new(&format!("c{number}"))).collect();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().unwrap();
    runtime.block_on(async {
        let mut set = tokio::task::JoinSet::new();
        let forge = Arc::new(forge);
        for new in new {
            let forge = Arc::clone(&forge);
            set.spawn(async move { forge.open(&new).await.map(|opened| (opened, new)) });
        }
        while let Some(opened) = set.join_next().await {
            let (opened, new) = opened.unwrap().unwrap();
            assert_eq!(forge.find(&new.head, &new.mark).await.unwrap(), Some(opened));
        }
    });
    assert_eq!(wait(place.forge().list(None)).unwrap().len(), 300);
}

#[test]
fn what_a_killed_process_left_half_written_is_swept_away() {
    let place = Place::new();
    std::fs::create_dir_all(&place.directory).unwrap();
    for (name, text) in [(".writing-abc", "{\"schema\": \"cut"), ("01.json", "x"), ("notes.json", "x"), ("0.json", "x")]
    {
        std::fs::write(place.directory.join(name), text).unwrap();
    }
    let forge = place.forge();
    // A resumed run looks for its pull request before it opens one.
    assert_eq!(find(&forge, "source-a").unwrap(), None, "files that are not ours are passed over");
    assert_eq!(open(&forge, "source-a").unwrap().number, 1);
    assert!(!place.directory.join(".writing-abc").exists());
    assert!(place.directory.join("notes.json").exists());
}

#[test]
fn a_file_of_version_1_reads_as_it_did_when_it_was_written() {
    let place = Place::new();
    std::fs::create_dir_all(&place.directory).unwrap();
    std::fs::write(place.directory.join("7.json"), include_str!("pull-request-1.json")).unwrap();
    let read = wait(place.forge().get(7)).unwrap();
    let expected = PullRequest {
        number: 7,
        url: format!("file://{}/7.json", place.directory),
        state: PullRequestState::Closed,
        created_at: Some("2026-11-22T10:00:00Z".parse().unwrap()),
        body: mark("source-a").attach("What changes."),
        head: head("source-a"),
        author: None,
        head_commit: None,
        base: "main".to_owned(),
        title: "Move source-a".to_owned(),
        draft: false,
        labels: vec!["migration".to_owned()],
        reviewers: Vec::new(),
        teams: Vec::new(),
        assignees: vec!["ada".to_owned()],
        milestone: None,
        mark: Some(mark("source-a")),
    };
    assert_eq!(read, expected);
    assert_eq!(open(&place.forge(), "source-b").unwrap().number, 8, "numbers go on after the highest");
}

#[test]
fn ten_thousand_pull_requests_are_found_without_reading_them_again() {
    let place = Place::new();
    std::fs::create_dir_all(&place.directory).unwrap();
    let text = include_str!("pull-request-1.json").replace("\"closed\"", "\"open\"");
    for number in 1..=10_000 {
        let text = text.replace("\"number\": 7", &format!("\"number\": {number}"));
        let text = text.replace("source-a", &format!("source-{number}"));
        std::fs::write(place.directory.join(format!("{number}.json")), text).unwrap();
    }
    let forge = place.forge();
    assert_eq!(find(&forge, "source-9999").unwrap().unwrap().number, 9999);
    let begin = std::time::Instant::now();
    for number in 1..=1000 {
        assert_eq!(find(&forge, &format!("source-{number}")).unwrap().unwrap().number, number);
    }
    // Reading the directory anew takes some 10 ms each, so this would be 10 s.
    assert!(begin.elapsed().as_secs() < 3, "{:?}", begin.elapsed());
}

#[test]
fn a_directory_that_cannot_be_written_is_a_clear_error() {
    let place = Place::new();
    std::fs::create_dir_all(place.directory.parent().unwrap()).unwrap();
    std::fs::write(&place.directory, "a file").unwrap();
    let error = open(&place.forge(), "source-a").unwrap_err();
    assert_eq!(error.class(), ForgeErrorClass::State);
    assert!(error.to_string().contains(place.directory.as_str()), "{error}");
}

/// A small disk in memory; goes away with its end.
struct SmallDisk(Utf8PathBuf);

impl SmallDisk {
    fn new(test: &str, at: &Utf8Path) -> Option<Self> {
        std::fs::create_dir_all(at).unwrap();
        let mount =
            std::process::Command::new("mount").args(["-t", "tmpfs", "-o", "size=64k", "tmpfs", at.as_str()]).output();
        if mount.is_ok_and(|output| output.status.success()) {
            return Some(Self(at.to_owned()));
        }
        println!("skipped: {test} needs the right to mount");
        None
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = std::process::Command::new("umount").args(["-l", self.0.as_str()]).status();
    }
}

#[test]
fn a_full_disk_loses_nothing_and_leaves_nothing_half_written() {
    let place = Place::new();
    let test = "a_full_disk_loses_nothing_and_leaves_nothing_half_written";
    let Some(_disk) = SmallDisk::new(test, &place.directory) else { return };
    let forge = place.forge();
    let mut opened = 0_usize;
    let error = loop {
        match open(&forge, &format!("c{opened}")) {
            Ok(_) => opened += 1,
            Err(error) => break error,
        }
    };
    assert!(matches!(error, ForgeError::DiskFull(_)), "{error}");
    assert!(opened > 0);
    let forge = place.forge();
    assert_eq!(wait(forge.list(None)).unwrap().len(), opened);
    let left = place.directory.read_dir_utf8().unwrap().count();
    assert_eq!(left, opened + 1, "only pull requests and the lock");
    std::fs::remove_file(place.directory.join("1.json")).unwrap();
    let again = open(&forge, &format!("c{opened}")).unwrap();
    assert_eq!(usize::try_from(again.number).unwrap(), opened + 1);
}

#[test]
fn what_is_missing_is_added_and_what_a_person_added_stays() {
    let place = Place::new();
    let forge = place.forge();
    let opened = open(&forge, "source-a").unwrap();
    place.rewrite(1, "\"migration\"", "\"migration\", \"by-hand\"");
    let wanted =
        NewPullRequest { labels: vec!["wave-1".to_owned()], teams: vec!["python".to_owned()], ..new("source-a") };
    let updated = wait(forge.update(&opened, &wanted)).unwrap();
    assert_eq!(updated.labels, ["migration", "by-hand", "wave-1"]);
    assert_eq!(updated.teams, ["python"]);
    assert_eq!(updated, wait(place.forge().get(1)).unwrap(), "it is on the disk");
}

#[test]
fn title_and_text_follow_what_is_wanted_as_far_as_they_are_ours() {
    let place = Place::new();
    let forge = place.forge();
    let opened = open(&forge, "source-a").unwrap();
    place.rewrite(1, "<!-- cutover:end -->", "<!-- cutover:end -->\\n\\nA person's.");
    let wanted = NewPullRequest { title: "Move on".to_owned(), body: "More.".to_owned(), ..new("source-a") };
    let updated = wait(forge.update(&opened, &wanted)).unwrap();
    assert_eq!(updated.title, "Move on");
    assert!(updated.body.contains("\nMore.\n") && updated.body.contains("\nA person's.\n"), "{}", updated.body);
    assert!(!updated.body.contains("What changes."));
    assert_eq!(wait(forge.update(&updated, &wanted)).unwrap(), updated);
}

#[test]
fn a_pull_request_lives_from_draft_to_merge_by_what_a_person_writes_into_its_file() {
    let place = Place::new();
    let forge = place.forge();
    open(&forge, "source-a").unwrap();
    let request =
        MergeRequest { number: 1, head: String::new(), methods: vec![MergeMethod::Squash], squash_text: None };
    assert!(matches!(wait(forge.merge(&request)).unwrap(), Merged::NotNow(_)), "a draft is not merged");
    wait(forge.ready(1)).unwrap();
    place.rewrite(1, "\"created_at\"", "\"checks\": [{\"name\": \"ci\", \"state\": \"failed\"}], \"created_at\"");
    let standing = wait(forge.standing(1)).unwrap();
    assert_eq!(standing.checks[0].state, CheckState::Failed);
    wait(forge.rerun(1, &standing.checks[0])).unwrap();
    assert_eq!(wait(forge.standing(1)).unwrap().checks[0].state, CheckState::Pending);
    assert_eq!(wait(forge.merge(&request)).unwrap(), Merged::Merged { commit: None });
    wait(forge.close(1, Some("too late"))).unwrap();
    assert_eq!(wait(place.forge().get(1)).unwrap().state, PullRequestState::Merged, "a merged one is not closed");
}
