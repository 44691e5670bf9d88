//! A process of its own that writes a journal and says what is durable, for the tests that kill it.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, Stdio};

use rustix::process::{Signal, getpid, kill_process};

use super::*;

/// Where the child finds its orders.
const DIRECTORY: &str = "CUTOVER_TEST_JOURNAL_DIRECTORY";
const APPENDS: &str = "CUTOVER_TEST_JOURNAL_APPENDS";
const KILL: &str = "CUTOVER_TEST_JOURNAL_KILL";

pub(super) const RUN: &str = "r1";

/// Events in each append: they come together or not at all.
pub(super) const TOGETHER: u32 = 3;

/// Which test the child is.
pub(super) const ARGUMENTS: [&str; 3] = ["--exact", "journal::tests::child::child", "--nocapture"];

/// Not a test: what the other process does. Alone it does nothing.
#[test]
fn child() {
    let Ok(directory) = std::env::var(DIRECTORY) else { return };
    let appends: u32 = std::env::var(APPENDS).unwrap().parse().unwrap();
    if appends == 0 {
        let journal = Journal::open_existing(Utf8Path::new(&directory)).unwrap().unwrap();
        return say(&format!("\nread {}", super::child::appends(&journal)));
    }
    write(Utf8Path::new(&directory), appends, std::env::var(KILL).ok());
}

fn write(directory: &Utf8Path, appends: u32, kill: Option<String>) {
    let mut journal = Journal::open(directory).unwrap();
    if let Some(kill) = kill {
        journal = journal.observed(Arc::new(move |point| {
            if kill == format!("{point:?}") {
                kill_process(getpid(), Signal::KILL).unwrap();
            }
        }));
    }
    let lock = Lock::acquire(directory, &run_id(RUN), noon()).unwrap();
    if journal.runs().unwrap().is_empty() {
        journal.create_run(&record(RUN), &lock).unwrap();
    }
    let done = u32::try_from(journal.events(&run_id(RUN)).unwrap().count()).unwrap() / TOGETHER;
    let writer = journal.writer(lock, clock()).unwrap();
    // The test harness leaves its line open.
    say("");
    for append in done + 1..=done.saturating_add(appends) {
        let events: Vec<Event> = (0..TOGETHER).map(|part| event(append * TOGETHER + part)).collect();
        match writer.append(&events, vec![content(append)]).wait() {
            Ok(()) => say(&format!("ack {append}")),
            Err(error) => return say(&format!("error {error}")),
        }
    }
}

fn say(line: &str) {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{line}").unwrap();
    out.flush().unwrap();
}

/// What comes with an append; some are large enough to need pages of their own.
pub(super) fn content(append: u32) -> Arc<[u8]> {
    format!("content {append} ").repeat(if append.is_multiple_of(3) { 1000 } else { 1 }).into_bytes().into()
}

/// The command line of a child, behind a wrapper such as strace if there is one.
pub(super) fn command(wrapper: &[String], directory: &Utf8Path, appends: u32, kill: Option<&str>) -> Command {
    let program = std::env::current_exe().unwrap();
    let mut command = match wrapper {
        [] => Command::new(program),
        [first, rest @ ..] => {
            let mut command = Command::new(first);
            command.args(rest).arg(program);
            command
        }
    };
    command.args(ARGUMENTS).env(DIRECTORY, directory).env(APPENDS, appends.to_string());
    if let Some(kill) = kill {
        command.env(KILL, kill);
    }
    command.stdout(Stdio::piped()).stderr(Stdio::null());
    command
}

/// Starts a child that does not stop by itself and kills it after some more acknowledgements and a moment.
pub(super) fn killed_after(directory: &Utf8Path, acknowledgements: u64, moment: std::time::Duration) -> u32 {
    let mut child = command(&[], directory, u32::MAX, None).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut last = 0;
    for _ in 0..=acknowledgements {
        last = lines.find_map(|line| acknowledged(&line.unwrap())).unwrap();
    }
    std::thread::sleep(moment);
    end(&mut child);
    // What it managed to say before it died counts.
    lines.map_while(Result::ok).filter_map(|line| acknowledged(&line)).last().unwrap_or(last)
}

fn end(child: &mut Child) {
    child.kill().unwrap();
    child.wait().unwrap();
}

/// Has a child read the journal, which it may not survive: how many appends it found, if it did.
pub(super) fn read_elsewhere(directory: &Utf8Path) -> Option<u32> {
    let (_, _, text) = run_to_end(command(&[], directory, 0, None));
    text.lines().find_map(|line| line.strip_prefix("read ")?.parse().ok())
}

/// Runs a child to its end, whatever that is; the last acknowledgement, and whether it ended in peace.
pub(super) fn run_to_end(mut command: Command) -> (u32, bool, String) {
    let output = command.output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let last = text.lines().filter_map(acknowledged).next_back().unwrap_or(0);
    (last, output.status.success(), text)
}

pub(super) fn acknowledged(line: &str) -> Option<u32> {
    line.strip_prefix("ack ")?.parse().ok()
}

/// Checks that whole appends are there, without gaps, each with its content; how many.
pub(super) fn appends(journal: &Journal) -> u32 {
    if journal.runs().unwrap().is_empty() {
        return 0;
    }
    let numbers = numbers(journal, RUN);
    let count = u32::try_from(numbers.len()).unwrap();
    assert_eq!(count % TOGETHER, 0, "a part of an append is there");
    let count = count / TOGETHER;
    assert_eq!(numbers, (TOGETHER..(count + 1) * TOGETHER).collect::<Vec<_>>());
    for append in 1..=count {
        let bytes = content(append);
        assert_eq!(journal.content(&content_hash(&bytes)).unwrap(), &*bytes);
    }
    count
}
