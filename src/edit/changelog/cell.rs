//! What the cells of a row say: versions, dates, links, and the dress they wear.

use jiff::civil::Date;
use semver::Version;

/// Characters that dress a value without being part of it: code, emphasis.
const DRESS: [char; 3] = ['`', '*', '_'];

/// A value and what stands around it: ``` `0.1.0` ``` is `0.1.0` between backticks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Dressed<'t> {
    pub(super) before: &'t str,
    pub(super) core: &'t str,
    pub(super) after: &'t str,
}

/// Takes the dress off a cell; a `v` before a digit belongs to it.
pub(super) fn undress(cell: &str) -> Dressed<'_> {
    let cell = cell.trim();
    let inner = cell.trim_start_matches(DRESS);
    let unprefixed = inner.strip_prefix(['v', 'V']).filter(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
    let core = unprefixed.unwrap_or(inner).trim_end_matches(DRESS);
    let start = cell.len() - unprefixed.unwrap_or(inner).len();
    Dressed { before: &cell[..start], core, after: &cell[start + core.len()..] }
}

/// Whether a cell is exactly this version: `0.1.1` is not `0.1.10`; dress, `v` and spaces do not matter.
pub(super) fn is_version(cell: &str, version: &str) -> bool {
    let core = undress(cell).core.trim();
    let label =
        core.strip_prefix('[').and_then(|rest| rest.split_once(']')).map(|(label, _)| undress(label).core.trim());
    core == version || label == Some(version)
}

/// The version of a cell; `1.2` counts as `1.2.0` here, since it is only used to find the order of rows.
pub(super) fn version(cell: &str) -> Option<Version> {
    let core = undress(cell).core.trim();
    let short = || {
        let numbers: Vec<u64> = core.split('.').map(str::parse).collect::<Result<_, _>>().ok()?;
        match numbers[..] {
            [major, minor] => Some(Version::new(major, minor, 0)),
            _ => None,
        }
    };
    Version::parse(core).ok().or_else(short)
}

/// How a table writes its dates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum DateForm {
    /// `2023-10-18`, with this separator.
    YearFirst(char),
    /// `18.10.2023`.
    DayFirst(char),
    /// `10/18/2023`.
    MonthFirst(char),
    /// `01-02-2023`: the first of February or the second of January.
    DayOrMonthFirst(char),
    /// `October 18, 2023`.
    MonthName,
}

impl DateForm {
    /// The form of a cell, and the date if there is such a day.
    pub(super) fn read(cell: &str) -> Option<(Self, Option<Date>)> {
        let core = undress(cell).core.trim();
        ['-', '.', '/'].into_iter().find_map(|separator| numeric(core, separator)).or_else(|| month_name(core))
    }

    /// A date in this form.
    pub(super) fn write(self, date: Date) -> String {
        match self {
            Self::YearFirst(s) => date.strftime(&format!("%Y{s}%m{s}%d")).to_string(),
            Self::DayFirst(s) => date.strftime(&format!("%d{s}%m{s}%Y")).to_string(),
            Self::MonthFirst(s) => date.strftime(&format!("%m{s}%d{s}%Y")).to_string(),
            Self::MonthName => date.strftime("%B %-d, %Y").to_string(),
            // Nothing in the table says which it is; the form that nobody can misread.
            Self::DayOrMonthFirst(_) => date.strftime("%Y-%m-%d").to_string(),
        }
    }
}

fn numeric(text: &str, separator: char) -> Option<(DateForm, Option<Date>)> {
    let parts: Vec<&str> = text.split(separator).collect();
    let [first, middle, last] = <[&str; 3]>::try_from(parts).ok()?;
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    if ![first, middle, last].into_iter().all(digits) {
        return None;
    }
    let day =
        |year: &str, month: &str, day: &str| Date::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?).ok();
    let above_twelve = |part: &str| part.parse::<u8>().is_ok_and(|number| number > 12);
    match (first.len(), middle.len(), last.len()) {
        (4, 1..=2, 1..=2) => Some((DateForm::YearFirst(separator), day(first, middle, last))),
        (1..=2, 1..=2, 4) if above_twelve(first) || separator == '.' => {
            Some((DateForm::DayFirst(separator), day(last, middle, first)))
        }
        (1..=2, 1..=2, 4) if above_twelve(middle) => Some((DateForm::MonthFirst(separator), day(last, first, middle))),
        (1..=2, 1..=2, 4) => Some((DateForm::DayOrMonthFirst(separator), None)),
        _ => None,
    }
}

fn month_name(text: &str) -> Option<(DateForm, Option<Date>)> {
    let date = Date::strptime("%B %d, %Y", text).ok()?;
    // "May 5, 2023" also reads as the abbreviated form; both are written alike.
    Some((DateForm::MonthName, Some(date)))
}

/// How a table links to pull requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LinkForm<'t> {
    /// `[123](…/pull/123)`, with what stands before the number: nothing, `#`, `\\#`, `PR `.
    Labelled(&'t str),
    /// The bare address.
    Bare,
}

impl<'t> LinkForm<'t> {
    /// The form of a cell, if it is a link whose label carries nothing but the number.
    pub(super) fn read(cell: &'t str) -> Option<Self> {
        let cell = cell.trim();
        if cell.starts_with("http") && cell.contains("/pull/") && !cell.contains(char::is_whitespace) {
            return Some(Self::Bare);
        }
        let (label, target) = cell.strip_prefix('[')?.split_once("](")?;
        let prefix = label.trim_end_matches(|c: char| c.is_ascii_digit());
        let word = prefix.trim_end_matches(['#', '\\', ' ', '-']);
        let usual = prefix.len() < label.len() && (word.is_empty() || word.eq_ignore_ascii_case("pr"));
        (usual && target.contains("/pull/")).then_some(Self::Labelled(prefix))
    }

    /// A link in this form; the number as text, since a plan may not know it yet.
    pub(super) fn write(self, number: &str, repository_url: &str) -> String {
        let target = format!("{}/pull/{number}", repository_url.trim_end_matches('/'));
        match self {
            Self::Labelled(prefix) => format!("[{prefix}{number}]({target})"),
            Self::Bare => target,
        }
    }
}

/// The number at the end of the first link's target or of the plain text.
pub(super) fn pull_request_number(cell: &str) -> Option<u64> {
    let target = cell.split_once("](").map_or(cell, |(_, target)| target.split(')').next().unwrap_or(target));
    let digits = target.trim_end_matches('/').rsplit(|c: char| !c.is_ascii_digit()).next()?;
    digits.parse().ok()
}

/// A message as it must stand in a cell: pipes escaped, each once.
pub(super) fn escape(message: &str) -> String {
    let mut escaped = String::with_capacity(message.len());
    let mut backslash = false;
    for c in message.trim().chars() {
        if c == '|' && !backslash {
            escaped.push('\\');
        }
        backslash = c == '\\';
        escaped.push(c);
    }
    escaped
}

/// A cell's text for comparing: pipes unescaped, runs of spaces as one.
pub(super) fn plain(cell: &str) -> String {
    let words: Vec<&str> = cell.split_whitespace().collect();
    words.join(" ").replace("\\|", "|")
}
