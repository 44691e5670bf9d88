//! Journals that are not whole: a torn last write, a lost tail, a newer version's; and a lock that the dead left.

use cutover::journal::Lock;

use super::result::Left;
use super::site::{End, PUBLISHED, Site, Template, monorepo};
use super::sweep::Undisturbed;

/// A run that was killed right after its 40th commit, before anybody was told of it.
fn killed(template: &Template, name: &str) -> Site {
    let site = template.site(name);
    assert!(matches!(site.carry(Some("After(40)")), End::Killed));
    site
}

fn cut_wal(site: &Site, bytes: u64) {
    let wal = std::fs::File::options().write(true).open(site.state().join("journal.db-wal")).unwrap();
    wal.set_len(wal.metadata().unwrap().len() - bytes).unwrap();
}

fn error_of(site: &Site) -> String {
    match site.carry(None) {
        End::Error(error) => error,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_torn_last_write_that_nobody_was_told_of_is_done_again() {
    let template = Template::new(&monorepo(34), PUBLISHED, Some(1));
    let undisturbed = Undisturbed::of(&template);
    for bytes in [1, 24, 2048, 4119, 4120] {
        let site = killed(&template, &format!("torn-{bytes}"));
        cut_wal(&site, bytes);
        site.finish();
        Left::by(&site).assert_exactly(&undisturbed.left, &format!("{bytes} bytes less"));
        site.remove();
    }
}

#[test]
fn a_tail_that_was_acknowledged_and_is_gone_is_an_error_and_nothing_is_done() {
    let template = Template::new(&monorepo(34), PUBLISHED, Some(1));
    let site = killed(&template, "lost");
    let before = super::monorepo::git(&site.root, &["for-each-ref"]);
    cut_wal(&site, 40_000);
    let error = error_of(&site);
    assert!(error.contains("journal.db") && error.contains("acknowledged"), "{error}");
    assert_eq!(super::monorepo::git(&site.root, &["for-each-ref"]), before);
}

#[test]
fn a_journal_of_a_newer_version_is_left_alone() {
    let template = Template::new(&monorepo(3), PUBLISHED, Some(1));
    let site = template.site("newer");
    site.finish();
    let journal = site.state().join("journal.db");
    let connection = rusqlite::Connection::open(&journal).unwrap();
    connection.pragma_update(None, "user_version", 1000).unwrap();
    drop(connection);
    let before = std::fs::read(&journal).unwrap();
    let error = error_of(&site);
    assert!(error.contains("newer"), "{error}");
    assert_eq!(std::fs::read(&journal).unwrap(), before);
}

#[test]
fn the_lock_of_a_dead_process_is_no_obstacle() {
    let template = Template::new(&monorepo(3), PUBLISHED, Some(1));
    let site = template.site("dead");
    assert!(matches!(site.carry(Some("After(5)")), End::Killed));
    let left = std::fs::read_to_string(site.state().join("lock")).unwrap();
    assert!(left.contains("\"pid\""), "{left}");
    assert_eq!(Lock::holder(&site.state()), None);
    site.finish();
    assert_eq!(std::fs::read_to_string(site.state().join("lock")).unwrap().trim(), "");
}
