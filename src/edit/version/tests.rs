use super::*;
use proptest::prelude::*;

fn bumped(current: &str, level: &str) -> String {
    bump(current, &level.parse().unwrap()).unwrap().to_string()
}

fn complaint(current: &str) -> String {
    bump(current, &Level::Patch).unwrap_err().to_string()
}

#[test]
fn each_level_raises_its_number_and_resets_those_below() {
    assert_eq!(bumped("1.2.3", "patch"), "1.2.4");
    assert_eq!(bumped("1.2.3", "minor"), "1.3.0");
    assert_eq!(bumped("1.2.3", "major"), "2.0.0");
    assert_eq!(bumped("0.1.9", "patch"), "0.1.10");
}

#[test]
fn a_pre_release_is_released_by_the_smallest_bump_that_reaches_it() {
    assert_eq!(bumped("1.0.0-rc.1", "patch"), "1.0.0");
    assert_eq!(bumped("1.1.0-rc.1", "minor"), "1.1.0");
    assert_eq!(bumped("2.0.0-rc.1", "major"), "2.0.0");
    assert_eq!(bumped("1.0.1-rc.1", "minor"), "1.1.0");
    assert_eq!(bumped("1.1.0-rc.1", "major"), "2.0.0");
}

#[test]
fn a_release_candidate_sorts_above_the_version_it_follows() {
    assert_eq!(bumped("1.2.3", "rc"), "1.2.4-rc.1");
    assert_eq!(bumped("1.2.4-rc.1", "rc"), "1.2.4-rc.2");
    assert_eq!(bumped("1.2.4-rc.9", "rc"), "1.2.4-rc.10");
    assert_eq!(bumped("1.0.0-beta.2", "rc"), "1.0.0-rc.1");
    assert_eq!(bumped("1.0.0-zeta.2", "rc"), "1.0.1-rc.1");
    assert_eq!(bumped("1.0.0-rc", "rc"), "1.0.0-rc.1");
}

#[test]
fn an_exact_version_is_taken_as_it_is_and_twice_is_once() {
    assert_eq!(bumped("0.1.0", "0.2.0"), "0.2.0");
    assert_eq!(bumped("0.1.0", "version:0.2.0"), "0.2.0");
    assert_eq!(bumped("0.2.0", "0.2.0"), "0.2.0");
}

#[test]
fn trap_15_an_exact_version_below_the_current_one_is_refused() {
    let error = bump("0.10.0", &"0.9.0".parse().unwrap()).unwrap_err();
    assert_eq!(error.to_string(), "0.9.0 is lower than the current version 0.10.0");
    assert_eq!(error.hint(), "Give a version above 0.10.0; cutover never lowers a version that may be published.");
}

#[test]
fn trap_15_the_bad_part_of_a_version_is_named() {
    assert_eq!(
        complaint("0.3.O"),
        "`0.3.O` is not a semantic version: the patch number is `O`, which is not a number (the letter O, where a zero was meant?)"
    );
    assert_eq!(complaint("1.2"), "`1.2` is not a semantic version: the patch number is missing");
    assert_eq!(complaint("1..2"), "`1..2` is not a semantic version: the minor number is missing");
    assert_eq!(complaint("1.02.3"), "`1.02.3` is not a semantic version: the minor number `02` begins with a zero");
    assert_eq!(complaint("v1.2.3"), "`v1.2.3` is not a semantic version: leave out the `v` before 1.2.3");
    assert_eq!(complaint("1.2.3.4"), "`1.2.3.4` is not a semantic version: it has 4 numbers instead of three");
    assert_eq!(complaint(""), "`` is not a semantic version: there is nothing in it");
    assert!(complaint("1.2.3-").starts_with("`1.2.3-` is not a semantic version: "));
}

#[test]
fn a_word_that_is_no_level_is_named_with_the_words_that_are() {
    let error = "pathc".parse::<Level>().unwrap_err();
    assert_eq!(error.to_string(), "`pathc` is not a level of a version bump");
    assert!(error.hint().contains("patch, minor, major, rc"));
    assert!(matches!("version:abc".parse::<Level>(), Err(VersionError::NotSemver { .. })));
    assert!(matches!("1.x".parse::<Level>(), Err(VersionError::NotSemver { .. })));
}

#[test]
fn numbers_at_their_limit_are_an_error_and_not_a_panic() {
    let error = bump("1.2.18446744073709551615", &Level::Patch).unwrap_err();
    assert_eq!(error, VersionError::Overflow { current: error_version(), part: "patch" });
}

fn error_version() -> Version {
    Version::new(1, 2, u64::MAX)
}

proptest! {
    #[test]
    fn every_bump_goes_up_and_a_level_reads_back_as_written(
        major in 0u64..99, minor in 0u64..99, patch in 0u64..99,
        pre in prop_oneof![Just(String::new()), "-(rc|alpha|zeta)(\\.[1-9][0-9]?)?"],
        level in prop_oneof![Just(Level::Patch), Just(Level::Minor), Just(Level::Major), Just(Level::Rc)],
    ) {
        let current = format!("{major}.{minor}.{patch}{pre}");
        let next = bump(&current, &level).unwrap();
        prop_assert!(next > Version::parse(&current).unwrap(), "{current} -> {next}");
        prop_assert_eq!(level.to_string().parse::<Level>().unwrap(), level);
        let exact = Level::Exact(next);
        prop_assert_eq!(exact.to_string().parse::<Level>().unwrap(), exact);
    }
}
