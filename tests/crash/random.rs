//! SIGKILL at random moments, from outside, also several times in a row.

use std::time::{Duration, Instant};

use super::result::Left;
use super::site::{PUBLISHED, Site, Template, monorepo};
use super::sweep::Undisturbed;

/// A generator of repeatable accidents; xorshift.
pub(crate) struct Chance(pub(crate) u64);

impl Chance {
    pub(crate) fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % limit
    }
}

/// Kills a child after a while, if it still lives; whether it did.
fn kill_after(site: &Site, moment: Duration) -> bool {
    let mut child = site.child(None).spawn().unwrap();
    std::thread::sleep(moment);
    let lives = child.try_wait().unwrap().is_none();
    child.kill().unwrap();
    child.wait().unwrap();
    lives
}

#[test]
fn a_run_killed_at_a_hundred_random_moments_ends_the_same() {
    let template = Template::new(&monorepo(34), PUBLISHED, None);
    let started = Instant::now();
    let undisturbed = Undisturbed::of(&template);
    let length = u64::try_from(started.elapsed().as_micros()).unwrap();
    let (mut chance, mut killed) = (Chance(0x5EED_0022), 0);
    for round in 0..100 {
        let site = template.site(&format!("random-{round}"));
        // Most rounds are killed once, some two and three times in a row.
        for _ in 0..=chance.below(6).saturating_sub(3) {
            killed += u32::from(kill_after(&site, Duration::from_micros(chance.below(length))));
        }
        site.finish();
        let name = format!("round {round}");
        Left::by(&site).assert_same_but_for_numbers(&undisturbed.left, (&site, &undisturbed.site), &name);
        site.remove();
    }
    println!("killed {killed} times at random moments within {length} µs");
    assert!(killed >= 50, "only {killed} kills hit a living run");
}

#[test]
fn a_run_killed_again_in_each_resumption_ends_the_same() {
    let template = Template::new(&monorepo(34), PUBLISHED, Some(1));
    let undisturbed = Undisturbed::of(&template);
    let site = template.site("again");
    let mut kills = 0;
    // Each resumption gets a little further: its own first write, and seven more.
    while let super::site::End::Killed = site.carry(Some("After(8)")) {
        kills += 1;
        assert!(kills < 1000, "the run does not get on");
    }
    Left::by(&site).assert_exactly(&undisturbed.left, "again and again");
    println!("killed {kills} times in a row");
    assert!(kills > 10, "only {kills}");
}
