//! Versions, suffixes, digests and platforms, against a real registry.

use cutover::image::{Address, ImageErrorClass, Query};

use super::debian::Debian;
use super::double::{query, resolve, resolver, told};

const NAME: &str = "airbyte/python-connector-base";

/// A registry with the tags that such a repository has; the digests of the first and the last.
fn filled() -> Option<(Debian, String, String)> {
    let registry = Debian::open()?;
    let first = registry.image(NAME, "1.9.0", "first");
    for tag in ["latest", "v9.0.0", "2.0.0-rc.1", "1.10", "1.10.0-alpine", "nightly"] {
        registry.image(NAME, tag, "whatever");
    }
    registry.image(NAME, "1.10.0-slim", "slim");
    let newest = registry.image(NAME, "1.10.0", "newest");
    Some((registry, first, newest))
}

#[tokio::test]
async fn latest_is_the_highest_version_without_pre_releases_and_not_the_tag_of_that_name() {
    let Some((registry, _, newest)) = filled() else { return };
    let found = resolve(&resolver(), &registry.repository(NAME), "latest").await.unwrap();
    assert_eq!(found.to_string(), format!("{}/{NAME}:1.10.0@{newest}", registry.host()));
    assert_eq!(found.version.unwrap().to_string(), "1.10.0");
}

#[tokio::test]
async fn a_range_a_version_and_a_suffix_narrow_the_choice() {
    let Some((registry, first, _)) = filled() else { return };
    let (resolver, repository) = (resolver(), registry.repository(NAME));
    assert_eq!(resolve(&resolver, &repository, "<1.10").await.unwrap().digest, first);
    assert_eq!(resolve(&resolver, &repository, "2.0.0-rc.1").await.unwrap().tag, "2.0.0-rc.1");
    let kept = Query::new(&repository, "latest", None, &[], Some("x/y:1.0.0-slim")).unwrap();
    assert_eq!(resolver.resolve(&kept, 1).await.unwrap().tag, "1.10.0-slim");
    let given = Query::new(&repository, "latest", Some("-alpine"), &[], None).unwrap();
    assert_eq!(resolver.resolve(&given, 1).await.unwrap().tag, "1.10.0-alpine");
}

#[tokio::test]
async fn what_is_in_use_and_newer_is_told() {
    let Some((registry, ..)) = filled() else { return };
    let current = format!("{}:2.0.0-rc.1", registry.repository(NAME));
    let asked = Query::new(&registry.repository(NAME), "latest", None, &[], Some(&current)).unwrap();
    let found = resolver().resolve(&asked, 1).await.unwrap();
    assert_eq!(found.warnings, ["1.10.0 is lower than 2.0.0-rc.1, which is in use"]);
}

#[tokio::test]
async fn a_whole_address_is_checked() {
    let Some((registry, first, newest)) = filled() else { return };
    let (resolver, repository) = (resolver(), registry.repository(NAME));
    let good = format!("{repository}:1.10.0@{newest}");
    let found = resolve(&resolver, "unused", &good).await.unwrap();
    assert_eq!((found.to_string(), found.warnings.len()), (good, 0));
    let wrong = resolve(&resolver, "unused", &format!("{repository}:1.10.0@{first}")).await.unwrap_err();
    assert_eq!(wrong.class(), ImageErrorClass::Conflict);
    let told = told(&wrong, registry.host()).replace(&first, "FIRST").replace(&newest, "NEWEST");
    insta::assert_snapshot!(told);
    let tag_only = resolve(&resolver, "unused", &format!("{repository}:nightly")).await.unwrap();
    assert!(Address::parse(&tag_only.to_string()).unwrap().digest.is_some() && tag_only.version.is_none());
}

#[tokio::test]
async fn of_several_platforms_the_digest_is_that_of_the_index() {
    let Some(registry) = Debian::open() else { return };
    let index = registry.index(NAME, "3.0.0", &[("linux", "amd64"), ("linux", "arm64")]);
    registry.image(NAME, "2.0.0", "for one platform");
    let (resolver, repository) = (resolver(), registry.repository(NAME));
    let asked = |version, platforms: &[&str]| {
        let platforms: Vec<String> = platforms.iter().map(|&platform| platform.to_owned()).collect();
        Query::new(&repository, version, None, &platforms, None).unwrap()
    };
    let found = resolver.resolve(&asked("latest", &["linux/amd64", "linux/arm64"]), 1).await.unwrap();
    assert_eq!(found.digest, index);
    assert!(resolver.resolve(&asked("2.0.0", &["linux/amd64"]), 1).await.is_ok(), "a single image names one too");
    let several = resolver.resolve(&asked("latest", &["linux/s390x", "linux/amd64"]), 1).await.unwrap_err();
    let single = resolver.resolve(&asked("2.0.0", &["linux/arm64"]), 1).await.unwrap_err();
    insta::assert_snapshot!([several, single].map(|error| told(&error, registry.host())).join("\n"));
}

#[tokio::test]
async fn what_is_not_there_is_told_apart() {
    let Some((registry, ..)) = filled() else { return };
    let (resolver, repository) = (resolver(), registry.repository(NAME));
    let mut messages = Vec::new();
    for (repository, version) in [
        (repository.as_str(), "1.10.1"),
        (&repository, ">=5"),
        (&registry.repository("no/such"), "latest"),
        (&registry.repository("no/such"), "1.0.0"),
    ] {
        let error = resolve(&resolver, repository, version).await.unwrap_err();
        assert_eq!(error.class(), ImageErrorClass::Request);
        messages.push(told(&error, registry.host()));
    }
    registry.image("other/tags", "v1.0.0", "x");
    let slim = Query::new(&registry.repository("other/tags"), "latest", Some("-slim"), &[], None).unwrap();
    messages.push(told(&resolver.resolve(&slim, 1).await.unwrap_err(), registry.host()));
    insta::assert_snapshot!(messages.join("\n"));
}

#[tokio::test]
async fn a_tag_that_moves_does_not_move_for_those_who_have_asked() {
    let Some((registry, _, newest)) = filled() else { return };
    let (before, repository) = (resolver(), registry.repository(NAME));
    assert_eq!(resolve(&before, &repository, "latest").await.unwrap().digest, newest);
    let moved = registry.image(NAME, "1.10.0", "moved");
    registry.image(NAME, "1.11.0", "newer");
    assert_eq!(before.resolve(&query(&repository, "latest"), 2).await.unwrap().digest, newest);
    let after = resolver();
    assert_eq!(resolve(&after, &repository, "1.10.0").await.unwrap().digest, moved);
    assert_eq!(resolve(&after, &repository, "latest").await.unwrap().tag, "1.11.0");
}

#[tokio::test]
async fn a_repository_that_has_lost_its_images_has_no_version() {
    let Some(registry) = Debian::open() else { return };
    let digest = registry.image(NAME, "1.0.0", "x");
    registry.remove(NAME, &digest);
    let error = resolve(&resolver(), &registry.repository(NAME), "latest").await.unwrap_err();
    assert!(error.to_string().ends_with("has no released version: it has no tags at all"), "{error}");
}
