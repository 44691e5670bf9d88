//! Reads what concerns the whole workflow: which connectors, how to commit, how much at once.

use std::num::NonZeroUsize;
use std::ops::Range;

use super::super::document::{Kind, Node};
use super::super::findings::Findings;
use super::super::{CommitOptions, Concurrency, ForgeKind, MaxFailures, PublishOptions, Selection};
use super::{Owner, Site};

/// The first key of a mapping: where a missing one is reported.
pub(super) fn first_key(node: &Node) -> Range<usize> {
    match &node.kind {
        Kind::Mapping(entries) => entries.first().map_or_else(|| node.span.clone(), |entry| entry.key_span.clone()),
        _ => node.span.clone(),
    }
}

/// A template, if the key is there.
pub(super) fn template<'n>(
    node: Option<&'n Node>,
    what: &str,
    owner: Owner,
    findings: &mut Findings<'_>,
    sites: &mut Vec<Site<'n>>,
) -> Option<String> {
    let text = findings.text(node?, what)?;
    sites.extend(Site::template(owner, node?));
    Some(text)
}

/// `connectors`
pub(super) fn connectors<'n>(node: &'n Node, findings: &mut Findings<'_>, sites: &mut Vec<Site<'n>>) -> Selection {
    let Some(fields) = findings.fields(node, "`connectors`", &["names", "language", "support-level", "where"]) else {
        return Selection::default();
    };
    let mut list = |key: &str| -> Vec<String> {
        let Some(node) = fields.get(key) else { return Vec::new() };
        findings.texts(node, &format!("`{key}`")).into_iter().map(|(text, _)| text).collect()
    };
    let (names, language, support_level) = (list("names"), list("language"), list("support-level"));
    let where_ = fields.get("where").and_then(|node| {
        findings.expression(node, "`where`")?;
        let site = Site::expression(Owner::Where, node)?;
        let text = site.text.to_owned();
        sites.push(site);
        Some(text)
    });
    Selection { names, language, support_level, where_ }
}

/// `commit`
pub(super) fn commit<'n>(node: &'n Node, findings: &mut Findings<'_>, sites: &mut Vec<Site<'n>>) -> CommitOptions {
    let Some(fields) = findings.fields(node, "`commit`", &["message", "skip-ci-until-last"]) else {
        return CommitOptions::default();
    };
    let message = template(fields.get("message"), "`message`", Owner::CommitMessage, findings, sites);
    let skip = fields.get("skip-ci-until-last");
    let skip = skip.and_then(|node| findings.boolean(node, "`skip-ci-until-last`"));
    CommitOptions { message, skip_ci_until_last: skip.unwrap_or(false) }
}

/// The keys of `publish`.
const PUBLISH_KEYS: &[&str] =
    &["forge", "repository", "remote", "fork", "api-url", "writes-per-minute", "writes-per-hour"];

/// `publish`
pub(super) fn publish(node: &Node, findings: &mut Findings<'_>) -> PublishOptions {
    let Some(fields) = findings.fields(node, "`publish`", PUBLISH_KEYS) else { return PublishOptions::default() };
    let forge = fields.get("forge").and_then(|node| findings.word(node, "`forge`", &ForgeKind::ALL));
    let repository = fields.get("repository").and_then(|node| {
        let text = findings.plain(node, "`repository`")?;
        let sound = text.split_once('/').is_some_and(|(owner, name)| {
            !owner.is_empty() && !name.is_empty() && !name.contains('/') && !text.contains(char::is_whitespace)
        });
        if !sound {
            let hint = "Write `owner/name`, such as `acme/connectors`.".to_owned();
            findings.wrong_type(node, "`repository`", "the owner and the name of a repository", Some(hint));
        }
        sound.then_some(text)
    });
    let remote = fields.get("remote").and_then(|node| findings.plain(node, "`remote`"));
    let fork = fields.get("fork").and_then(|node| {
        let text = findings.plain(node, "`fork`")?;
        let sound = is_fork(&text);
        if !sound {
            let hint =
                "Write the account that has the fork, or `owner/name` if the fork has a name of its own.".to_owned();
            findings.wrong_type(node, "`fork`", "the owner of a fork", Some(hint));
        }
        sound.then_some(text)
    });
    let api_url = fields.get("api-url").and_then(|node| {
        let text = findings.plain(node, "`api-url`")?;
        let sound = text.starts_with("https://") || text.starts_with("http://");
        if !sound {
            let hint = "For a GitHub Enterprise server it is `https://HOST/api/v3`.".to_owned();
            findings.wrong_type(node, "`api-url`", "an address that begins with https://", Some(hint));
        }
        sound.then_some(text)
    });
    let mut number = |key: &str| findings.positive(fields.get(key)?, &format!("`{key}`"));
    let (writes_per_minute, writes_per_hour) = (number("writes-per-minute"), number("writes-per-hour"));
    PublishOptions { forge, repository, remote, fork, api_url, writes_per_minute, writes_per_hour }
}

/// Whether a text can say whose fork is meant: `owner`, or `owner/name`.
pub fn is_fork(text: &str) -> bool {
    let sound = |part: &str| {
        !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))
    };
    let parts: Vec<&str> = text.split('/').collect();
    parts.len() <= 2 && parts.into_iter().all(sound)
}

/// `concurrency`
pub(super) fn concurrency(node: &Node, findings: &mut Findings<'_>) -> Concurrency {
    let Some(fields) = findings.fields(node, "`concurrency`", &["jobs", "build", "test", "publish"]) else {
        return Concurrency::default();
    };
    let mut number = |key: &str| findings.positive(fields.get(key)?, &format!("`{key}`"));
    Concurrency { jobs: number("jobs"), build: number("build"), test: number("test"), publish: number("publish") }
}

/// `max-failures`: a number of units, or a percentage of them.
pub(super) fn max_failures(node: &Node, findings: &mut Findings<'_>) -> Option<MaxFailures> {
    let text = node.as_scalar().map_or("", |scalar| scalar.text.trim());
    let budget = match text.strip_suffix('%') {
        Some(percent) => {
            percent.trim().parse().ok().filter(|percent| (1..=100).contains(percent)).map(MaxFailures::Percent)
        }
        None => text.parse::<NonZeroUsize>().ok().map(MaxFailures::Count),
    };
    if budget.is_none() {
        let hint = "Write `5` for five connectors, or `10%` for a tenth of them; `fail-fast: true` stops at the first.";
        findings.wrong_type(
            node,
            "`max-failures`",
            "a number from 1 or a percentage from 1% to 100%",
            Some(hint.to_owned()),
        );
    }
    budget
}
