//! A tree object, parsed once: which names it has, what they are, and what it looks like with some of them changed.

use std::cmp::Ordering;

use crate::base::FileMode;

use super::ObjectId;

/// What a directory has under a name: mode and id, or nothing.
pub(super) type Standing = Option<(FileMode, ObjectId)>;

/// A tree object. Its bytes are kept as they are; an index says where each entry begins.
#[derive(Debug)]
pub(super) struct Directory {
    raw: Box<[u8]>,
    starts: Vec<Start>,
}

#[derive(Debug, Clone, Copy)]
struct Start {
    entry: u32,
    name: u32,
}

/// One entry of a tree object.
#[derive(Debug, Clone, Copy)]
pub(super) struct Entry<'a> {
    pub(super) name: &'a [u8],
    pub(super) mode: FileMode,
    pub(super) id: ObjectId,
    raw: &'a [u8],
}

impl Entry<'_> {
    pub(super) fn is_directory(&self) -> bool {
        self.mode == FileMode::Directory
    }
}

impl Directory {
    /// A directory without entries.
    pub(super) fn empty() -> Self {
        Self { raw: Box::default(), starts: Vec::new() }
    }

    /// Reads a tree object; `None` if these bytes are none.
    pub(super) fn parse(raw: Vec<u8>) -> Option<Self> {
        let mut starts = Vec::new();
        let mut entry = 0;
        while entry < raw.len() {
            let name = entry + raw[entry..].iter().position(|byte| *byte == b' ')? + 1;
            let end = name + raw[name..].iter().position(|byte| *byte == 0)?;
            mode_of(&raw[entry..name - 1])?;
            if end == name || raw.len() < end + 21 {
                return None;
            }
            starts.push(Start { entry: u32::try_from(entry).ok()?, name: u32::try_from(name).ok()? });
            entry = end + 21;
        }
        Some(Self { raw: raw.into(), starts })
    }

    /// The object's content.
    pub(super) fn raw(&self) -> &[u8] {
        &self.raw
    }

    /// About how much memory it takes, in bytes.
    pub(super) fn weight(&self) -> usize {
        self.raw.len() + self.starts.len() * size_of::<Start>()
    }

    /// Its entries, in git's order.
    pub(super) fn entries(&self) -> impl Iterator<Item = Entry<'_>> {
        (0..self.starts.len()).map(|index| self.entry(index))
    }

    /// The entry of this name.
    pub(super) fn find(&self, name: &[u8]) -> Option<Entry<'_>> {
        self.position(name).ok().map(|index| self.entry(index))
    }

    fn entry(&self, index: usize) -> Entry<'_> {
        let Start { entry, name } = self.starts[index];
        let end = self.starts.get(index + 1).map_or(self.raw.len(), |next| next.entry as usize);
        let mode =
            mode_of(&self.raw[entry as usize..name as usize - 1]).expect("modes were checked when it was parsed");
        let id = self.raw[end - 20..end].try_into().expect("twenty bytes were checked when it was parsed");
        let id = ObjectId::from_bytes(id);
        Entry { name: &self.raw[name as usize..end - 21], mode, id, raw: &self.raw[entry as usize..end] }
    }

    /// Where the name stands. Git sorts a directory as if its name ended in a slash, so a name has two possible places.
    fn position(&self, name: &[u8]) -> Result<usize, ()> {
        [false, true].into_iter().find_map(|directory| self.place(name, directory).ok()).ok_or(())
    }

    fn place(&self, name: &[u8], directory: bool) -> Result<usize, usize> {
        self.starts.binary_search_by(|start| {
            let entry = self.entry_at(*start);
            order((entry.0, entry.1), (name, directory))
        })
    }

    fn entry_at(&self, start: Start) -> (&[u8], bool) {
        let rest = &self.raw[start.name as usize..];
        let name = rest.split(|byte| *byte == 0).next().unwrap_or(rest);
        (name, self.raw[start.entry as usize] == b'4' || self.raw[start.entry as usize] == b'0')
    }

    /// The content of the tree object with these names set to something else or (`None`) left out.
    /// Every other entry keeps its bytes.
    pub(super) fn with(&self, changes: &[(&[u8], Standing)]) -> Vec<u8> {
        let changed = |name: &[u8]| changes.iter().any(|(other, _)| *other == name);
        let mut new: Vec<(&[u8], FileMode, ObjectId)> =
            changes.iter().filter_map(|(name, entry)| entry.map(|(mode, id)| (*name, mode, id))).collect();
        new.sort_by(|a, b| order((a.0, a.1 == FileMode::Directory), (b.0, b.1 == FileMode::Directory)));
        let mut new = new.into_iter().peekable();
        let mut raw = Vec::with_capacity(self.raw.len() + 64);
        for entry in self.entries().filter(|entry| !changed(entry.name)) {
            let here = (entry.name, entry.is_directory());
            while let Some(next) =
                new.next_if(|(name, mode, _)| order((name, *mode == FileMode::Directory), here).is_lt())
            {
                push(&mut raw, next);
            }
            raw.extend_from_slice(entry.raw);
        }
        new.for_each(|next| push(&mut raw, next));
        raw
    }
}

fn push(raw: &mut Vec<u8>, (name, mode, id): (&[u8], FileMode, ObjectId)) {
    // Trees store a directory's mode without the zero that patches show.
    raw.extend_from_slice(mode.as_octal().trim_start_matches('0').as_bytes());
    raw.push(b' ');
    raw.extend_from_slice(name);
    raw.push(0);
    raw.extend_from_slice(id.as_bytes());
}

/// Git's order of entries: by bytes, a directory's name as if it ended in a slash.
fn order(a: (&[u8], bool), b: (&[u8], bool)) -> Ordering {
    let key = |(name, directory): (&[u8], bool)| -> (usize, bool) { (name.len(), directory) };
    let common = a.0.len().min(b.0.len());
    let byte = |(name, directory): (&[u8], bool)| name.get(common).copied().or(directory.then_some(b'/'));
    a.0[..common].cmp(&b.0[..common]).then_with(|| byte(a).cmp(&byte(b))).then_with(|| key(a).cmp(&key(b)))
}

/// The mode that these octal digits spell. Old trees have 100664 and the like, which git takes for plain files.
fn mode_of(digits: &[u8]) -> Option<FileMode> {
    let text = std::str::from_utf8(digits).ok()?;
    let mode = u32::from_str_radix(text, 8).ok()?;
    match mode & 0o170_000 {
        0o040_000 => Some(FileMode::Directory),
        0o120_000 => Some(FileMode::Symlink),
        0o160_000 => Some(FileMode::Submodule),
        0o100_000 if mode & 0o100 != 0 => Some(FileMode::Executable),
        0o100_000 => Some(FileMode::File),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(byte: u8) -> ObjectId {
        ObjectId::from_bytes([byte; 20])
    }

    fn names(directory: &Directory) -> Vec<String> {
        directory.entries().map(|entry| String::from_utf8_lossy(entry.name).into_owned()).collect()
    }

    fn with(directory: &Directory, changes: &[(&str, Option<(FileMode, ObjectId)>)]) -> Directory {
        let changes: Vec<_> = changes.iter().map(|(name, entry)| (name.as_bytes(), *entry)).collect();
        Directory::parse(directory.with(&changes)).unwrap()
    }

    #[test]
    fn a_directory_sorts_as_if_its_name_ended_in_a_slash() {
        let (file, dir) = (Some((FileMode::File, id(1))), Some((FileMode::Directory, id(2))));
        let tree = with(&Directory::empty(), &[("a", dir), ("a.b", file), ("a0", file), ("a-b", file)]);
        assert_eq!(names(&tree), ["a-b", "a.b", "a", "a0"]);
        for name in ["a", "a.b", "a0", "a-b"] {
            assert_eq!(tree.find(name.as_bytes()).unwrap().is_directory(), name == "a", "{name}");
        }
        assert!(tree.find(b"").is_none() && tree.find(b"a/").is_none() && tree.find(b"b").is_none());
    }

    #[test]
    fn entries_that_are_not_changed_keep_their_bytes() {
        let mut raw = b"100664 old\0".to_vec();
        raw.extend([7; 20]);
        let tree = Directory::parse(raw.clone()).unwrap();
        let wider = with(&tree, &[("new", Some((FileMode::Executable, id(1)))), ("zzz", None)]);
        assert!(wider.raw().windows(raw.len()).any(|window| window == raw));
        assert_eq!(with(&wider, &[("new", None)]).raw(), raw);
    }

    #[test]
    fn a_file_may_become_a_directory_and_move_in_the_order() {
        let file = Some((FileMode::File, id(1)));
        let tree = with(&Directory::empty(), &[("a", file), ("a.b", file)]);
        let turned = with(&tree, &[("a", Some((FileMode::Directory, id(3))))]);
        assert_eq!(names(&turned), ["a.b", "a"]);
    }

    #[test]
    fn damaged_bytes_are_no_directory() {
        let mut good = b"100644 a\0".to_vec();
        good.extend([1; 20]);
        assert!(Directory::parse(good.clone()).is_some());
        for length in 1..good.len() {
            assert!(Directory::parse(good[..length].to_vec()).is_none(), "{length}");
        }
        let mut nameless = b"100644 \0".to_vec();
        nameless.extend([1; 20]);
        assert!(Directory::parse(nameless).is_none());
    }
}
