//! Every point at which the process touches the disk, one after the other, with the help of strace.

use std::fs;
use std::process::Command;

use super::child::*;
use super::*;

/// What changes the disk. SQLite syncs with `fsync` or `fdatasync`, depending on how it was built.
const CALLS: &str = "pwrite64,write,fsync,fdatasync,ftruncate,unlink";

/// Appends in one sweep.
const APPENDS: u32 = 4;

fn has_strace() -> bool {
    let works = Command::new("strace").args(["-qq", "-o", "/dev/null", "true"]).status();
    let works = works.is_ok_and(|status| status.success());
    if !works {
        println!("skipped: needs strace and the right to trace");
    }
    works
}

fn words(text: &str) -> Vec<String> {
    text.split_whitespace().map(str::to_owned).collect()
}

#[test]
fn a_kill_at_every_single_system_call_loses_nothing() {
    if !has_strace() {
        return;
    }
    let (mut killed, mut points) = (0, 0);
    // strace counts per thread; both threads of interest meet the n-th call of their own.
    for point in 1.. {
        let place = Place::new();
        let wrapper =
            words(&format!("strace -f -qq -o /dev/null -e trace={CALLS} -e inject={CALLS}:signal=KILL:when={point}"));
        let (acknowledged, peaceful, _) = run_to_end(command(&wrapper, place.path(), APPENDS, None));
        let journal = place.open();
        let found = appends(&journal);
        assert!(found >= acknowledged && found <= acknowledged + 1, "point {point}: {acknowledged}, {found}");
        drop(journal);
        let (last, peaceful_again, text) = run_to_end(command(&[], place.path(), 1, None));
        assert!(peaceful_again && last == found + 1, "point {point} cannot be resumed: {text}");
        points = point;
        if peaceful {
            break;
        }
        killed += 1;
        assert!(point < 500, "the child never gets to its end");
    }
    println!("killed at {killed} of {points} points");
    assert!(killed > 20, "only {killed} points were found: the sweep misses the calls that SQLite makes");
}

#[test]
fn nothing_is_acknowledged_before_it_is_synced() {
    if !has_strace() {
        return;
    }
    let place = Place::new();
    let trace = place.path().join("trace");
    let wrapper = words(&format!("strace -f -y -qq -s 16 -o {trace} -e trace=pwrite64,write,fsync,fdatasync"));
    let state = place.path().join("state");
    assert_eq!(run_to_end(command(&wrapper, &state, 10, None)).0, 10);
    let (mut written, mut acknowledged) = (false, 0);
    for line in fs::read_to_string(trace).unwrap().lines() {
        let is_wal = line.contains("journal.db-wal>");
        if is_wal && line.contains("pwrite64(") {
            written = true;
        } else if is_wal && line.contains("sync(") {
            written = false;
        } else if line.contains("\"ack ") {
            assert!(!written, "acknowledged before a sync: {line}");
            acknowledged += 1;
        }
    }
    assert_eq!(acknowledged, 10);
}

#[test]
fn a_failing_disk_is_an_error_and_what_was_acknowledged_stays() {
    if !has_strace() {
        return;
    }
    let mut failed = 0;
    for (call, error, from) in [("fsync,fdatasync", "EIO", 4), ("pwrite64", "ENOSPC", 30), ("pwrite64", "EIO", 40)] {
        let place = Place::new();
        let inject = format!("-e trace={call} -e inject={call}:error={error}:when={from}+");
        let wrapper = words(&format!("strace -f -qq -o /dev/null {inject}"));
        let (acknowledged, _, text) = run_to_end(command(&wrapper, place.path(), 40, None));
        failed += u32::from(text.contains("error failed to write the journal"));
        let journal = place.open();
        assert!(appends(&journal) >= acknowledged, "{call} {error}: {text}");
    }
    assert!(failed >= 2, "the injected errors hit nothing");
}
