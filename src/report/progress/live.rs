//! Progress on a terminal. A thread of its own draws eight times a second what the tally says, so that being told
//! costs the engine next to nothing.

use std::fmt::Write as _;
use std::io::Write as _;

use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use jiff::Timestamp;

use crate::engine::{Observer, Progress};
use crate::event::UnitOutcome;
use crate::plan::Migration;

use super::super::layout::{about, columns, cut, duration, padded, right};
use super::super::run::numbers;
use super::super::style::{Ink, Style};
use super::tally::{Busy, Tally};
use super::words;

/// How often the display is drawn anew.
const BEAT: Duration = Duration::from_millis(125);

/// How many connectors that are worked on have a line.
const WORKERS: usize = 8;

/// How many connectors with the same failure are told of as they fail; the summary has them all.
const SAME_FAILURES: usize = 3;

/// Columns below which the display says less.
const NARROW: usize = 64;

/// A live display. [`Live::finish`] takes it off the screen; so does dropping it.
pub struct Live {
    screen: Arc<Screen>,
    thread: Option<(SyncSender<()>, JoinHandle<()>)>,
}

struct Screen {
    migration: Arc<Migration>,
    style: Style,
    tally: Mutex<Tally>,
    bars: MultiProgress,
}

impl Live {
    pub(super) fn new(migration: Arc<Migration>, begun: usize, style: Style) -> Self {
        let tally = Mutex::new(Tally::new(Instant::now(), Some(begun)));
        let screen = Arc::new(Screen { migration, style, tally, bars: MultiProgress::new() });
        let (stop, stopped) = sync_channel(1);
        let drawn = Arc::clone(&screen);
        let thread = std::thread::Builder::new().name("display".to_owned()).spawn(move || drawn.draw(&stopped));
        // Without a thread there is no display, and the run goes on.
        Self { screen, thread: thread.ok().map(|thread| (stop, thread)) }
    }

    /// Who the engine tells.
    pub fn observer(&self) -> Observer {
        let screen = Arc::clone(&self.screen);
        Arc::new(move |progress| screen.told(&progress))
    }

    /// Whoever else has something to say: writes a line above the display, which another writer would break.
    pub fn speaker(&self) -> Arc<dyn Fn(&str) + Send + Sync> {
        let screen = Arc::clone(&self.screen);
        Arc::new(move |line| screen.say(line, None))
    }

    /// To be called when Ctrl-C was typed. The display ends at the right edge, so the `^C` that the terminal shows goes
    /// on a line of its own; without a step back the display would be taken off one line too low.
    pub fn step_back() {
        let _ = std::io::stderr().lock().write_all(b"\x1b[A");
    }

    /// Takes the display off the screen.
    pub fn finish(mut self) {
        self.stop();
    }

    fn stop(&mut self) {
        if let Some((stop, thread)) = self.thread.take() {
            let _ = stop.send(());
            let _ = thread.join();
        }
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        self.stop();
    }
}

impl Screen {
    fn told(&self, progress: &Progress<'_>) {
        let lines = {
            let mut tally = self.tally.lock().unwrap_or_else(PoisonError::into_inner);
            remarks(&self.migration, &mut tally, progress, Instant::now())
        };
        for (ink, line) in lines {
            self.say(&line, Some(ink));
        }
    }

    fn say(&self, line: &str, ink: Option<Ink>) {
        let line = cut(line, self.style.width);
        let _ = self.bars.println(ink.map_or_else(|| line.clone(), |ink| self.style.paint(ink, &line)));
    }

    fn draw(&self, stopped: &Receiver<()>) {
        let total = self.migration.frozen.units.len();
        let overall = self.bars.add(ProgressBar::new(total as u64));
        overall.set_style(overall_style(self.style));
        let counts = self.bars.add(line());
        let mut workers: Vec<ProgressBar> = Vec::new();
        loop {
            let frame = {
                let tally = self.tally.lock().unwrap_or_else(PoisonError::into_inner);
                frame(&self.migration, &tally, self.style, Instant::now())
            };
            overall.set_position(frame.ended as u64);
            overall.set_message(frame.clock);
            counts.set_message(frame.counts);
            while workers.len() < frame.workers.len() {
                workers.push(self.bars.add(line()));
            }
            let texts = frame.workers.into_iter().chain(std::iter::repeat(String::new()));
            for (bar, text) in workers.iter().zip(texts) {
                bar.set_message(text);
            }
            match stopped.recv_timeout(BEAT) {
                Err(RecvTimeoutError::Timeout) => {}
                Ok(()) | Err(RecvTimeoutError::Disconnected) => break,
            }
        }
        for bar in workers.iter().chain([&counts, &overall]) {
            bar.finish_and_clear();
        }
        let _ = self.bars.clear();
    }
}

fn overall_style(style: Style) -> ProgressStyle {
    let template = if style.colour { "{wide_bar:.green} {pos}/{len} {msg}" } else { "{wide_bar} {pos}/{len} {msg}" };
    ProgressStyle::with_template(template)
        .expect("the template is well-formed, which a test sees")
        .progress_chars("━╸─")
}

/// A line that is cut to the terminal's width.
fn line() -> ProgressBar {
    let style = ProgressStyle::with_template("{wide_msg}").expect("the template is well-formed, which a test sees");
    ProgressBar::new_spinner().with_style(style)
}

/// What is written above the display: failures, and what else is worth a line.
pub(super) fn remarks(
    migration: &Migration,
    tally: &mut Tally,
    progress: &Progress<'_>,
    now: Instant,
) -> Vec<(Ink, String)> {
    tally.take(progress, now);
    match progress {
        Progress::Working { .. } | Progress::Waits { .. } | Progress::Paced { .. } => Vec::new(),
        Progress::Moved { to } => {
            let line = words::moved(to);
            if tally.first(line.clone()) { vec![(Ink::Attention, line)] } else { Vec::new() }
        }
        Progress::Event(event) => {
            let mut remarks = words::remarks(migration, event);
            remarks.retain(|remark| tally.first(remark.key.clone()));
            remarks.into_iter().map(|remark| (Ink::Attention, remark.text)).collect()
        }
        Progress::Ended { unit, outcome, .. } => {
            let said = || format!("{}: {}", words::name(migration, *unit), words::outcome(migration, outcome));
            match outcome {
                UnitOutcome::Failed { step, failure } => {
                    let key = |number: usize| format!("{number} {step:?} {}", failure.group());
                    let fresh = (0..SAME_FAILURES).any(|number| tally.first(key(number)));
                    if fresh { vec![(Ink::Bad, said())] } else { Vec::new() }
                }
                UnitOutcome::EditedByHuman { .. } | UnitOutcome::ClosedByHuman { .. } => vec![(Ink::Attention, said())],
                _ => Vec::new(),
            }
        }
    }
}

/// What the display shows at one moment.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Frame {
    pub(super) ended: usize,
    pub(super) clock: String,
    pub(super) counts: String,
    pub(super) workers: Vec<String>,
}

pub(super) fn frame(migration: &Migration, tally: &Tally, style: Style, now: Instant) -> Frame {
    let total = migration.frozen.units.len();
    let elapsed = duration(tally.elapsed(now));
    let clock = match tally.expected(total, now) {
        Some(left) if style.width < NARROW => format!("{elapsed}, {} left", about(left)),
        Some(left) => format!("in {elapsed}, about {} left", about(left)),
        None => elapsed,
    };
    let mut counts = String::new();
    if tally.counts().total() > 0 {
        counts = numbers(tally.counts());
    }
    if tally.before() > 0 {
        let comma = if counts.is_empty() { "" } else { ", " };
        let _ = write!(counts, "{comma}{} before", tally.before());
    }
    for more in [waits(tally), paced(tally)].into_iter().flatten() {
        let comma = if counts.is_empty() { "" } else { ", " };
        let _ = write!(counts, "{comma}{more}");
    }
    let busy = tally.busy();
    // Connectors that only wait for their turn are told of where there is nothing else to tell.
    let at_steps = busy.iter().filter(|(_, busy)| busy.step.is_some()).count();
    let worth = if at_steps == 0 { busy.len() } else { at_steps };
    let shown = if busy.len() > worth.min(WORKERS) { worth.min(WORKERS - 1) } else { worth };
    let names: Vec<String> = busy.iter().take(shown).map(|(unit, _)| words::name(migration, *unit)).collect();
    let widest = names.iter().map(|name| columns(name)).max().unwrap_or(0).min(style.width / 2);
    let mut workers: Vec<String> = busy
        .iter()
        .zip(&names)
        .map(|((_, busy), name)| format!("  {}  {}", padded(&cut(name, widest), widest), doing(migration, busy, now)))
        .collect();
    if busy.len() > shown {
        workers.push(format!("  and {} more under way", busy.len() - shown));
    }
    Frame { ended: tally.ended(), clock, counts, workers }
}

/// `12 waiting`, where some do.
fn waits(tally: &Tally) -> Option<String> {
    (tally.waiting() > 0).then(|| format!("{} waiting", tally.waiting()))
}

/// `next write in 12 s`, where the forge's limits hold it up.
fn paced(tally: &Tally) -> Option<String> {
    let left = tally.paced()?.duration_since(Timestamp::now()).unsigned_abs();
    let is_ahead = tally.paced()? > Timestamp::now();
    is_ahead.then(|| format!("next write in {}", about(left)))
}

/// What is done for a unit, with its time first: it is what a narrow terminal must not cut off.
fn doing(migration: &Migration, busy: &Busy, now: Instant) -> String {
    let (since, what) = match busy.step {
        Some((step, since, false)) => (since, words::id(migration, step).to_owned()),
        Some((step, since, true)) => (since, format!("waits to try {} again", words::id(migration, step))),
        None => (busy.since, "edits and commit".to_owned()),
    };
    format!("{}  {what}", right(&duration(now.saturating_duration_since(since)), 10))
}
