//! Reads the windows of a rollout: days, hours, zone.

use super::super::document::{Kind, Node};
use super::super::findings::Findings;
use super::super::{Weekday, Window};
use crate::base::{closest, time_zone, time_zone_names};

/// The keys of a window.
const KEYS: &[&str] = &["days", "hours", "zone"];

/// Minutes of a day.
const DAY: u16 = 24 * 60;

/// The zone of a window that names none.
const USUAL_ZONE: &str = "UTC";

const DAYS_HINT: &str = "Write days as `mon-fri`, as `mon,wed`, or as a list such as `[mon, wed-fri]`.";

/// `windows`: a list of them, or one.
pub(super) fn read(node: &Node, findings: &mut Findings<'_>) -> Vec<Window> {
    match &node.kind {
        Kind::Sequence(items) if items.is_empty() => {
            let empty = findings.error(
                "window-never-opens",
                node.span.clone(),
                "`windows` is an empty list, so nothing could ever be published",
            );
            findings.add(empty.hint("Add a window such as `{ days: mon-fri, hours: \"09:00-16:00\", zone: Europe/Berlin }`, or remove the key."));
            Vec::new()
        }
        Kind::Sequence(items) => items.iter().filter_map(|item| window(item, findings)).collect(),
        _ => window(node, findings).into_iter().collect(),
    }
}

fn window(node: &Node, findings: &mut Findings<'_>) -> Option<Window> {
    let fields = findings.fields(node, "a window", KEYS)?;
    let days =
        fields.get("days").map_or_else(|| Weekday::ALL.map(|(_, day)| day).to_vec(), |node| days(node, findings));
    let (opens, closes) = fields.get("hours").map_or(Some((0, DAY)), |node| hours(node, findings)).unwrap_or((0, DAY));
    let zone = fields.get("zone").and_then(|node| zone(node, findings)).unwrap_or_else(|| USUAL_ZONE.to_owned());
    Some(Window { days, opens, closes, zone })
}

/// Days and ranges of days, in the order of the week.
fn days(node: &Node, findings: &mut Findings<'_>) -> Vec<Weekday> {
    let mut days = Vec::new();
    for (text, node) in findings.texts(node, "`days`") {
        for part in text.split(',').map(str::trim) {
            let (first, last) = part.split_once('-').unwrap_or((part, part));
            let found = (day(first.trim()), day(last.trim()));
            let (Some(first), Some(last)) = found else {
                let wrong = if found.0.is_none() { first } else { last };
                let message = format!("`{}` is not a day of the week", wrong.trim());
                let finding = findings.error("unknown-value", node.span.clone(), message);
                let hint = closest(wrong.trim(), Weekday::ALL.map(|(name, _)| name));
                findings.add(
                    finding.hint(hint.map_or_else(|| DAYS_HINT.to_owned(), |meant| format!("Did you mean `{meant}`?"))),
                );
                continue;
            };
            let mut at = first;
            loop {
                days.push(Weekday::ALL[at].1);
                if at == last {
                    break;
                }
                at = (at + 1) % Weekday::ALL.len();
            }
        }
    }
    days.sort_unstable();
    days.dedup();
    days
}

/// A day's place in the week, by its name or a longer form of it.
fn day(text: &str) -> Option<usize> {
    const LONG: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
    let text = text.to_ascii_lowercase();
    let named = |(name, long): (&str, &str)| text == name || text == long;
    Weekday::ALL.iter().zip(LONG).position(|((name, _), long)| named((name, long)))
}

/// `09:00-16:00`, as minutes of the day.
fn hours(node: &Node, findings: &mut Findings<'_>) -> Option<(u16, u16)> {
    let text = findings.plain(node, "`hours`")?;
    let parts = text.split_once('-');
    let times = parts.and_then(|(opens, closes)| Some((minutes(opens.trim())?, minutes(closes.trim())?)));
    let Some((opens, closes)) = times.filter(|(opens, _)| *opens < DAY) else {
        let hint = "Write opening and closing as `\"09:00-16:00\"`; a window such as `\"22:00-06:00\"` closes on the next day.";
        findings.wrong_type(node, "`hours`", "two times of the day", Some(hint.to_owned()));
        return None;
    };
    if opens == closes {
        let finding = findings.error(
            "window-never-opens",
            node.span.clone(),
            "the window closes in the minute in which it opens",
        );
        findings.add(finding.hint("For the whole day write `\"00:00-24:00\"`, or leave out `hours`."));
        return None;
    }
    Some((opens, closes))
}

/// `09:00`, `9:30`, `24:00`.
fn minutes(text: &str) -> Option<u16> {
    let (hour, minute) = text.split_once(':')?;
    let digits =
        |text: &str, most: usize| (1..=most).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(hour, 2) || minute.len() != 2 || !digits(minute, 2) {
        return None;
    }
    let (hour, minute): (u16, u16) = (hour.parse().ok()?, minute.parse().ok()?);
    (minute < 60 && hour * 60 + minute <= DAY).then_some(hour * 60 + minute)
}

/// The zone's own spelling of its name.
fn zone(node: &Node, findings: &mut Findings<'_>) -> Option<String> {
    let text = findings.plain(node, "`zone`")?;
    if let Some(zone) = time_zone(&text) {
        return Some(zone.iana_name().map_or(text, str::to_owned));
    }
    let names = time_zone_names();
    let place = |name: &&String| name.rsplit('/').next().is_some_and(|place| place.eq_ignore_ascii_case(text.trim()));
    let meant =
        names.iter().find(place).map(String::as_str).or_else(|| closest(&text, names.iter().map(String::as_str)));
    let hint = meant.map_or_else(
        || "Write the IANA name of a zone, such as `Europe/Berlin`, `America/New_York` or `UTC`.".to_owned(),
        |meant| format!("Did you mean `{meant}`?"),
    );
    let finding = findings.error("unknown-zone", node.span.clone(), format!("there is no time zone `{text}`"));
    findings.add(finding.hint(hint));
    None
}
