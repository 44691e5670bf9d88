//! The bytes of a pack and of its index, as git's `gitformat-pack` describes them (both version 2).
//!
//! A migration makes hundreds of versions of the same large directories, each with one entry changed. Searching for
//! deltas would find that out again; here it is known: the old directory goes into the pack once, and every new
//! version is stored as what differs. A pure function; the file `store` puts the bytes on disk.

use std::collections::{BTreeMap, HashMap};
use std::io::Write as _;
use std::sync::Arc;

use flate2::{Compression, Crc, write::ZlibEncoder};
use rayon::prelude::*;
use sha1::{Digest, Sha1};

use super::ObjectId;
use super::tree_edit::NewObject;

/// Directories smaller than this are stored whole, in bytes: a delta would save nothing.
const SMALLEST_BASE: usize = 256;

/// Offsets from here on need a wider table in the index, which nothing here needs.
const LARGEST_PACK: usize = 1 << 31;

/// A pack and its index.
pub(super) struct Pack {
    pub(super) name: ObjectId,
    pub(super) objects: Vec<u8>,
    pub(super) index: Vec<u8>,
}

/// How one object lies in the pack.
struct Stored {
    id: ObjectId,
    kind: u8,
    size: usize,
    base: Option<ObjectId>,
    compressed: Vec<u8>,
}

/// Where one object lies in the pack.
struct Place {
    offset: usize,
    checksum: u32,
}

/// A pack of these objects (no id twice); `None` if it would be too large for one.
pub(super) fn pack(objects: &[NewObject]) -> Option<Pack> {
    let bases = shared_bases(objects);
    let mut stored: Vec<Stored> = bases.par_iter().map(|(id, raw)| whole(*id, "tree", raw)).collect();
    stored.par_extend(objects.par_iter().map(|object| {
        let base = object.base.as_ref().and_then(|(id, _)| bases.get_key_value(id));
        base.map_or_else(|| whole(object.id, object.kind, &object.content), |(id, raw)| difference(object, *id, raw))
    }));
    let (pack, places) = assemble(&stored)?;
    let name = ObjectId::from_bytes(pack[pack.len() - 20..].try_into().ok()?);
    let index = index(&places, name)?;
    Some(Pack { name, objects: pack, index })
}

/// Directories that several of the new ones are versions of, without those that are new themselves.
fn shared_bases(objects: &[NewObject]) -> BTreeMap<ObjectId, Arc<[u8]>> {
    let mut versions: HashMap<ObjectId, usize> = HashMap::new();
    for (id, _) in objects.iter().filter_map(|object| object.base.as_ref()) {
        *versions.entry(*id).or_default() += 1;
    }
    for object in objects {
        versions.remove(&object.id);
    }
    let bases = objects.iter().filter_map(|object| object.base.as_ref());
    bases
        .filter(|(id, base)| base.raw().len() >= SMALLEST_BASE && versions.get(id).is_some_and(|count| *count > 1))
        .map(|(id, base)| (*id, base.raw().into()))
        .collect()
}

fn whole(id: ObjectId, kind: &str, content: &[u8]) -> Stored {
    let kind = match kind {
        "commit" => 1,
        "tree" => 2,
        _ => 3,
    };
    Stored { id, kind, size: content.len(), base: None, compressed: compress(content) }
}

fn difference(object: &NewObject, base: ObjectId, old: &[u8]) -> Stored {
    let delta = delta(old, &object.content);
    Stored { id: object.id, kind: 6, size: delta.len(), base: Some(base), compressed: compress(&delta) }
}

fn compress(content: &[u8]) -> Vec<u8> {
    // `git gc` packs it again one day, and better than any level here could.
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(content).and_then(|()| encoder.finish()).expect("writing to memory does not fail")
}

/// What turns `old` into `new`: their common beginning, what is between, their common end.
fn delta(old: &[u8], new: &[u8]) -> Vec<u8> {
    let beginning = old.iter().zip(new).take_while(|(a, b)| a == b).count();
    let rest = old.len().min(new.len()) - beginning;
    let end = old.iter().rev().zip(new.iter().rev()).take(rest).take_while(|(a, b)| a == b).count();
    let mut delta = Vec::new();
    push_length(&mut delta, old.len());
    push_length(&mut delta, new.len());
    push_copy(&mut delta, 0, beginning);
    for piece in new[beginning..new.len() - end].chunks(127) {
        delta.push(u8::try_from(piece.len()).expect("a piece has at most 127 bytes"));
        delta.extend_from_slice(piece);
    }
    push_copy(&mut delta, old.len() - end, end);
    delta
}

fn push_length(delta: &mut Vec<u8>, mut length: usize) {
    while length >= 0x80 {
        delta.push(low_bits(length, 7) | 0x80);
        length >>= 7;
    }
    delta.push(low_bits(length, 7));
}

/// Copy instructions; each takes at most 65,535 bytes.
fn push_copy(delta: &mut Vec<u8>, mut offset: usize, mut length: usize) {
    while length > 0 {
        let part = length.min(0xffff);
        let at = delta.len();
        delta.push(0x80);
        let bytes = [offset, offset >> 8, offset >> 16, offset >> 24, part, part >> 8];
        for (bit, value) in bytes.into_iter().enumerate() {
            let byte = low_bits(value, 8);
            if byte != 0 {
                delta[at] |= 1 << bit;
                delta.push(byte);
            }
        }
        offset += part;
        length -= part;
    }
}

fn low_bits(value: usize, bits: u32) -> u8 {
    u8::try_from(value & ((1 << bits) - 1)).expect("at most eight bits are left")
}

/// The pack's bytes, and where each object lies in them.
fn assemble(stored: &[Stored]) -> Option<(Vec<u8>, BTreeMap<ObjectId, Place>)> {
    let mut pack = b"PACK\0\0\0\x02".to_vec();
    pack.extend(u32::try_from(stored.len()).ok()?.to_be_bytes());
    let mut places: BTreeMap<ObjectId, Place> = BTreeMap::new();
    for object in stored {
        let offset = pack.len();
        push_header(&mut pack, object.kind, object.size);
        if let Some(base) = object.base {
            let place = places.get(&base).expect("bases come first");
            push_distance(&mut pack, offset - place.offset);
        }
        pack.extend_from_slice(&object.compressed);
        let mut crc = Crc::new();
        crc.update(&pack[offset..]);
        places.insert(object.id, Place { offset, checksum: crc.sum() });
    }
    let checksum: [u8; 20] = Sha1::digest(&pack).into();
    pack.extend(checksum);
    (pack.len() < LARGEST_PACK).then_some((pack, places))
}

/// Type and length of an entry: four bits of the length, then seven a byte.
fn push_header(pack: &mut Vec<u8>, kind: u8, size: usize) {
    let mut byte = kind << 4 | low_bits(size, 4);
    let mut rest = size >> 4;
    while rest > 0 {
        pack.push(byte | 0x80);
        byte = low_bits(rest, 7);
        rest >>= 7;
    }
    pack.push(byte);
}

/// How far back the base lies; git's offset encoding, in which no number has two spellings.
fn push_distance(pack: &mut Vec<u8>, mut distance: usize) {
    let mut bytes = vec![low_bits(distance, 7)];
    while distance >= 0x80 {
        distance = (distance >> 7) - 1;
        bytes.push(low_bits(distance, 7) | 0x80);
    }
    pack.extend(bytes.iter().rev());
}

fn index(places: &BTreeMap<ObjectId, Place>, pack: ObjectId) -> Option<Vec<u8>> {
    let mut index = b"\xfftOc\0\0\0\x02".to_vec();
    let mut counts = [0_u32; 256];
    for id in places.keys() {
        counts[usize::from(id.as_bytes()[0])] += 1;
    }
    let mut sum = 0;
    for count in counts {
        sum += count;
        index.extend(sum.to_be_bytes());
    }
    index.extend(places.keys().flat_map(|id| *id.as_bytes()));
    index.extend(places.values().flat_map(|place| place.checksum.to_be_bytes()));
    for place in places.values() {
        index.extend(u32::try_from(place.offset).ok()?.to_be_bytes());
    }
    index.extend(pack.as_bytes());
    let checksum: [u8; 20] = Sha1::digest(&index).into();
    index.extend(checksum);
    Some(index)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What git does with a delta.
    fn apply(old: &[u8], delta: &[u8]) -> Vec<u8> {
        let mut rest = delta.iter().copied();
        let mut length = || {
            let (mut value, mut shift) = (0, 0);
            loop {
                let byte = rest.next().unwrap();
                value |= usize::from(byte & 0x7f) << shift;
                shift += 7;
                if byte & 0x80 == 0 {
                    return value;
                }
            }
        };
        let (before, after) = (length(), length());
        assert_eq!(before, old.len());
        let mut new = Vec::new();
        while let Some(order) = rest.next() {
            if order & 0x80 == 0 {
                new.extend(rest.by_ref().take(usize::from(order)));
                continue;
            }
            let mut field = |bits: std::ops::Range<usize>| {
                let bytes = bits.clone().filter(|bit| order & (1 << bit) != 0);
                bytes.fold(0, |value, bit| value | usize::from(rest.next().unwrap()) << (8 * (bit - bits.start)))
            };
            let (offset, length) = (field(0..4), field(4..7));
            new.extend_from_slice(&old[offset..offset + length]);
        }
        assert_eq!(after, new.len());
        new
    }

    proptest! {
        #[test]
        fn a_delta_gives_back_the_new_bytes(
            parts in prop::array::uniform4(prop::collection::vec(0..3_u8, 0..300)),
            repeat in 1..300_usize,
        ) {
            let [beginning, old, new, end] = parts;
            let beginning = beginning.repeat(repeat);
            let (old, new) = ([&beginning, &old, &end].map(Vec::as_slice).concat(), [&beginning, &new, &end].map(Vec::as_slice).concat());
            prop_assert_eq!(apply(&old, &delta(&old, &new)), new);
        }
    }
}
