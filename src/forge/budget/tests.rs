use std::sync::atomic::{AtomicI64, Ordering};

use jiff::SignedDuration;
use proptest::prelude::*;
use tempfile::TempDir;

use super::*;
use crate::base::SystemClock;
use crate::forge::BoxFuture;

/// A clock that only moves where somebody waits, or is made to.
#[derive(Debug, Default)]
struct Hands(AtomicI64);

impl Hands {
    fn turn(&self, milliseconds: i64) {
        self.0.fetch_add(milliseconds, Ordering::SeqCst);
    }
}

impl Clock for Hands {
    fn now(&self) -> Timestamp {
        at(self.0.load(Ordering::SeqCst))
    }
}

impl Pause for Hands {
    fn pause(&self, time: Duration) -> BoxFuture<'_, ()> {
        self.turn(i64::try_from(time.as_millis()).unwrap().max(1));
        Box::pin(tokio::task::yield_now())
    }
}

fn at(milliseconds: i64) -> Timestamp {
    Timestamp::from_millisecond(1_795_000_000_000 + milliseconds).unwrap()
}

struct Place {
    directory: Utf8PathBuf,
    hands: Arc<Hands>,
    _scratch: TempDir,
}

impl Place {
    fn new() -> Self {
        let scratch = tempfile::tempdir().unwrap();
        let directory = Utf8Path::from_path(scratch.path()).unwrap().join("budget");
        Self { directory, hands: Arc::default(), _scratch: scratch }
    }

    fn budget(&self, limits: Limits) -> Budget {
        Budget::new(&self.directory, "host-abc", limits, self.hands.clone(), self.hands.clone())
    }

    fn file(&self) -> String {
        std::fs::read_to_string(self.directory.join("host-abc.json")).unwrap()
    }
}

const FREE: Limits = Limits { per_minute: 1000, per_hour: 1000, spacing: Duration::ZERO, patience: None };

async fn write(budget: &Budget) -> Timestamp {
    let turn = budget.turn(Resource::Core).await.unwrap();
    let at = budget.clock.now();
    budget.settle(turn, true).await.unwrap();
    at
}

/// Whether some window of this length has more than so many of the moments in it.
fn exceeds(moments: &[Timestamp], most: u32, window: SignedDuration) -> bool {
    let most = usize::try_from(most).unwrap();
    moments.windows(most + 1).any(|group| group[most].duration_since(group[0]) <= window)
}

proptest! {
    #[test]
    fn no_window_is_ever_exceeded(
        per_minute in 1_u32..6, per_hour in 1_u32..12, spacing in 0_u64..3000,
        steps in prop::collection::vec((0_i64..40_000, 0_i64..5000), 1..60),
    ) {
        let limits = Limits { per_minute, per_hour, spacing: Duration::from_millis(spacing), patience: None };
        let mut pace = Pace::default();
        let (mut now, mut written) = (at(0), Vec::new());
        for (idle, taking) in steps {
            now = pace::later(now, SignedDuration::from_millis(idle));
            pace.catch_up(now);
            now = pace.next(&limits, Resource::Core, now);
            pace.catch_up(now);
            prop_assert_eq!(pace.next(&limits, Resource::Core, now), now, "what is due may go");
            pace.reserve(now);
            // The forge counts it at some moment before it answers.
            let begun = now;
            now = pace::later(now, SignedDuration::from_millis(taking));
            pace.settle(now, true);
            written.push(pace::later(begun, SignedDuration::from_millis(taking / 2)));
        }
        prop_assert!(!exceeds(&written, per_minute, SignedDuration::from_mins(1)), "{written:?}");
        prop_assert!(!exceeds(&written, per_hour, SignedDuration::from_hours(1)), "{written:?}");
    }

    #[test]
    fn a_clock_that_is_set_back_exceeds_nothing_and_stops_nobody(
        steps in prop::collection::vec((0_i64..20_000, 0_i64..10_000_000), 1..40),
    ) {
        let limits = Limits { per_minute: 3, per_hour: 10, spacing: Duration::from_secs(1), patience: None };
        let mut pace = Pace::default();
        // The real time, and how far the clock is behind it.
        let (mut real, mut behind, mut written) = (0_i64, 0_i64, Vec::new());
        for (idle, set_back) in steps {
            real += idle;
            behind += set_back;
            let mut waited = 0;
            loop {
                let now = at(real - behind);
                pace.catch_up(now);
                let next = pace.next(&limits, Resource::Core, now);
                if next <= now {
                    pace.reserve(now);
                    break;
                }
                let wait = i64::try_from(next.duration_since(now).as_millis()).unwrap().max(1);
                waited += wait;
                real += wait;
            }
            prop_assert!(waited <= 3_600_001 + 1000, "{waited}");
            written.push(at(real));
        }
        prop_assert!(!exceeds(&written, 3, SignedDuration::from_mins(1)));
        prop_assert!(!exceeds(&written, 10, SignedDuration::from_hours(1)));
    }

    #[test]
    fn an_outlook_is_what_then_happens(before in 0_usize..7, writes in 1_u64..30) {
        let limits = Limits { per_minute: 4, per_hour: 9, spacing: Duration::from_secs(2), patience: None };
        let mut pace = Pace::default();
        let mut now = at(0);
        let go = |pace: &mut Pace, now: Timestamp| {
            let now = pace.next(&limits, Resource::Core, now);
            pace.catch_up(now);
            pace.reserve(now);
            now
        };
        for _ in 0..before {
            now = go(&mut pace, now);
        }
        let outlook = pace.outlook(&limits, now, writes);
        let went: Vec<Timestamp> = (0..writes).map(|_| { now = go(&mut pace, now); now }).collect();
        prop_assert_eq!(outlook, Outlook { next: went[0], last: went[went.len() - 1] });
    }
}

#[test]
fn five_hundred_pull_requests_take_three_hours_at_githubs_limits() {
    let outlook = Pace::default().outlook(&Limits::default(), at(0), 1500);
    assert_eq!(outlook.next, at(0));
    let seconds = outlook.last.duration_since(at(0)).as_secs();
    assert!((7200..8000).contains(&seconds), "{seconds}: 500 at once, and 500 after each hour");
}

#[test]
fn limits_that_the_forge_does_not_explain_are_kept_a_minute_and_twice_as_long_each_time() {
    let mut pace = Pace::default();
    let mut now = at(0);
    let mut waits = Vec::new();
    for _ in 0..9 {
        pace.punish(now, None);
        pace.punish(now, None);
        let free = pace.free(Resource::Graphql, now);
        waits.push(free.duration_since(now).as_secs());
        now = free;
        pace.catch_up(now);
    }
    assert_eq!(waits, [60, 120, 240, 480, 960, 1920, 3600, 3600, 3600]);
    pace.reserve(now);
    pace.settle(now, true);
    pace.punish(now, None);
    assert_eq!(pace.free(Resource::Core, now).duration_since(now).as_secs(), 60, "a success ends the row");
    pace.punish(now, Some(Duration::from_secs(90)));
    assert_eq!(pace.free(Resource::Core, now).duration_since(now).as_secs(), 90);
}

#[test]
fn what_is_spent_of_one_interface_does_not_stop_the_other() {
    let mut pace = Pace::default();
    pace.block(Resource::Graphql, at(0), at(5000));
    assert_eq!(pace.free(Resource::Core, at(0)), at(0));
    assert_eq!(pace.next(&FREE, Resource::Graphql, at(0)), at(5000));
    pace.catch_up(at(-100_000));
    assert_eq!(pace.free(Resource::Graphql, at(-100_000)), at(-95_000), "a clock that was set back keeps the length");
}

#[tokio::test]
async fn writes_of_several_processes_share_the_windows() {
    let place = Place::new();
    let limits = Limits { per_minute: 3, per_hour: 100, spacing: Duration::from_secs(1), patience: None };
    // A budget of its own has a lock of its own, as a process has.
    let (first, second) = (place.budget(limits), place.budget(limits));
    let mut went = Vec::new();
    for _ in 0..4 {
        went.push(write(&first).await);
        went.push(write(&second).await);
    }
    assert!(!exceeds(&went, 3, SignedDuration::from_mins(1)), "{went:?}");
    assert!(went.windows(2).all(|pair| pair[1].duration_since(pair[0]).as_secs() >= 1));
    assert_eq!(went[7].duration_since(went[0]).as_secs(), 121, "and no slower than that");
    assert_eq!(first.outlook(1).next, second.outlook(1).next);
}

#[tokio::test]
async fn writes_go_out_one_after_another() {
    let place = Place::new();
    let (first, second) = (Arc::new(place.budget(FREE)), place.budget(FREE));
    let turn = first.turn(Resource::Core).await.unwrap();
    let same = tokio::time::timeout(Duration::from_millis(60), first.turn(Resource::Core)).await;
    let other = tokio::time::timeout(Duration::from_millis(60), second.turn(Resource::Core)).await;
    assert!(same.is_err() && other.is_err());
    first.settle(turn, true).await.unwrap();
    write(&second).await;
    write(&first).await;
}

#[tokio::test]
async fn a_write_is_written_down_before_it_goes_out_and_counts_although_its_end_was_never_seen() {
    let place = Place::new();
    let limits = Limits { per_minute: 1, ..FREE };
    let budget = place.budget(limits);
    let turn = budget.turn(Resource::Core).await.unwrap();
    assert!(place.file().contains("\"writes\":[\"2026-"), "{}", place.file());
    drop(turn);
    let went = write(&place.budget(limits)).await;
    assert!(went.duration_since(at(0)).as_secs() >= 60);
}

#[tokio::test]
async fn whoever_is_told_to_wait_stops_everybody() {
    let place = Place::new();
    let (first, second) = (place.budget(FREE), place.budget(FREE));
    first.note(Told::Slower(Some(Duration::from_secs(45)))).await.unwrap();
    assert_eq!(write(&second).await, at(45_000));
    first.note(Told::Spent(Resource::Graphql, Duration::from_secs(100))).await.unwrap();
    assert_eq!(write(&second).await, at(45_000), "the other interface goes on");
    first.read(Resource::Graphql).await.unwrap();
    assert_eq!(place.hands.now(), at(145_000));
}

#[tokio::test]
async fn patience_has_an_end() {
    let place = Place::new();
    let budget = place.budget(Limits { patience: Some(Duration::from_secs(10)), ..FREE });
    budget.note(Told::Slower(Some(Duration::from_secs(11)))).await.unwrap();
    let error = budget.turn(Resource::Core).await.err().unwrap();
    assert!(matches!(error, ForgeError::RateLimit { retry_after: Some(wait) } if wait.as_secs() == 11), "{error:?}");
    assert!(budget.read(Resource::Core).await.is_err());
    place.hands.turn(2000);
    write(&budget).await;
}

#[tokio::test]
async fn whoever_waits_is_let_go_when_the_run_is_told_to_stop() {
    let place = Place::new();
    let limits = Limits { per_minute: 1, ..FREE };
    // On the real clock, so that the second write has to wait.
    let budget = Budget::new(&place.directory, "host-abc", limits, Arc::new(SystemClock), Arc::new(RealPause));
    let budget = Arc::new(budget);
    write(&budget).await;
    let waiting = tokio::spawn({
        let budget = Arc::clone(&budget);
        async move { budget.turn(Resource::Core).await.err() }
    });
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert!(!waiting.is_finished());
    budget.stop();
    assert!(matches!(waiting.await.unwrap(), Some(ForgeError::Stopped)));
    assert!(matches!(budget.turn(Resource::Core).await.err(), Some(ForgeError::Stopped)));
    budget.read(Resource::Core).await.unwrap();
}

#[tokio::test]
async fn a_damaged_file_is_set_aside_and_one_of_a_newer_version_is_not() {
    let place = Place::new();
    write(&place.budget(FREE)).await;
    let path = place.directory.join("host-abc.json");
    for damaged in ["", "{", "[]", "{\"schema\":\"x\"}", "{\"schema\":\"cutover.budget/1\",\"writes\":[\"never\"]}"] {
        std::fs::write(&path, damaged).unwrap();
        write(&place.budget(FREE)).await;
        assert!(place.file().starts_with("{\"schema\":\"cutover.budget/1\""), "{damaged}");
        assert_eq!(std::fs::read_to_string(place.directory.join("host-abc.damaged")).unwrap(), damaged);
    }
    std::fs::write(&path, "{\"schema\":\"cutover.budget/2\"}").unwrap();
    let error = place.budget(FREE).turn(Resource::Core).await.err().unwrap();
    assert!(matches!(error, ForgeError::Newer { .. }), "{error}");
}

#[tokio::test]
async fn a_file_of_version_1_counts() {
    let place = Place::new();
    std::fs::create_dir_all(&place.directory).unwrap();
    std::fs::write(place.directory.join("host-abc.json"), include_str!("budget-1.json")).unwrap();
    let since = Timestamp::duration_since("2026-11-22T10:00:00Z".parse().unwrap(), at(0)).as_millis();
    place.hands.turn(i64::try_from(since).unwrap());
    let budget = place.budget(Limits { per_minute: 2, ..FREE });
    let spent = budget.spent();
    assert_eq!((spent.minute, spent.hour), (2, 3));
    assert_eq!(spent.blocked, Some("2026-11-22T10:00:20Z".parse().unwrap()));
    assert_eq!(write(&budget).await, "2026-11-22T10:00:30.001Z".parse().unwrap());
}

#[tokio::test]
async fn a_directory_that_cannot_be_written_is_a_clear_error() {
    let place = Place::new();
    std::fs::write(&place.directory, "a file").unwrap();
    let error = place.budget(FREE).turn(Resource::Core).await.err().unwrap();
    assert!(error.to_string().contains(place.directory.as_str()), "{error}");
}
