//! Documents written to a file that a user names: whole or not at all.

use std::fs::{self, OpenOptions, Permissions};
use std::io::{Error, ErrorKind, Write as _};
use std::os::unix::fs::PermissionsExt as _;

use camino::{Utf8Path, Utf8PathBuf};

use super::Exit;
use super::failed::Failed;

/// What a new file may be used for, less what the umask takes away.
const MODE: u32 = 0o666;

/// Writes a document. Readers of the file see the old one or the new one, never a part. What is no plain file, such as
/// `/dev/stdout` or a pipe, is written to; of a symbolic link, the file that it leads to is replaced.
pub(super) fn write(file: &Utf8Path, text: &str) -> Result<(), Failed> {
    put(file, text).map_err(|error| told(file, &error))
}

fn put(file: &Utf8Path, text: &str) -> Result<(), Error> {
    let there = match fs::metadata(file) {
        Ok(there) => Some(there),
        Err(error) if error.kind() == ErrorKind::NotFound => None,
        Err(error) => return Err(error),
    };
    if there.as_ref().is_some_and(|there| !there.is_file()) {
        return OpenOptions::new().write(true).open(file)?.write_all(text.as_bytes());
    }
    let target = if there.is_some() { file.canonicalize_utf8()? } else { file.to_owned() };
    let directory = match target.parent() {
        Some(parent) if !parent.as_str().is_empty() => parent.to_owned(),
        _ => Utf8PathBuf::from("."),
    };
    let mut fresh = tempfile::Builder::new()
        .prefix(".cutover-report-")
        .permissions(Permissions::from_mode(MODE))
        .tempfile_in(directory)?;
    if let Some(there) = there {
        fresh.as_file().set_permissions(there.permissions())?;
    }
    fresh.write_all(text.as_bytes())?;
    fresh.as_file().sync_all()?;
    fresh.persist(&target)?;
    Ok(())
}

fn told(file: &Utf8Path, error: &Error) -> Failed {
    // The error itself may name a temporary file, which is of no use to a reader.
    let (exit, why, hint) = match error.kind() {
        ErrorKind::NotFound => (Exit::Usage, "its directory is not there".to_owned(), "make the directory first"),
        ErrorKind::IsADirectory => (Exit::Usage, "it is a directory".to_owned(), "name a file in it"),
        ErrorKind::PermissionDenied => {
            (Exit::Permission, "permission denied".to_owned(), "name another file, or print it without `--out`")
        }
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => {
            (Exit::SomeFailed, "the disk is full".to_owned(), "free space; a file that was there is as it was")
        }
        _ => (Exit::Permission, error.to_string(), "name another file, or print it without `--out`"),
    };
    Failed::new(exit, format!("failed to write {file}: {why}")).hint(hint)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn directory() -> (tempfile::TempDir, Utf8PathBuf) {
        let directory = tempfile::tempdir().unwrap();
        let path = Utf8PathBuf::try_from(directory.path().to_owned()).unwrap();
        (directory, path)
    }

    fn names(directory: &Utf8Path) -> Vec<String> {
        directory.read_dir_utf8().unwrap().map(|entry| entry.unwrap().file_name().to_owned()).collect()
    }

    #[test]
    fn a_document_replaces_the_one_before_it_keeps_its_mode_and_leaves_nothing_beside_it() {
        let (_kept, directory) = directory();
        let file = directory.join("report.html");
        fs::write(&file, "the old one, which is longer").unwrap();
        fs::set_permissions(&file, Permissions::from_mode(0o640)).unwrap();
        write(&file, "new").unwrap();
        assert_eq!(fs::read_to_string(&file).unwrap(), "new");
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o640);
        assert_eq!(names(&directory), ["report.html"]);
    }

    #[test]
    fn a_new_document_can_be_read_by_whom_the_umask_lets() {
        let (_kept, directory) = directory();
        fs::write(directory.join("plain"), "").unwrap();
        write(&directory.join("report"), "new").unwrap();
        let mode = |name: &str| fs::metadata(directory.join(name)).unwrap().permissions().mode();
        assert_eq!(mode("report"), mode("plain"));
    }

    #[test]
    fn a_link_stays_a_link_and_the_file_it_leads_to_is_replaced() {
        let (_kept, directory) = directory();
        fs::write(directory.join("real"), "old").unwrap();
        std::os::unix::fs::symlink("real", directory.join("link")).unwrap();
        write(&directory.join("link"), "new").unwrap();
        assert!(fs::symlink_metadata(directory.join("link")).unwrap().is_symlink());
        assert_eq!(fs::read_to_string(directory.join("real")).unwrap(), "new");
    }

    #[test]
    fn what_is_no_plain_file_is_written_to() {
        write(Utf8Path::new("/dev/null"), "new").unwrap();
        assert!(!fs::metadata("/dev/null").unwrap().is_file());
    }

    #[test]
    fn a_file_that_cannot_be_written_is_named_with_what_to_do() {
        let (_kept, directory) = directory();
        let message = |file: &Utf8Path| write(file, "new").unwrap_err().message();
        let missing = directory.join("no/report.md");
        assert_eq!(message(&missing), format!("failed to write {missing}: its directory is not there"));
        assert_eq!(message(&directory), format!("failed to write {directory}: it is a directory"));
        assert_eq!(names(&directory), [""; 0]);
    }
}
