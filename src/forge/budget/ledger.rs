//! The budget's file: read and written under a lock, replaced as a whole, so that several processes can share it.

use std::fs::{self, File, OpenOptions};
use std::io::Write as _;

use camino::{Utf8Path, Utf8PathBuf};
use rustix::fs::{FlockOperation, flock};
use serde::{Deserialize, Serialize};

use super::super::ForgeError;
use super::pace::Pace;

/// What the file says it is.
const SCHEMA: &str = "cutover.budget/1";

/// What the schemas of all versions begin with.
const SCHEMAS: &str = "cutover.budget/";

/// The file of one host and credential.
#[derive(Debug, Clone)]
pub(super) struct Ledger {
    directory: Utf8PathBuf,
    name: String,
}

#[derive(Serialize, Deserialize)]
struct Content {
    schema: String,
    #[serde(flatten)]
    pace: Pace,
}

impl Ledger {
    /// The ledger of this name in a directory that is made when it is first written.
    pub(super) fn new(directory: &Utf8Path, name: &str) -> Self {
        Self { directory: directory.to_owned(), name: name.to_owned() }
    }

    /// Where it is.
    pub(super) fn path(&self) -> Utf8PathBuf {
        self.directory.join(format!("{}.json", self.name))
    }

    /// Reads it, lets it be changed, and writes it if it was; nobody else does so at the same time.
    pub(super) fn change<T>(&self, change: impl FnOnce(&mut Pace) -> T) -> Result<(T, Pace), ForgeError> {
        fs::create_dir_all(&self.directory).map_err(|error| ForgeError::io(&self.directory, &error))?;
        let _lock = self.lock("lock", FlockOperation::LockExclusive)?;
        let before = self.read()?;
        let mut pace = before.clone();
        let result = change(&mut pace);
        if pace != before {
            self.write(&pace)?;
        }
        Ok((result, pace))
    }

    /// What it says now; nothing is set aside, and a file that cannot be read says nothing.
    pub(super) fn look(&self) -> Option<Pace> {
        let text = fs::read(self.path()).ok()?;
        serde_json::from_slice::<Content>(&text).ok().filter(|content| content.schema == SCHEMA).map(|found| found.pace)
    }

    /// The right to write to the forge, if nobody has it; given back when it is dropped, or when the process dies.
    pub(super) fn try_turn(&self) -> Result<Option<File>, ForgeError> {
        fs::create_dir_all(&self.directory).map_err(|error| ForgeError::io(&self.directory, &error))?;
        self.lock("turn", FlockOperation::NonBlockingLockExclusive)
    }

    fn lock(&self, kind: &str, operation: FlockOperation) -> Result<Option<File>, ForgeError> {
        let path = self.directory.join(format!("{}.{kind}", self.name));
        let file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path);
        let file = file.map_err(|error| ForgeError::io(&path, &error))?;
        loop {
            match flock(&file, operation) {
                Ok(()) => return Ok(Some(file)),
                Err(rustix::io::Errno::INTR) => {}
                Err(rustix::io::Errno::WOULDBLOCK) => return Ok(None),
                Err(error) => return Err(ForgeError::io(&path, &error.into())),
            }
        }
    }

    fn read(&self) -> Result<Pace, ForgeError> {
        let path = self.path();
        let text = match fs::read(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Pace::default()),
            Err(error) => return Err(ForgeError::io(&path, &error)),
        };
        match serde_json::from_slice::<Content>(&text) {
            Ok(content) if content.schema == SCHEMA => Ok(content.pace),
            Ok(content) if content.schema.starts_with(SCHEMAS) => {
                Err(ForgeError::Newer { path, schema: content.schema })
            }
            Ok(content) => self.set_aside(&format!("it says that it is `{}`", content.schema)),
            Err(error) => self.set_aside(&error.to_string()),
        }
    }

    /// Losing count for an hour is better than standing still: the forge itself still says when it is too much.
    fn set_aside(&self, message: &str) -> Result<Pace, ForgeError> {
        let (path, aside) = (self.path(), self.directory.join(format!("{}.damaged", self.name)));
        fs::rename(&path, &aside).map_err(|error| ForgeError::io(&path, &error))?;
        tracing::warn!(%path, %aside, message, "the budget of calls does not read as one; it was set aside");
        Ok(Pace::default())
    }

    fn write(&self, pace: &Pace) -> Result<(), ForgeError> {
        let content = Content { schema: SCHEMA.to_owned(), pace: pace.clone() };
        let text = serde_json::to_vec(&content).expect("a pace has nothing that JSON cannot hold");
        let path = self.path();
        let failed = |error: std::io::Error| ForgeError::io(&path, &error);
        // Nobody else writes here while the lock is held, so the name need not be a new one each time; what a killed
        // process left is overwritten.
        let scratch = self.directory.join(format!("{}.writing", self.name));
        let mut file = File::create(&scratch).map_err(failed)?;
        file.write_all(&text).and_then(|()| file.sync_data()).map_err(failed)?;
        fs::rename(&scratch, &path).map_err(failed)
    }
}
