//! Torn and lost writes: the WAL of a killed process, cut off or scribbled over.

use std::fs;
use std::time::Duration;

use super::child::*;
use super::*;

/// The files of a process that was killed, and how much it had acknowledged.
struct Wreck {
    place: Place,
    acknowledged: u32,
    wal: Vec<u8>,
}

impl Wreck {
    fn new() -> Self {
        let place = Place::new();
        let acknowledged = killed_after(place.path(), 20, Duration::from_millis(5));
        let wal = fs::read(place.path().join("journal.db-wal")).unwrap();
        assert!(!wal.is_empty());
        Self { place, acknowledged, wal }
    }

    /// A copy with another WAL.
    fn with_wal(&self, wal: &[u8]) -> Place {
        let copy = Place::new();
        for name in ["journal.db", "journal.mark"] {
            fs::copy(self.place.path().join(name), copy.path().join(name)).unwrap();
        }
        fs::write(copy.path().join("journal.db-wal"), wal).unwrap();
        copy
    }

    /// Opens a damaged copy: whole or an error. Whether it was whole.
    fn judge(&self, copy: &Place, accident: &str) -> bool {
        match Journal::open(copy.path()) {
            Ok(journal) => {
                let found = appends(&journal);
                assert!(found >= self.acknowledged, "{accident}: {found} of {} are left, silently", self.acknowledged);
                true
            }
            Err(JournalError::Lost { .. } | JournalError::Damaged { .. }) => {
                // Accepting the loss gives what is left, which is whole as far as it goes.
                fs::remove_file(copy.path().join("journal.mark")).unwrap();
                if let Ok(journal) = Journal::open(copy.path()) {
                    assert!(appends(&journal) < self.acknowledged + 2, "{accident}");
                }
                false
            }
            Err(other) => panic!("{accident}: {other}"),
        }
    }
}

#[test]
fn a_torn_wal_is_whole_or_an_error_never_a_silent_loss() {
    let (wreck, mut chance) = (Wreck::new(), Chance(0x5EED_0002));
    let (mut whole, mut lost) = (0, 0);
    for _ in 0..60 {
        let length = usize::try_from(chance.below(wreck.wal.len() as u64)).unwrap();
        let mut wal = wreck.wal.clone();
        let accident = if chance.below(2) == 0 {
            wal.truncate(length);
            format!("cut at {length}")
        } else {
            let end = wal.len().min(length + 16);
            wal[length..end].iter_mut().for_each(|byte| *byte ^= 0x5A);
            format!("scribbled at {length}")
        };
        let is_whole = wreck.judge(&wreck.with_wal(&wal), &accident);
        whole += u32::from(is_whole);
        lost += u32::from(!is_whole);
    }
    println!("{whole} whole, {lost} refused");
    assert!(lost > 0, "no accident hit anything: the test has lost its sense");
}

#[test]
fn a_write_that_was_cut_short_is_dropped_without_a_word() {
    let wreck = Wreck::new();
    // Half a frame behind the last whole one, as a power cut leaves it.
    let mut wal = wreck.wal.clone();
    let frame = wal[32..32 + 2000].to_vec();
    wal.extend_from_slice(&frame);
    assert!(wreck.judge(&wreck.with_wal(&wal), "half a frame more"));
}

#[test]
fn a_deleted_wal_is_noticed() {
    let wreck = Wreck::new();
    let copy = wreck.with_wal(b"");
    fs::remove_file(copy.path().join("journal.db-wal")).unwrap();
    let message = Journal::open(copy.path()).map(drop).unwrap_err().to_string();
    let events = u64::from(wreck.acknowledged) * u64::from(TOGETHER);
    let found = message.split("ends at ").nth(1).unwrap().split(';').next().unwrap().to_owned();
    let message = message.replace(copy.path().as_str(), "<state>").replace(&format!("ends at {found}"), "ends at <n>");
    let known = message.split("knows of event ").nth(1).unwrap().split(' ').next().unwrap().to_owned();
    // It may have written one more than it managed to tell us.
    assert!(known.parse::<u64>().unwrap() >= events && known.parse::<u64>().unwrap() <= events + 3, "{message}");
    insta::assert_snapshot!(message.replace(&format!("event {known}"), "event <n>"), @"the journal <state>/journal.db has lost events that were acknowledged: <state>/journal.mark knows of event <n> of run number 1, the journal ends at <n>; bring back the missing `journal.db-wal` (or the backup's newer copy), or delete <state>/journal.mark to accept the loss: steps whose events are lost are then done again, and find what they already did");
}

#[test]
fn a_database_that_was_cut_off_is_an_error_with_the_files_name() {
    let place = Place::new();
    let journal = place.open();
    let writer = place.begin(&journal, RUN);
    writer.append(&(1..=20_000).map(event).collect::<Vec<_>>(), Vec::new()).wait().unwrap();
    writer.close();
    drop(journal);
    let file = place.path().join("journal.db");
    let length = fs::metadata(&file).unwrap().len();
    fs::File::options().write(true).open(&file).unwrap().set_len(length / 2).unwrap();
    // SQLite notices at the first page that is not there, which may be now or while reading.
    let error = match Journal::open(place.path()) {
        Err(error) => error,
        Ok(journal) => journal.events(&run_id(RUN)).unwrap().find_map(Result::err).expect("it was cut in half"),
    };
    assert!(matches!(error, JournalError::Damaged { .. }), "{error}");
    assert!(error.to_string().contains(file.as_str()), "{error}");
}
