//! The log file of one command: bounded, with the beginning and the end of the output.

use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom, Write};

use camino::{Utf8Path, Utf8PathBuf};

/// How far after a cut the next line is looked for.
const LONGEST_LINE: usize = 4096;

/// How much of a command's output its log keeps: the first `head` bytes, and at least the last `tail`.
///
/// The file never grows much beyond `head` + 2 × `tail`; until then nothing is left out. What was left
/// out is said in its place. The file is a complete log at every moment, also while the command runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LogLimit {
    /// Bytes kept from the beginning.
    pub head: u64,
    /// Bytes kept from the end, at least.
    pub tail: u64,
}

impl Default for LogLimit {
    /// 1 MiB from the beginning, 1 to 2 MiB from the end.
    fn default() -> Self {
        Self { head: 1 << 20, tail: 1 << 20 }
    }
}

/// A log that is being written.
pub(super) struct BoundedLog {
    path: Utf8PathBuf,
    file: File,
    limit: LogLimit,
    /// Bytes that were there before this command.
    before: u64,
    /// Bytes of the head that are written.
    head: u64,
    /// Where the tail begins: behind the head, or behind the note on what was left out.
    tail_start: u64,
    /// The file's length.
    length: u64,
    omitted: u64,
}

impl BoundedLog {
    /// Makes the file anew, and its directory if need be.
    pub(super) fn create(path: &Utf8Path, limit: LogLimit) -> io::Result<Self> {
        if let Some(directory) = path.parent() {
            fs::create_dir_all(directory)?;
        }
        let file = open(path)?;
        Ok(Self { path: path.to_owned(), file, limit, before: 0, head: 0, tail_start: 0, length: 0, omitted: 0 })
    }

    /// Continues a file that others have written, under a heading. What is there stays, and the limit counts from here.
    pub(super) fn continued(path: &Utf8Path, limit: LogLimit, heading: &str) -> io::Result<Self> {
        if let Some(directory) = path.parent() {
            fs::create_dir_all(directory)?;
        }
        let mut file = File::options().read(true).write(true).create(true).truncate(false).open(path)?;
        file.seek(SeekFrom::End(0))?;
        writeln!(file, "==> {heading}")?;
        let before = file.stream_position()?;
        Ok(Self { path: path.to_owned(), file, limit, before, head: 0, tail_start: 0, length: before, omitted: 0 })
    }

    /// Bytes left out so far.
    pub(super) fn omitted(&self) -> u64 {
        self.omitted
    }

    pub(super) fn write(&mut self, text: &str) -> io::Result<()> {
        let room = usize::try_from(self.limit.head - self.head).unwrap_or(usize::MAX);
        let (first, rest) = text.split_at(text.floor_char_boundary(room));
        self.append(first)?;
        self.head += first.len() as u64;
        if rest.is_empty() {
            return Ok(());
        }
        if self.tail_start == 0 {
            // A character across the border leaves the head a little short of its limit.
            self.limit.head = self.head;
            self.tail_start = self.before + self.head;
        }
        self.append(rest)?;
        if self.length - self.tail_start > self.limit.tail.saturating_mul(2) {
            self.compact()?;
        }
        Ok(())
    }

    fn append(&mut self, text: &str) -> io::Result<()> {
        self.file.write_all(text.as_bytes())?;
        self.length += text.len() as u64;
        Ok(())
    }

    /// Writes head, note and tail into a new file, which then takes the place of the old one: whoever
    /// reads the log meanwhile sees one or the other.
    fn compact(&mut self) -> io::Result<()> {
        let mut tail = Vec::new();
        let cut = self.length - self.limit.tail;
        self.file.seek(SeekFrom::Start(cut))?;
        self.file.read_to_end(&mut tail)?;
        let skipped = line_start(&tail);
        self.omitted += cut + skipped as u64 - self.tail_start;
        let note = format!("\n[... {} bytes of output left out here ...]\n", self.omitted);

        let part = Utf8PathBuf::from(format!("{}.part", self.path));
        let mut file = open(&part)?;
        self.file.seek(SeekFrom::Start(0))?;
        io::copy(&mut (&mut self.file).take(self.before + self.head), &mut file)?;
        file.write_all(note.as_bytes())?;
        file.write_all(&tail[skipped..])?;
        fs::rename(&part, &self.path)?;
        self.file = file;
        self.tail_start = self.before + self.head + note.len() as u64;
        self.length = self.tail_start + (tail.len() - skipped) as u64;
        Ok(())
    }
}

fn open(path: &Utf8Path) -> io::Result<File> {
    File::options().read(true).write(true).create(true).truncate(true).open(path)
}

/// Where the first whole line begins, or the first whole character if no line ends soon.
fn line_start(tail: &[u8]) -> usize {
    let near = &tail[..tail.len().min(LONGEST_LINE)];
    let line = near.iter().position(|byte| *byte == b'\n').map(|newline| newline + 1);
    let character = || near.iter().position(|byte| byte & 0xC0 != 0x80);
    line.or_else(character).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn log(limit: LogLimit, pieces: impl Iterator<Item = String>) -> (String, u64) {
        let directory = tempfile::tempdir().unwrap();
        let path = Utf8PathBuf::try_from(directory.path().join("deep/er/step.log")).unwrap();
        let mut log = BoundedLog::create(&path, limit).unwrap();
        for piece in pieces {
            log.write(&piece).unwrap();
            let size = fs::metadata(&path).unwrap().len();
            assert!(size < limit.head + 2 * limit.tail + 100, "{size}");
        }
        (fs::read_to_string(path).unwrap(), log.omitted())
    }

    #[test]
    fn a_short_log_is_complete() {
        let (text, omitted) = log(LogLimit { head: 10, tail: 10 }, (0..5).map(|line| format!("line {line}")));
        assert_eq!((text.as_str(), omitted), ("line 0line 1line 2line 3line 4", 0));
    }

    #[test]
    fn a_long_log_keeps_head_and_tail_and_says_what_is_missing() {
        let line = |line: u32| format!("line {line:04}\n");
        let (text, omitted) = log(LogLimit { head: 100, tail: 200 }, (0..1000).map(line));
        let whole: String = (0..1000).map(line).collect();
        let note = format!("\n[... {omitted} bytes of output left out here ...]\n");
        let (head, tail) = text.split_once(&note).unwrap();
        assert_eq!(head, &whole[..100]);
        assert!(tail.starts_with("line ") && tail.len() >= 190 && whole.ends_with(tail), "{tail}");
        assert_eq!(head.len() as u64 + omitted + tail.len() as u64, whole.len() as u64);
    }

    #[test]
    fn a_log_that_is_continued_keeps_what_was_there() {
        let directory = tempfile::tempdir().unwrap();
        let path = Utf8PathBuf::try_from(directory.path().join("step.log")).unwrap();
        BoundedLog::create(&path, LogLimit::default()).unwrap().write("first\n").unwrap();
        let mut log = BoundedLog::continued(&path, LogLimit { head: 10, tail: 20 }, "second").unwrap();
        for line in 0..100 {
            log.write(&format!("line {line:04}\n")).unwrap();
        }
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.starts_with("first\n==> second\nline 0000\n"), "{text}");
        assert!(text.contains("left out here") && text.ends_with("line 0099\n") && text.len() < 200, "{text}");
    }

    #[test]
    fn a_log_without_line_ends_is_cut_between_characters() {
        let (text, omitted) = log(LogLimit { head: 11, tail: 21 }, (0..200).map(|_| "€".to_owned()));
        assert!(omitted > 0 && !text.contains('\u{fffd}'));
        assert_eq!(text.matches('€').count() as u64 * 3 + omitted, 600);
    }
}
