//! Time zones by their IANA names, from the data that is built into the program: the same on every machine, also on
//! one that has none of its own.

use std::sync::LazyLock;

use jiff::tz::{TimeZone, TimeZoneDatabase};

static ZONES: LazyLock<TimeZoneDatabase> = LazyLock::new(TimeZoneDatabase::bundled);

/// The zone with this name, such as `Europe/Berlin`; large and small letters are the same.
pub fn time_zone(name: &str) -> Option<TimeZone> {
    ZONES.get(name).ok()
}

/// The names of all zones, in order.
pub fn time_zone_names() -> Vec<String> {
    let mut names: Vec<String> = ZONES.available().map(|name| name.as_str().to_owned()).collect();
    names.sort();
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zones_are_known_without_any_data_of_the_machine() {
        let berlin = time_zone("europe/berlin").expect("it is there");
        assert_eq!(berlin.iana_name(), Some("Europe/Berlin"));
        assert!(time_zone("Europe/Brelin").is_none());
        assert!(time_zone("UTC").is_some());
        assert!(time_zone_names().len() > 400, "{}", time_zone_names().len());
    }
}
