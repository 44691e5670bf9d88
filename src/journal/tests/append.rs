//! Writing and reading back.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, mpsc};
use std::time::Instant;

use rusqlite::Connection;

use super::*;
use crate::event::StepResult;

#[test]
fn events_come_back_in_order_with_their_numbers_and_times() {
    let (place, count) = (Place::new(), 10_000_u32);
    let journal = place.open();
    let writer = place.begin(&journal, "r1");
    let receipts: Vec<Receipt> = (1..=count).map(|number| writer.append(&[event(number)], Vec::new())).collect();
    for receipt in receipts {
        receipt.wait().unwrap();
    }
    let records: Vec<Record> = journal.events(&run_id("r1")).unwrap().map(Result::unwrap).collect();
    assert_eq!(records.len(), count as usize);
    for (index, record) in records.iter().enumerate() {
        assert_eq!((record.seq, number(&record.event)), (index as u64 + 1, u32::try_from(index).unwrap() + 1));
        assert_eq!(record.at, noon());
    }
    let after: Vec<u64> =
        journal.events_after(&run_id("r1"), 9_998).unwrap().map(|record| record.unwrap().seq).collect();
    assert_eq!(after, [9_999, 10_000]);
}

#[test]
fn a_resumed_run_goes_on_counting() {
    let place = Place::new();
    let journal = place.open();
    place.begin(&journal, "r1").append(&[event(1), event(2)], Vec::new()).wait().unwrap();
    let writer = place.open().writer(place.lock("r1"), clock()).unwrap();
    writer.append(&[event(3)], Vec::new()).wait().unwrap();
    assert_eq!(numbers(&journal, "r1"), [1, 2, 3]);
}

#[test]
fn runs_do_not_see_each_others_events() {
    let place = Place::new();
    let journal = place.open();
    place.begin(&journal, "r1").append(&[event(1)], Vec::new()).wait().unwrap();
    place.begin(&journal, "r2").append(&[event(2)], Vec::new()).wait().unwrap();
    assert_eq!((numbers(&journal, "r1"), numbers(&journal, "r2")), (vec![1], vec![2]));
}

#[tokio::test]
async fn a_receipt_can_be_awaited() {
    let place = Place::new();
    let journal = place.open();
    let writer = place.begin(&journal, "r1");
    writer.append(&[event(1)], Vec::new()).await.unwrap();
    assert_eq!(numbers(&place.open(), "r1"), [1]);
}

#[test]
fn dropping_the_writer_waits_for_what_was_appended() {
    let place = Place::new();
    let journal = place.open();
    let writer = place.begin(&journal, "r1");
    let receipts: Vec<Receipt> = (1..=500).map(|number| writer.append(&[event(number)], Vec::new())).collect();
    drop(writer);
    assert_eq!(numbers(&journal, "r1").len(), 500);
    drop(receipts);
}

#[test]
fn what_waits_during_a_commit_goes_into_the_next_one_together() {
    let place = Place::new();
    let (entered, enters) = mpsc::channel();
    let (leave, leaves) = mpsc::channel::<()>();
    let (gate, commits) = (Mutex::new((entered, leaves)), Arc::new(AtomicU64::new(0)));
    let counted = Arc::clone(&commits);
    let journal = place.open().observed(Arc::new(move |point| match point {
        // 1 is the run, 2 the first append.
        WritePoint::Before(2) => {
            let gate = gate.lock().unwrap();
            gate.0.send(()).unwrap();
            gate.1.recv().unwrap();
        }
        WritePoint::Before(_) => {}
        WritePoint::After(number) => counted.store(number, Ordering::SeqCst),
    }));
    let writer = place.begin(&journal, "r1");
    let first = writer.append(&[event(1)], Vec::new());
    enters.recv().unwrap();
    let others: Vec<Receipt> = (2..=100).map(|number| writer.append(&[event(number)], Vec::new())).collect();
    leave.send(()).unwrap();
    first.wait().unwrap();
    for receipt in others {
        receipt.wait().unwrap();
    }
    assert_eq!(commits.load(Ordering::SeqCst), 3, "one for the run, one for the first, one for the rest");
    assert_eq!(numbers(&journal, "r1"), (1..=100).collect::<Vec<_>>());
}

#[test]
fn a_content_is_stored_once_and_comes_with_its_event() {
    let place = Place::new();
    let journal = place.open();
    let writer = place.begin(&journal, "r1");
    let content: Arc<[u8]> = Arc::from(&b"\x00made by a process\xff"[..]);
    for number in 1..=3 {
        writer.append(&[event(number)], vec![Arc::clone(&content), Arc::from(&b""[..])]).wait().unwrap();
    }
    let hash = content_hash(&content);
    assert_eq!(journal.content(&hash).unwrap(), &*content);
    assert_eq!(journal.content(&content_hash(b"")).unwrap(), b"");
    let direct = Connection::open(journal.path()).unwrap();
    let stored: i64 = direct.query_row("SELECT count(*) FROM contents", [], |row| row.get(0)).unwrap();
    assert_eq!(stored, 2);
    direct.execute("UPDATE contents SET bytes = x'00' WHERE length(bytes) > 1", []).unwrap();
    assert!(matches!(journal.content(&hash), Err(JournalError::NoContent { .. })));
}

#[test]
fn after_a_failed_write_nothing_is_taken_for_written() {
    let place = Place::new();
    let journal = place.open();
    let writer = place.begin(&journal, "r1");
    writer.append(&[event(1)], Vec::new()).wait().unwrap();
    let saboteur = Connection::open(journal.path()).unwrap();
    let fail = "CREATE TRIGGER fail BEFORE INSERT ON events WHEN NEW.seq = 3 BEGIN SELECT RAISE(ABORT, 'no'); END";
    saboteur.execute_batch(fail).unwrap();
    let failed = writer.append(&[event(2), event(3)], Vec::new()).wait().unwrap_err();
    saboteur.execute_batch("DROP TRIGGER fail").unwrap();
    let refused = writer.append(&[event(4)], Vec::new()).wait().unwrap_err();
    assert_eq!(failed.to_string(), refused.to_string());
    assert!(failed.to_string().contains("no"), "{failed}");
    assert_eq!(numbers(&journal, "r1"), [1]);
}

#[test]
fn reading_goes_on_while_the_writer_writes() {
    let place = Place::new();
    let journal = place.open();
    let writer = place.begin(&journal, "r1");
    writer.append(&(1..=5_000).map(event).collect::<Vec<_>>(), Vec::new()).wait().unwrap();
    let reader = Journal::open_existing(place.path()).unwrap().unwrap();
    let mut events = reader.events(&run_id("r1")).unwrap();
    // The first page is open; the writer is not in its way, nor it in the writer's.
    assert_eq!(events.next().unwrap().unwrap().seq, 1);
    let begun = Instant::now();
    for number in 5_001..=5_050 {
        writer.append(&[event(number)], Vec::new()).wait().unwrap();
    }
    assert!(begun.elapsed().as_secs() < 5, "the reader held the writer up");
    assert_eq!(events.last().unwrap().unwrap().seq, 5_050);
}

#[test]
fn an_event_that_cannot_be_understood_ends_the_reading_with_its_number() {
    let place = Place::new();
    let journal = place.open();
    place.begin(&journal, "r1").append(&[event(1), event(2), event(3)], Vec::new()).wait().unwrap();
    let direct = Connection::open(journal.path()).unwrap();
    direct.execute("UPDATE events SET event = '{\"levitated\":{}}' WHERE seq = 2", []).unwrap();
    let outcomes: Vec<_> = journal.events(&run_id("r1")).unwrap().collect();
    assert_eq!(outcomes.len(), 2);
    assert!(outcomes[1].as_ref().unwrap_err().to_string().starts_with("event 2 of run r1 cannot be read"));
    direct.execute("DELETE FROM events WHERE seq = 2", []).unwrap();
    let outcomes: Vec<_> = journal.events(&run_id("r1")).unwrap().collect();
    assert_eq!(
        outcomes[1].as_ref().unwrap_err().to_string().split(" (").nth(1).unwrap().split(')').next(),
        Some("it follows event 1")
    );
}

#[test]
fn an_event_takes_few_bytes() {
    let succeeded = Event::Succeeded {
        unit: UnitIndex(499),
        step: StepIndex(9),
        result: StepResult { changed: true, ..StepResult::default() },
    };
    assert!(serde_json::to_string(&event(1)).unwrap().len() < 40);
    assert!(serde_json::to_string(&succeeded).unwrap().len() < 60, "{}", serde_json::to_string(&succeeded).unwrap());
}

/// A measurement, for which there is no limit in a debug build; it prints what it finds.
#[test]
fn two_hundred_thousand_events_are_written_and_read() {
    let (place, count) = (Place::new(), 200_000_u32);
    let journal = place.open();
    let writer = place.begin(&journal, "r1");
    let begun = Instant::now();
    let mut last = None;
    for number in 1..=count {
        last = Some(writer.append(&[event(number)], Vec::new()));
    }
    last.unwrap().wait().unwrap();
    let written = begun.elapsed();
    let begun = Instant::now();
    assert_eq!(journal.events(&run_id("r1")).unwrap().map(Result::unwrap).count(), count as usize);
    println!("{count} events written in {written:.2?}, read in {:.2?}", begun.elapsed());
    let begun = Instant::now();
    for number in 1..=200 {
        writer.append(&[event(number)], Vec::new()).wait().unwrap();
    }
    println!("one event at a time takes {:.2?}", begun.elapsed() / 200);
}
