//! Whatever happens in the world: limits hold, and where all goes well everybody gets a turn.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

use super::super::{Assumptions, Checks, Decision, Member, Open, Pace, Population, Stage, Work, simulate};
use super::{NOW, at, number, rollout};
use crate::workflow::{MaxFailures, Milestone, RolloutOptions, WaveSize, Weekday, Window};

fn wave_sizes() -> impl Strategy<Value = Vec<WaveSize>> {
    let size = prop_oneof![
        (1_usize..6).prop_map(|size| WaveSize::Count(number(size))),
        (1_u8..40).prop_map(WaveSize::Percent)
    ];
    prop::collection::vec(size, 0..4)
}

fn windows() -> impl Strategy<Value = Vec<Window>> {
    let zone = prop::sample::select(vec!["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe"]);
    let days = prop::sample::subsequence(Weekday::ALL.map(|(_, day)| day).to_vec(), 1..=7);
    let window = (days, 0_u16..1440, 1_u16..1440, zone).prop_map(|(days, opens, length, zone)| {
        let closes = (opens + length) % 1440;
        Window { days, opens, closes: if closes == 0 { 1440 } else { closes }, zone: zone.to_owned() }
    });
    prop::collection::vec(window, 0..3)
}

prop_compose! {
    fn options()(
        waves in wave_sizes(),
        canary in prop::option::of(0_usize..12),
        advance in prop::sample::select(Milestone::ALL.map(|(_, milestone)| milestone).to_vec()),
        after in prop::option::of(1_u64..100_000),
        limits in prop::array::uniform3(prop::option::of(1_usize..6)),
        stuck_after in prop::option::of(1_u64..1_000_000),
        max_failures in prop::option::of(1_u8..=100),
        windows in windows(),
    ) -> RolloutOptions {
        RolloutOptions {
            waves,
            canary: canary.map(|unit| format!("c{unit}")).into_iter().collect(),
            advance,
            after: after.map(Duration::from_secs),
            max_open: limits[0].map(number),
            max_pending_checks: limits[1].map(number),
            max_unreviewed: limits[2].map(number),
            stuck_after: stuck_after.map(Duration::from_secs),
            max_failures: max_failures.map(MaxFailures::Percent),
            windows,
        }
    }
}

/// Something happens to a unit, or somebody asks.
#[derive(Debug, Clone)]
enum Move {
    /// Time passes.
    Pass(i64),
    /// A unit is asked about, and begins if it may.
    Ask(usize),
    /// A unit that has begun is seen like this from now on.
    See(usize, u8),
}

fn moves() -> impl Strategy<Value = Vec<Move>> {
    let one = prop_oneof![
        1 => (1_i64..200_000).prop_map(Move::Pass),
        4 => (0_usize..12).prop_map(Move::Ask),
        3 => (0_usize..12, 0_u8..8).prop_map(|(unit, how)| Move::See(unit, how)),
    ];
    prop::collection::vec(one, 1..150)
}

fn seen(member: Member, how: u8, now: Timestamp) -> Member {
    let open = |checks, reviewed| Stage::Open(Open { last_activity: now, checks, reviewed });
    let stage = match how {
        0 => open(Checks::Pending, false),
        1 => open(Checks::Green, false),
        2 => open(Checks::Red, false),
        3 => open(Checks::Green, true),
        4 => Stage::Merged,
        5 => Stage::Gone,
        6 => return Member { failed: true, ..member },
        _ => return Member { held: true, ..member },
    };
    Member { stage, ..member }
}

/// Whether the windows are open, by the clock on the wall: another way than the one that is tested.
fn is_open_by_the_wall(windows: &[Window], now: Timestamp) -> bool {
    windows.is_empty()
        || windows.iter().any(|window| {
            let local = now.to_zoned(crate::base::time_zone(&window.zone).unwrap()).datetime();
            let minute = u16::try_from(local.hour()).unwrap() * 60 + u16::try_from(local.minute()).unwrap();
            let on = |date: jiff::civil::Date| {
                let day = usize::try_from(date.weekday().to_monday_zero_offset()).unwrap();
                window.days.contains(&Weekday::ALL[day].1)
            };
            let (today, yesterday) = (local.date(), local.date().yesterday().unwrap());
            if window.closes > window.opens {
                on(today) && (window.opens..window.closes).contains(&minute)
            } else {
                (on(today) && minute >= window.opens) || (on(yesterday) && minute < window.closes)
            }
        })
}

/// Whether the clock of a zone is set within three hours of this moment: walls do not tell then.
fn clock_is_set(windows: &[Window], now: Timestamp) -> bool {
    let hours = SignedDuration::from_hours(3);
    windows.iter().any(|window| {
        let zone = crate::base::time_zone(&window.zone).unwrap();
        let offset = |at: Timestamp| zone.to_offset(at);
        offset(now.checked_sub(hours).unwrap()) != offset(now.checked_add(hours).unwrap())
    })
}

fn counts(members: &[Member], now: Timestamp, stuck_after: Option<Duration>) -> [usize; 3] {
    let counted: Vec<Option<Open>> = members
        .iter()
        .filter_map(|member| match member.stage {
            Stage::Begun if !member.failed && !member.held => Some(None),
            Stage::Open(open) => {
                let idle = now.duration_since(open.last_activity);
                let stuck = stuck_after.is_some_and(|after| idle >= SignedDuration::try_from(after).unwrap());
                (!stuck).then_some(Some(open))
            }
            _ => None,
        })
        .collect();
    [
        counted.len(),
        counted.iter().filter(|open| open.is_none_or(|open| open.checks == Checks::Pending)).count(),
        counted.iter().filter(|open| open.is_none_or(|open| !open.reviewed)).count(),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn no_history_takes_anybody_in_against_the_rules(options in options(), moves in moves(), start in 0_i64..31_000_000) {
        let rollout = rollout(&options, 12);
        let mut now = at("2026-01-01T00:00:00Z").checked_add(SignedDuration::from_secs(start)).unwrap();
        let (mut members, mut done): (Vec<Member>, Vec<Timestamp>) = (vec![Member::default(); 12], Vec::new());
        for step in moves {
            match step {
                Move::Pass(seconds) => now = now.checked_add(SignedDuration::from_secs(seconds)).unwrap(),
                Move::See(unit, how) if members[unit].stage != Stage::NotBegun || how > 5 => members[unit] = seen(members[unit], how, now),
                Move::See(..) => {}
                Move::Ask(unit) if members[unit].stage != Stage::NotBegun => {}
                Move::Ask(unit) => {
                    while rollout.next_wave_is_done(&Population { members: &members, done: &done }) {
                        done.push(now);
                    }
                    let before = counts(&members, now, options.stuck_after);
                    match rollout.decide(&Population { members: &members, done: &done }, unit, now) {
                        Decision::Admit => {
                            let wave = rollout.wave_of(unit);
                            let limits = [options.max_open, options.max_pending_checks, options.max_unreviewed];
                            for (count, limit) in before.into_iter().zip(limits) {
                                prop_assert!(limit.is_none_or(|limit| count < limit.get()), "{count} of {limit:?}");
                            }
                            prop_assert!(done.len() >= wave, "wave {wave} before {done:?}");
                            if let (Some(after), Some(before)) = (options.after, wave.checked_sub(1)) {
                                prop_assert!(now.duration_since(done[before]) >= SignedDuration::try_from(after).unwrap());
                            }
                            if !clock_is_set(&options.windows, now) {
                                prop_assert!(is_open_by_the_wall(&options.windows, now), "closed at {now}");
                            }
                            members[unit].stage = Stage::Begun;
                        }
                        Decision::Wait(waiting) => {
                            prop_assert!(waiting.until.is_none_or(|until| until > now), "{waiting:?} at {now}");
                            prop_assert!(!waiting.detail.is_empty());
                        }
                        Decision::Stop(waiting) => prop_assert!(waiting.until.is_none()),
                    }
                }
            }
        }
    }

    #[test]
    fn where_all_goes_well_everybody_is_merged_in_the_end(options in options(), checks in 0_u64..10_000, review in 0_u64..100_000) {
        let rollout = rollout(&options, 12);
        let work = vec![Some(Work { opening: 2, merging: 1 }); 12];
        let assumptions = Assumptions { checks: Duration::from_secs(checks), review: Duration::from_secs(review) };
        let table = simulate(&rollout, &work, at(NOW), Pace::new(3, 20, SignedDuration::ZERO), assumptions);
        prop_assert_eq!(&table.halted, &None);
        prop_assert_eq!(table.writes, 36);
        prop_assert_eq!(table.waves.iter().map(|wave| wave.connectors).sum::<usize>(), 12);
        for pair in table.waves.windows(2) {
            prop_assert!(pair[0].opened <= pair[1].opened, "{:?}", table);
        }
        for wave in &table.waves {
            prop_assert!(wave.begins.is_some() && wave.begins <= wave.opened && wave.opened <= wave.ends);
        }
    }

    #[test]
    fn writes_never_come_faster_than_the_limits(asked in prop::collection::vec(0_i64..400, 1..200), minute in 1_usize..10, hour in 1_usize..40) {
        let mut pace = Pace::new(minute, hour, SignedDuration::ZERO);
        let mut now = at(NOW);
        let mut sent: Vec<Timestamp> = Vec::new();
        for pause in asked {
            now = now.checked_add(SignedDuration::from_secs(pause)).unwrap();
            let at = pace.write(now);
            prop_assert!(at >= now && sent.last().is_none_or(|last| *last <= at));
            sent.push(at);
        }
        for (most, span) in [(minute, SignedDuration::from_mins(1)), (hour, SignedDuration::from_hours(1))] {
            for run in sent.windows(most + 1) {
                prop_assert!(run[most].duration_since(run[0]) >= span, "{run:?}");
            }
        }
    }
}
