//! All pull requests of a directory: read once, kept in memory, read again where a file has changed.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs::{self, File, OpenOptions};
use std::io::Read as _;
use std::os::unix::fs::FileExt as _;
use std::sync::Arc;

use camino::{Utf8Path, Utf8PathBuf};
use rayon::prelude::*;
use rustix::fs::{FlockOperation, flock};

use crate::base::Clock;

use super::super::{ForgeError, Mark, NewPullRequest, PullRequest, PullRequestState, Standing};
use super::record::{self, Record, SCRATCH_PREFIX, Stamp};

/// The file that whoever opens pull requests holds a lock on. Its content is how many groups have been opened.
const LOCK: &str = "lock";

/// How many files are written at a time.
const WRITING_THREADS: usize = 16;

/// A pull request whose file has still to be given its name.
type Written = (tempfile::NamedTempFile, PullRequest);

/// A change of a pull request's record.
pub(super) type Change = Box<dyn FnOnce(&mut Record) + Send>;

/// The pull requests of one directory.
pub(super) struct Shelf {
    directory: Utf8PathBuf,
    clock: Arc<dyn Clock>,
    known: BTreeMap<u64, Known>,
    by_head: HashMap<String, BTreeSet<u64>>,
    /// When the directory was last gone through; `None`: it has to be.
    seen: Option<Moment>,
    /// Whether what killed processes left has been removed.
    tidied: bool,
}

struct Known {
    stamp: Stamp,
    content: Result<PullRequest, ForgeError>,
}

/// A state of the directory. Names that come and go change its stamp; the count of groups tells
/// what another process did within the same tick of the file system's clock.
#[derive(PartialEq, Eq)]
struct Moment {
    stamp: Stamp,
    groups: u64,
}

impl Shelf {
    pub(super) fn new(directory: &Utf8Path, clock: Arc<dyn Clock>) -> Self {
        let directory = directory.to_owned();
        Self { directory, clock, known: BTreeMap::new(), by_head: HashMap::new(), seen: None, tidied: false }
    }

    pub(super) fn find(&mut self, head: &str, mark: &Mark) -> Result<Option<PullRequest>, ForgeError> {
        let all = self.of_head(head)?;
        let ours =
            |pull_request: &PullRequest| pull_request.mark.as_ref().is_some_and(|found| found.is_of_same_unit(mark));
        match all.into_iter().rev().find(ours) {
            Some(found) => Ok(Some(found)),
            // It could be the one that cannot be read.
            None => self.all_sound().map(|()| None),
        }
    }

    pub(super) fn list(&mut self, head: Option<&str>) -> Result<Vec<PullRequest>, ForgeError> {
        let listed = if let Some(head) = head {
            self.of_head(head)?
        } else {
            self.seen = None;
            self.refresh()?;
            self.known.values().filter_map(|known| known.content.as_ref().ok()).cloned().collect()
        };
        self.all_sound().map(|()| listed)
    }

    pub(super) fn get(&mut self, number: u64) -> Result<PullRequest, ForgeError> {
        self.refresh()?;
        self.look_again(number)?;
        self.known.get(&number).map_or(Err(ForgeError::NotFound(number)), |known| known.content.clone())
    }

    /// Opens all of these, each with an answer of its own.
    pub(super) fn open_all(&mut self, new: &[NewPullRequest]) -> Vec<Result<PullRequest, ForgeError>> {
        self.open_group(new).unwrap_or_else(|error| vec![Err(error); new.len()])
    }

    /// Where a pull request stands.
    pub(super) fn standing(&self, number: u64) -> Result<Standing, ForgeError> {
        Ok(record::read(&self.directory, number)?.standing(&self.directory))
    }

    /// Changes a pull request that is there. A person's edit of the same moment is not overwritten: the file is read
    /// again under the lock.
    pub(super) fn change(&mut self, number: u64, change: Change) -> Result<PullRequest, ForgeError> {
        // No lock file is made where there is nothing to change.
        record::read(&self.directory, number)?;
        let lock = Lock::take(&self.directory)?;
        let mut record = record::read(&self.directory, number)?;
        let before = record::text(&record);
        change(&mut record);
        if record::text(&record) != before {
            let path = record::path(&self.directory, number);
            let file = record::write(&self.directory, &record)?;
            file.persist(&path).map_err(|failure| ForgeError::io(&path, &failure.error))?;
            self.sync()?;
            lock.count_group()?;
        }
        self.look_again(number)?;
        Ok(record.pull_request(&self.directory))
    }

    fn open_group(&mut self, new: &[NewPullRequest]) -> Result<Vec<Result<PullRequest, ForgeError>>, ForgeError> {
        fs::create_dir_all(&self.directory).map_err(|error| ForgeError::io(&self.directory, &error))?;
        let lock = Lock::take(&self.directory)?;
        // Not where it was only looked for something: that needs no lock.
        if !self.tidied {
            self.remove_scratch_files()?;
            self.tidied = true;
        }
        self.refresh()?;
        self.all_sound()?;
        let drafts = self.number(new)?;
        let groups = lock.count_group()?;
        let written = self.write(&drafts);
        let opened: Vec<_> =
            written.into_iter().map(|draft| draft.and_then(|(file, draft)| self.give_name(file, draft))).collect();
        self.sync()?;
        self.seen = Stamp::at(&self.directory)?.map(|stamp| Moment { stamp, groups });
        Ok(opened)
    }

    /// Numbers follow on each other without gaps, so that a repeated run gives the same ones.
    fn number(&mut self, new: &[NewPullRequest]) -> Result<Vec<Result<Record, ForgeError>>, ForgeError> {
        let now = self.clock.now();
        let mut last = self.known.last_key_value().map_or(0, |(number, _)| *number);
        let mut taken: HashMap<String, (u64, String)> = HashMap::new();
        let mut drafts = Vec::with_capacity(new.len());
        for new in new {
            let open = self.of_head(&new.head)?.into_iter().find(|found| found.state == PullRequestState::Open);
            let open = open.map(|found| (found.number, found.url)).or_else(|| taken.get(&new.head).cloned());
            let draft = match open {
                Some((number, url)) => Err(ForgeError::AlreadyOpen { head: new.head.clone(), number, url }),
                None => acceptable(new).map(|()| {
                    last += 1;
                    Record::opened(last, new, now)
                }),
            };
            if let Ok(draft) = &draft {
                let draft = draft.pull_request(&self.directory);
                taken.insert(draft.head, (draft.number, draft.url));
            }
            drafts.push(draft);
        }
        Ok(drafts)
    }

    /// Writes and syncs the files, many at a time: threads that wait for the disk together share its work.
    fn write(&self, drafts: &[Result<Record, ForgeError>]) -> Vec<Result<Written, ForgeError>> {
        let share = drafts.len().div_ceil(WRITING_THREADS).max(1);
        let write = |draft: &Result<Record, ForgeError>| {
            let draft = draft.as_ref().map_err(Clone::clone)?;
            Ok((record::write(&self.directory, draft)?, draft.pull_request(&self.directory)))
        };
        std::thread::scope(|scope| {
            let shares = drafts.chunks(share);
            let threads: Vec<_> =
                shares.map(|share| scope.spawn(move || share.iter().map(write).collect::<Vec<_>>())).collect();
            threads.into_iter().flat_map(|thread| thread.join().expect("writing a file does not panic")).collect()
        })
    }

    fn give_name(&mut self, file: tempfile::NamedTempFile, draft: PullRequest) -> Result<PullRequest, ForgeError> {
        let path = record::path(&self.directory, draft.number);
        let file = file.persist_noclobber(&path).map_err(|failure| ForgeError::io(&path, &failure.error))?;
        let metadata = file.metadata().map_err(|error| ForgeError::io(&path, &error))?;
        self.keep(draft.number, Stamp::of(&metadata), Ok(draft.clone()));
        Ok(draft)
    }

    fn sync(&self) -> Result<(), ForgeError> {
        let synced = File::open(&self.directory).and_then(|directory| directory.sync_all());
        synced.map_err(|error| ForgeError::io(&self.directory, &error))
    }

    /// The pull requests from this branch, by number.
    fn of_head(&mut self, head: &str) -> Result<Vec<PullRequest>, ForgeError> {
        self.refresh()?;
        let numbers = self.by_head.get(head).cloned().unwrap_or_default();
        for number in &numbers {
            self.look_again(*number)?;
        }
        let found = numbers.iter().filter_map(|number| self.known.get(number)?.content.as_ref().ok());
        Ok(found.filter(|pull_request| pull_request.head == head).cloned().collect())
    }

    /// An error if some file cannot be read: what is in it could be what is looked for.
    fn all_sound(&self) -> Result<(), ForgeError> {
        self.known.values().find_map(|known| known.content.as_ref().err()).map_or(Ok(()), |error| Err(error.clone()))
    }

    /// Reads one file again if it has changed since.
    fn look_again(&mut self, number: u64) -> Result<(), ForgeError> {
        let stamp = Stamp::at(&record::path(&self.directory, number))?;
        match (stamp, self.known.get(&number)) {
            (Some(stamp), Some(known)) if known.stamp == stamp => {}
            (None, _) => self.forget(number),
            (Some(stamp), _) => self.keep(number, stamp, read(&self.directory, number)),
        }
        Ok(())
    }

    /// Goes through the directory if anything came or went since the last time.
    fn refresh(&mut self) -> Result<(), ForgeError> {
        let Some(stamp) = Stamp::at(&self.directory)? else {
            self.known.clear();
            self.by_head.clear();
            self.seen = None;
            return Ok(());
        };
        let now = Moment { stamp, groups: groups_opened(&self.directory) };
        if self.seen.as_ref() == Some(&now) {
            return Ok(());
        }
        let present = self.present()?;
        let gone: Vec<u64> = self.known.keys().filter(|number| !present.contains_key(number)).copied().collect();
        for number in gone {
            self.forget(number);
        }
        let unchanged = |(number, stamp): &(u64, Stamp)| self.known.get(number).is_some_and(|old| old.stamp == *stamp);
        let changed: Vec<(u64, Stamp)> = present.into_iter().filter(|file| !unchanged(file)).collect();
        let read = changed.into_par_iter().map(|(number, stamp)| (number, stamp, read(&self.directory, number)));
        for (number, stamp, content) in read.collect::<Vec<_>>() {
            self.keep(number, stamp, content);
        }
        self.seen = Some(now);
        Ok(())
    }

    /// The pull requests' files that are there now.
    fn present(&self) -> Result<BTreeMap<u64, Stamp>, ForgeError> {
        let failed = |error: std::io::Error| ForgeError::io(&self.directory, &error);
        let mut numbers = Vec::new();
        for entry in fs::read_dir(&self.directory).map_err(failed)? {
            numbers.extend(entry.map_err(failed)?.file_name().to_str().and_then(record::number));
        }
        let stamps = numbers.into_par_iter().map(|number| {
            let stamp = Stamp::at(&record::path(&self.directory, number))?;
            Ok(stamp.map(|stamp| (number, stamp)))
        });
        Ok(stamps.collect::<Result<Vec<_>, ForgeError>>()?.into_iter().flatten().collect())
    }

    fn keep(&mut self, number: u64, stamp: Stamp, content: Result<PullRequest, ForgeError>) {
        self.forget(number);
        if let Ok(pull_request) = &content {
            self.by_head.entry(pull_request.head.clone()).or_default().insert(number);
        }
        self.known.insert(number, Known { stamp, content });
    }

    fn forget(&mut self, number: u64) {
        let Some(Known { content: Ok(old), .. }) = self.known.remove(&number) else { return };
        if let Some(numbers) = self.by_head.get_mut(&old.head) {
            numbers.remove(&number);
        }
    }

    /// What killed processes left half-written. Whoever holds the lock is the only one who writes.
    fn remove_scratch_files(&self) -> Result<(), ForgeError> {
        let failed = |error: std::io::Error| ForgeError::io(&self.directory, &error);
        for entry in fs::read_dir(&self.directory).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            if entry.file_name().to_str().is_some_and(|name| name.starts_with(SCRATCH_PREFIX)) {
                fs::remove_file(entry.path()).map_err(failed)?;
            }
        }
        Ok(())
    }
}

fn read(directory: &Utf8Path, number: u64) -> Result<PullRequest, ForgeError> {
    Ok(record::read(directory, number)?.pull_request(directory))
}

/// What any forge would refuse.
fn acceptable(new: &NewPullRequest) -> Result<(), ForgeError> {
    let rules = [
        (new.title.trim().is_empty(), "its title is empty"),
        (new.title.contains('\n'), "its title has more than one line"),
        (new.head.is_empty() || new.base.is_empty(), "a branch's name is empty"),
        (new.head == new.base, "it goes from a branch to the same branch"),
    ];
    rules
        .into_iter()
        .find_map(|(broken, rule)| broken.then_some(rule))
        .map_or(Ok(()), |rule| Err(ForgeError::Invalid(rule)))
}

/// How many groups have been opened in this directory, by any process.
fn groups_opened(directory: &Utf8Path) -> u64 {
    fs::read_to_string(directory.join(LOCK)).ok().and_then(|text| text.trim().parse().ok()).unwrap_or(0)
}

/// The right to open pull requests in a directory; given back when it is dropped, or when the process dies.
struct Lock {
    file: File,
    path: Utf8PathBuf,
}

impl Lock {
    fn take(directory: &Utf8Path) -> Result<Self, ForgeError> {
        let path = directory.join(LOCK);
        let mut options = OpenOptions::new();
        let file = options.read(true).write(true).create(true).truncate(false).open(&path);
        let file = file.map_err(|error| ForgeError::io(&path, &error))?;
        while let Err(error) = flock(&file, FlockOperation::LockExclusive) {
            if error != rustix::io::Errno::INTR {
                return Err(ForgeError::io(&path, &error.into()));
            }
        }
        Ok(Self { file, path })
    }

    /// Counts one more group, for the other processes to see, and returns the count.
    fn count_group(&self) -> Result<u64, ForgeError> {
        let failed = |error: std::io::Error| ForgeError::io(&self.path, &error);
        let mut text = String::new();
        (&self.file).read_to_string(&mut text).map_err(failed)?;
        let groups = text.trim().parse().unwrap_or(0) + 1;
        self.file.write_all_at(format!("{groups}\n").as_bytes(), 0).map_err(failed)?;
        Ok(groups)
    }
}
