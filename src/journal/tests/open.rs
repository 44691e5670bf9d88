//! Runs, files that are no journal, versions, the lock.

use std::fs;
use std::thread;

use rusqlite::Connection;

use super::*;

#[test]
fn a_run_reads_back_as_it_was_frozen() {
    let place = Place::new();
    let journal = place.open();
    drop(place.begin(&journal, "20261122-1200-a1b2"));
    let found = place.open().run(&run_id("20261122-1200-a1b2")).unwrap();
    assert_eq!(found, record("20261122-1200-a1b2"));
    assert_eq!(found.header.plan_hash, content_hash(found.plan.as_bytes()));
}

#[test]
fn runs_are_listed_newest_first_and_found_by_the_beginning_of_their_id() {
    let place = Place::new();
    let journal = place.open();
    for id in ["20261121-a", "20261122-b", "20261122-bb"] {
        drop(place.begin(&journal, id));
    }
    let ids: Vec<String> = journal.runs().unwrap().iter().map(|header| header.id.to_string()).collect();
    assert_eq!(ids, ["20261122-bb", "20261122-b", "20261121-a"]);
    assert_eq!(journal.find("20261121").unwrap().id.as_str(), "20261121-a");
    assert_eq!(journal.find("20261122-b").unwrap().id.as_str(), "20261122-b", "an id is not ambiguous");
    assert!(matches!(journal.find("%"), Err(JournalError::NoSuchRun { .. })));
    let messages = ["20261122", "", "20261121-b"].map(|wanted| journal.find(wanted).unwrap_err().to_string());
    insta::assert_snapshot!(messages.join("\n"), @r"
    `20261122` could be `20261122-bb` or `20261122-b`; give more of the id
    there is no run ``; `cutover runs` lists them
    there is no run `20261121-b` (did you mean `20261121-a`?); `cutover runs` lists them
    ");
}

#[test]
fn a_run_is_made_once_and_only_under_its_own_lock() {
    let place = Place::new();
    let journal = place.open();
    let lock = place.lock("r1");
    journal.create_run(&record("r1"), &lock).unwrap();
    let twice = journal.create_run(&record("r1"), &lock).unwrap_err();
    let other = journal.create_run(&record("r2"), &lock).unwrap_err();
    insta::assert_snapshot!(format!("{twice}\n{other}"), @r"
    there is a run r1 already; give the new run another id, or go on with `cutover resume r1`
    the lock is held for run r1, not for r2
    ");
}

#[test]
fn a_plan_that_was_changed_afterwards_is_not_used() {
    let place = Place::new();
    let journal = place.open();
    drop(place.begin(&journal, "r1"));
    Connection::open(journal.path()).unwrap().execute("UPDATE runs SET plan = '{}'", []).unwrap();
    assert!(matches!(journal.run(&run_id("r1")), Err(JournalError::Damaged { .. })));
}

#[test]
fn a_run_of_a_newer_format_is_refused_by_name() {
    let place = Place::new();
    let journal = place.open();
    drop(place.begin(&journal, "r1"));
    let newer = "UPDATE runs SET format = 99, program = 'cutover 7.0.0'";
    Connection::open(journal.path()).unwrap().execute(newer, []).unwrap();
    assert_eq!(
        journal.run(&run_id("r1")).unwrap_err().to_string(),
        "run r1 was begun by cutover 7.0.0, whose plan this cutover cannot read; go on with that version or a newer one"
    );
}

#[test]
fn looking_for_a_journal_makes_none() {
    let place = Place::new();
    let directory = place.path().join("cutover");
    assert!(Journal::open_existing(&directory).unwrap().is_none());
    assert!(!directory.exists());
}

#[test]
fn many_may_make_the_same_journal_at_once() {
    let place = Place::new();
    let directory = place.path().join("cutover");
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| assert!(Journal::open(&directory).unwrap().runs().unwrap().is_empty()));
        }
    });
}

#[test]
fn files_that_are_no_journal_are_refused_and_left_alone() {
    let place = Place::new();
    let file = place.path().join("journal.db");
    let refused = |what: &str| {
        let before = fs::read(&file).unwrap();
        let message = Journal::open(place.path()).map(drop).unwrap_err().to_string();
        assert_eq!(fs::read(&file).unwrap(), before, "{what} was changed");
        let _ = fs::remove_file(&file);
        message.replace(place.path().as_str(), "<state>")
    };

    fs::write(&file, "this is not a database, but it is long enough to be looked at".repeat(100)).unwrap();
    let text = refused("a text");
    Connection::open(&file).unwrap().execute_batch("CREATE TABLE users (x INTEGER)").unwrap();
    let foreign = refused("somebody's database");
    drop(place.open());
    Connection::open(&file).unwrap().pragma_update(None, "user_version", 99).unwrap();
    let newer = refused("a newer journal");
    insta::assert_snapshot!([text, foreign, newer].join("\n"), @r"
    the journal <state>/journal.db is damaged (file is not a database); restore it from a backup, or move `journal.db`, `journal.db-wal` and `journal.mark` away to begin anew: branches and pull requests are not touched by that
    <state>/journal.db is a database, but not a journal of cutover; move it away
    the journal <state>/journal.db has version 99, this cutover knows versions up to 1; use the cutover that wrote it, or a newer one
    ");
}

#[test]
fn an_empty_file_is_a_journal_that_was_just_begun() {
    let place = Place::new();
    fs::write(place.path().join("journal.db"), "").unwrap();
    drop(place.begin(&place.open(), "r1"));
    assert_eq!(place.open().runs().unwrap().len(), 1);
}

/// As version 1 of the schema wrote it; never to be changed.
const VERSION_1: &str = r#"
    PRAGMA journal_mode = WAL;
    CREATE TABLE runs (number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, workflow TEXT NOT NULL,
        created_at INTEGER NOT NULL, base TEXT NOT NULL, program TEXT NOT NULL, format INTEGER NOT NULL,
        plan_hash TEXT NOT NULL, plan TEXT NOT NULL) STRICT;
    CREATE TABLE events (run INTEGER NOT NULL REFERENCES runs (number), seq INTEGER NOT NULL, at INTEGER NOT NULL,
        event TEXT NOT NULL, PRIMARY KEY (run, seq)) STRICT, WITHOUT ROWID;
    CREATE TABLE contents (hash BLOB PRIMARY KEY, bytes BLOB NOT NULL) STRICT;
    PRAGMA application_id = 1668641910;
    PRAGMA user_version = 1;
    INSERT INTO runs VALUES (1, 'r1', 'remove-file', 1795348800000000, '0123abc', 'cutover 0.1.0', 1,
        '44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a', '{}');
    INSERT INTO events VALUES (1, 1, 1795348800000001, '{"started":{"u":1,"s":0,"n":1}}');
    INSERT INTO contents VALUES (x'2CF24DBA5FB0A30E26E83B2AC5B9E29E1B161E5C1FA7425E73043362938B9824', x'68656C6C6F');
"#;

#[test]
fn a_journal_of_version_1_is_read() {
    let place = Place::new();
    Connection::open(place.path().join("journal.db")).unwrap().execute_batch(VERSION_1).unwrap();
    let journal = place.open();
    let run = journal.run(&run_id("r1")).unwrap();
    assert_eq!((run.header.created_at.to_string().as_str(), run.plan.as_str()), ("2026-11-22T12:00:00Z", "{}"));
    assert_eq!(numbers(&journal, "r1"), [1]);
    assert_eq!(journal.content(&content_hash(b"hello")).unwrap(), b"hello");
}

#[test]
fn a_second_process_is_told_who_holds_the_lock() {
    let place = Place::new();
    let held = place.lock("r1");
    let refused = Lock::acquire(place.path(), &run_id("r2"), noon()).unwrap_err();
    let LockError::Held(Some(holder)) = &refused else { panic!("{refused}") };
    assert_eq!((holder, holder.pid), (held.facts(), std::process::id()));
    let message = refused.to_string().replace(&holder.pid.to_string(), "<pid>").replace(&holder.host, "<host>");
    insta::assert_snapshot!(message, @"run r1 is being carried out by process <pid> on <host>, since 2026-11-22T12:00:00Z; watch it with `cutover status r1`, or stop it with `kill <pid>` and go on with `cutover resume r1`");
    assert_eq!(Lock::holder(place.path()).as_ref(), Some(held.facts()));
}

#[test]
fn a_released_lock_leaves_nobodys_name() {
    let place = Place::new();
    drop(place.lock("r1"));
    assert_eq!(Lock::holder(place.path()), None);
    assert_eq!(place.lock("r2").left_by(), None);
}

#[test]
fn a_lock_file_of_the_dead_or_the_confused_does_not_lock() {
    let place = Place::new();
    let left = Holder { pid: 1, host: "elsewhere".into(), run: run_id("r0"), since: noon() };
    fs::write(place.path().join("lock"), serde_json::to_string(&left).unwrap()).unwrap();
    assert_eq!(place.lock("r1").left_by(), Some(&left));
    fs::write(place.path().join("lock"), "{half a hol").unwrap();
    assert_eq!(place.lock("r1").left_by(), None);
}

#[test]
fn a_running_writer_keeps_the_lock_and_closing_it_gives_it_back() {
    let place = Place::new();
    let journal = place.open();
    let writer = place.begin(&journal, "r1");
    assert!(Lock::acquire(place.path(), &run_id("r1"), noon()).is_err());
    writer.close();
    assert!(Lock::acquire(place.path(), &run_id("r1"), noon()).is_ok());
}

#[test]
fn looking_who_is_at_work_never_stops_anybody_from_beginning() {
    let place = Place::new();
    drop(place.lock("r1"));
    let done = std::sync::atomic::AtomicBool::new(false);
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while !done.load(std::sync::atomic::Ordering::Relaxed) {
                    Lock::holder(place.path());
                }
            });
        }
        for _ in 0..200 {
            let outcome = Lock::acquire(place.path(), &run_id("r1"), noon());
            done.fetch_or(outcome.is_err(), std::sync::atomic::Ordering::Relaxed);
            outcome.unwrap();
        }
        done.store(true, std::sync::atomic::Ordering::Relaxed);
    });
}
