//! Whether the refs of a repository can have moved, told by the times of the places that hold them.

use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// File systems tell times in steps of up to so long.
const STEP: Duration = Duration::from_millis(20);

/// When each place that a ref can be in was last written to.
#[derive(Debug, Default)]
pub(crate) struct Stamp {
    places: Vec<(PathBuf, Option<SystemTime>)>,
    /// Something was written so short ago that the same time could stand for two states.
    hot: bool,
}

impl Stamp {
    /// Of a bare repository as it is now. Git writes a ref by renaming a file, which its directory's time tells.
    pub(crate) fn of(directory: &Path) -> Self {
        let mut places = vec![directory.join("HEAD"), directory.join("packed-refs"), directory.join("refs")];
        let mut next = 2;
        while next < places.len() {
            let entries = std::fs::read_dir(&places[next]).into_iter().flatten().flatten();
            let inner = entries.filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()));
            let inner: Vec<PathBuf> = inner.map(|entry| entry.path()).collect();
            places.extend(inner);
            next += 1;
        }
        let places: Vec<_> =
            places.into_iter().map(|path| (modified(&path), path)).map(|(at, path)| (path, at)).collect();
        let limit = SystemTime::now().checked_sub(STEP);
        let hot = places.iter().any(|(_, at)| *at >= limit);
        Self { places, hot }
    }

    /// Whether nothing was written since.
    pub(crate) fn holds(&self) -> bool {
        !self.hot && self.places.iter().all(|(path, then)| modified(path) == *then)
    }
}

fn modified(path: &Path) -> Option<SystemTime> {
    path.metadata().and_then(|metadata| metadata.modified()).ok()
}
