//! The proof that an edit did what it should: the new text is read again, exactly the addressed value
//! differs, and the same edit once more changes nothing.

use std::borrow::Cow;

use serde_json::{Map, Value};

use super::{Edit, EditError, Segment, Splice, ValuePath};

/// A structured format: how it is read, and which splices make an edit.
pub(super) trait Language {
    /// A text that has been read.
    type Document<'a>;

    /// Reads a text.
    fn read(text: &str) -> Result<Self::Document<'_>, EditError>;
    /// The whole document in a form that can be compared, down to how scalars are written.
    fn outline<'d>(document: &'d Self::Document<'_>) -> Outline<'d>;
    /// The value at a path, as plain data.
    fn get(document: &Self::Document<'_>, path: &ValuePath) -> Result<Option<Value>, EditError>;
    /// The splices that set a value; none if it is there already.
    fn set(document: &Self::Document<'_>, path: &ValuePath, value: &Value) -> Result<Vec<Splice>, EditError>;
    /// The splices that remove a value; none if it is absent.
    fn remove(document: &Self::Document<'_>, path: &ValuePath) -> Result<Vec<Splice>, EditError>;
}

/// A document as the proof sees it. `mark` holds what belongs to a value besides its text: quotes, anchor, tag.
#[derive(Debug, PartialEq)]
pub(super) struct Outline<'d> {
    pub(super) mark: Cow<'d, str>,
    pub(super) shape: Shape<'d>,
}

/// What kind of value an [`Outline`] is of.
#[derive(Debug, PartialEq)]
pub(super) enum Shape<'d> {
    Leaf(Cow<'d, str>),
    List(Vec<Outline<'d>>),
    Table(Vec<(Cow<'d, str>, Outline<'d>)>),
}

/// Sets a value and proves it.
pub(super) fn set<L: Language>(text: &str, path: &ValuePath, value: &Value) -> Result<Edit, EditError> {
    edit::<L>(text, path, Some(value))
}

/// Removes a value and proves it.
pub(super) fn remove<L: Language>(text: &str, path: &ValuePath) -> Result<Edit, EditError> {
    edit::<L>(text, path, None)
}

fn edit<L: Language>(text: &str, path: &ValuePath, value: Option<&Value>) -> Result<Edit, EditError> {
    let old = L::read(text)?;
    let splices = splices_of::<L>(&old, path, value)?;
    if splices.is_empty() {
        return Ok(Edit::unchanged(text));
    }
    let edit = Edit::apply(text, splices);
    match prove::<L>(&old, &edit.text, path, value) {
        Ok(()) => Ok(edit),
        Err(reason) => Err(EditError::Verification { path: path.to_string(), reason }),
    }
}

fn splices_of<L: Language>(
    document: &L::Document<'_>,
    path: &ValuePath,
    value: Option<&Value>,
) -> Result<Vec<Splice>, EditError> {
    match value {
        Some(value) => L::set(document, path, value),
        None => L::remove(document, path),
    }
}

/// The error is what is not as intended, to be read on after "showed that".
fn prove<L: Language>(
    old: &L::Document<'_>,
    text: &str,
    path: &ValuePath,
    value: Option<&Value>,
) -> Result<(), String> {
    let new = L::read(text).map_err(|error| error.to_string())?;
    let difference = compare(&L::outline(old), &L::outline(&new), path.segments(), value.is_none())?;
    match value {
        Some(value) => check_value::<L>(&new, path, difference, value)?,
        None => check_gone(path, difference)?,
    }
    // Removing an item by its number once more would remove the next one.
    if value.is_none() && matches!(path.segments().last(), Some(Segment::Index(_))) {
        return Ok(());
    }
    match splices_of::<L>(&new, path, value) {
        Ok(again) if again.is_empty() => Ok(()),
        Ok(_) => Err("the same edit again would change it once more".into()),
        Err(error) => Err(format!("the same edit again is not possible: {error}")),
    }
}

/// Where the two documents begin to differ: the path to it in the new document, and how many segments of the
/// addressed path lie below.
struct Difference {
    at: Vec<Segment>,
    below: usize,
}

/// Walks both documents along the path. Everything beside it has to be the same, in the same order.
fn compare(old: &Outline<'_>, new: &Outline<'_>, path: &[Segment], removing: bool) -> Result<Difference, String> {
    let (mut old, mut new, mut at) = (old, new, Vec::new());
    for (depth, segment) in path.iter().enumerate() {
        let below = path.len() - depth - 1;
        let here = || ValuePath::from_segments(at.clone());
        let step = match (&old.shape, &new.shape, segment) {
            (Shape::Table(olds), Shape::Table(news), Segment::Key(key)) => step_into_table(olds, news, key, removing),
            (Shape::List(olds), Shape::List(news), _) => step_into_list(olds, news, segment, removing),
            _ => return Ok(Difference { at, below: below + 1 }),
        };
        match step.ok_or_else(|| format!("something else of {} has changed", here()))? {
            Step::Into(old_child, new_child, segment) => {
                (old, new) = (old_child, new_child);
                at.push(segment);
            }
            Step::Added(segment) => {
                at.push(segment);
                return Ok(Difference { at, below });
            }
            Step::Removed => return Ok(Difference { at, below }),
        }
    }
    Ok(Difference { at, below: 0 })
}

enum Step<'o, 'd> {
    Into(&'o Outline<'d>, &'o Outline<'d>, Segment),
    Added(Segment),
    Removed,
}

type Named<'d> = (Cow<'d, str>, Outline<'d>);

fn step_into_table<'o, 'd>(
    olds: &'o [Named<'d>],
    news: &'o [Named<'d>],
    key: &str,
    removing: bool,
) -> Option<Step<'o, 'd>> {
    let place = |entries: &[Named<'_>]| entries.iter().position(|(name, _)| name == key);
    let (old_place, new_place) = (place(olds), place(news));
    let others = |entries: &'o [Named<'d>], skipped: Option<usize>| {
        entries.iter().enumerate().filter(move |(index, _)| Some(*index) != skipped).map(|(_, entry)| entry)
    };
    if !others(olds, old_place).eq(others(news, new_place)) {
        return None;
    }
    match (old_place, new_place) {
        (Some(old), Some(new)) if old == new => {
            Some(Step::Into(&olds[old].1, &news[new].1, Segment::Key(key.to_owned())))
        }
        (None, Some(_)) if !removing => Some(Step::Added(Segment::Key(key.to_owned()))),
        (Some(_), None) if removing => Some(Step::Removed),
        _ => None,
    }
}

fn step_into_list<'o, 'd>(
    olds: &'o [Outline<'d>],
    news: &'o [Outline<'d>],
    segment: &Segment,
    removing: bool,
) -> Option<Step<'o, 'd>> {
    if *segment == Segment::Append {
        let (_, rest) = news.split_last()?;
        let index = isize::try_from(rest.len()).ok()?;
        return (rest == olds).then_some(Step::Added(Segment::Index(index)));
    }
    let index = segment.index_in(olds.len())?;
    if news.len() == olds.len() {
        let same = olds[..index] == news[..index] && olds[index + 1..] == news[index + 1..];
        let concrete = Segment::Index(isize::try_from(index).ok()?);
        return same.then(|| Step::Into(&olds[index], &news[index], concrete));
    }
    let gone = removing
        && olds[..index] == news[..index.min(news.len())]
        && olds[index + 1..] == news[index.min(news.len())..];
    gone.then_some(Step::Removed)
}

fn check_value<L: Language>(
    new: &L::Document<'_>,
    path: &ValuePath,
    difference: Difference,
    value: &Value,
) -> Result<(), String> {
    let segments = path.segments();
    let wanted = nest(&segments[segments.len() - difference.below..], value.clone());
    let place = ValuePath::from_segments(difference.at);
    let found = L::get(new, &place).map_err(|error| error.to_string())?;
    if found.as_ref() == wanted.as_ref() {
        return Ok(());
    }
    let show = |value: Option<Value>| value.map_or("nothing".to_owned(), |value| value.to_string());
    Err(format!("{place} is {}, not {}", show(found), show(wanted)))
}

fn check_gone(path: &ValuePath, difference: Difference) -> Result<(), String> {
    let parent = path.segments().len().saturating_sub(1);
    if difference.below == 0 && difference.at.len() == parent {
        return Ok(());
    }
    Err(format!("{} differs", ValuePath::from_segments(difference.at)))
}

/// The value that has to be made where the rest of a path does not exist yet: `a.b` and 1 make `{a: {b: 1}}`.
/// `None` if the rest names an item by number, which cannot be made.
pub(super) fn nest(rest: &[Segment], value: Value) -> Option<Value> {
    rest.iter().rev().try_fold(value, |value, segment| match segment {
        Segment::Key(key) => Some(Value::Object(Map::from_iter([(key.clone(), value)]))),
        Segment::Append => Some(Value::Array(vec![value])),
        Segment::Index(_) => None,
    })
}

/// The value below a value.
pub(super) fn value_below<'v>(value: &'v Value, path: &[Segment]) -> Option<&'v Value> {
    path.iter().try_fold(value, |value, segment| match (value, segment) {
        (Value::Object(map), Segment::Key(key)) => map.get(key),
        (Value::Array(items), _) => items.get(segment.index_in(items.len())?),
        _ => None,
    })
}
