//! Approvals: what a pull request needs, and what of it its reviews do not give yet.
//!
//! Knows accounts and teams by name only: that somebody is in a team is known from a review given in its name.

use std::collections::BTreeMap;

use crate::base::sentence_list;
use crate::forge::{PullRequest, Review, Verdict};
use crate::owners::Owner;

/// Paths that are named for one missing approval, at most.
const PATHS: usize = 2;

/// What a pull request needs.
#[derive(Debug, Default)]
pub(crate) struct Needs {
    /// Accounts, all of which have to approve, each with the reason if there is one.
    pub(crate) people: Vec<(String, Option<String>)>,
    /// Teams, of each of which somebody has to.
    pub(crate) teams: Vec<(String, Option<String>)>,
    /// How many have to, whoever they are.
    pub(crate) any: usize,
    /// Files of each of which an owner has to, with the owners.
    pub(crate) owned: Vec<(String, Vec<Owner>)>,
}

/// Who is to be asked for a review.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Asked {
    /// Accounts.
    pub(crate) people: Vec<String>,
    /// Teams, by their short names.
    pub(crate) teams: Vec<String>,
}

impl Asked {
    /// Whether it is nobody.
    pub(crate) fn is_nobody(&self) -> bool {
        self.people.is_empty() && self.teams.is_empty()
    }

    fn add(&mut self, owner: &Owner) {
        let (names, name) = match owner {
            Owner::Person(person) => (&mut self.people, bare(person)),
            Owner::Team(team) => (&mut self.teams, bare(team).rsplit('/').next().unwrap_or_default()),
            // Nobody knows the account behind an address.
            Owner::Email(_) => return,
        };
        if !names.iter().any(|other| other.eq_ignore_ascii_case(name)) {
            names.push(name.to_owned());
        }
    }
}

/// The approvals that there are.
pub(crate) struct Approvals<'a> {
    by: Vec<&'a Review>,
}

impl<'a> Approvals<'a> {
    /// Those among the reviews that count; with a `head`, only those of that commit.
    pub(crate) fn new(reviews: &'a [Review], head: Option<&str>) -> Self {
        let of_head = |review: &&Review| head.is_none() || review.commit.as_deref() == head;
        Self { by: reviews.iter().filter(|review| review.verdict == Verdict::Approved).filter(of_head).collect() }
    }

    /// Who has approved.
    pub(crate) fn people(&self) -> impl Iterator<Item = &'a str> {
        self.by.iter().map(|review| review.by.as_str())
    }

    fn has_person(&self, person: &str) -> bool {
        self.by.iter().any(|review| review.by.eq_ignore_ascii_case(person.trim_start_matches('@')))
    }

    fn has_team(&self, team: &str) -> bool {
        self.by.iter().any(|review| review.teams.iter().any(|other| same_team(team, other)))
    }

    fn has_owner(&self, owner: &Owner) -> bool {
        match owner {
            Owner::Person(person) => self.has_person(person),
            Owner::Team(team) => self.has_team(team),
            // Reviews carry accounts, not addresses.
            Owner::Email(_) => false,
        }
    }

    /// Whose approval is missing and who has not been asked for it yet. Of the owners of a file all are asked, unless
    /// one of them has been; whoever opened the pull request cannot approve it.
    pub(crate) fn to_ask(&self, needs: &Needs, pull_request: &PullRequest, looked: &[Review]) -> Asked {
        let mut asked = Asked::default();
        for (person, _) in needs.people.iter().filter(|(person, _)| !self.has_person(person)) {
            asked.add(&Owner::Person(bare(person).to_owned()));
        }
        for (team, _) in needs.teams.iter().filter(|(team, _)| !self.has_team(team)) {
            asked.add(&Owner::Team(bare(team).to_owned()));
        }
        let knows = |owner: &Owner| match owner {
            Owner::Person(person) => {
                let is = |other: &str| bare(person).eq_ignore_ascii_case(other);
                pull_request.reviewers.iter().any(|other| is(other)) || looked.iter().any(|review| is(&review.by))
            }
            Owner::Team(team) => pull_request.teams.iter().any(|other| same_team(team, other)),
            Owner::Email(_) => false,
        };
        for (_, owners) in needs.owned.iter().filter(|(_, owners)| !owners.iter().any(|owner| self.has_owner(owner))) {
            if !owners.iter().any(knows) {
                for owner in owners {
                    asked.add(owner);
                }
            }
        }
        let author = pull_request.author.as_deref().unwrap_or_default();
        asked.people.retain(|person| !person.eq_ignore_ascii_case(author) && !knows(&Owner::Person(person.clone())));
        asked.teams.retain(|team| !knows(&Owner::Team(team.clone())));
        asked
    }

    /// What is missing, as fragments that read on after "waits for ".
    pub(crate) fn missing(&self, needs: &Needs) -> Vec<String> {
        let because =
            |reason: &Option<String>| reason.as_ref().map_or_else(String::new, |reason| format!(", {reason}"));
        let mut missing = Vec::new();
        for (person, reason) in needs.people.iter().filter(|(person, _)| !self.has_person(person)) {
            missing.push(format!("the approval of {}{}", person.trim_start_matches('@'), because(reason)));
        }
        for (team, reason) in needs.teams.iter().filter(|(team, _)| !self.has_team(team)) {
            missing.push(format!("an approval for the team {}{}", team.trim_start_matches('@'), because(reason)));
        }
        missing.extend(self.missing_owners(&needs.owned));
        if missing.is_empty() && self.by.len() < needs.any {
            missing.push(match needs.any - self.by.len() {
                1 if self.by.is_empty() => "an approval".to_owned(),
                1 => "one more approval".to_owned(),
                more => format!("{more} approvals"),
            });
        }
        missing
    }

    fn missing_owners(&self, owned: &[(String, Vec<Owner>)]) -> Vec<String> {
        let mut groups: BTreeMap<&[Owner], Vec<String>> = BTreeMap::new();
        for (path, owners) in owned.iter().filter(|(_, owners)| !owners.is_empty()) {
            if !owners.iter().any(|owner| self.has_owner(owner)) {
                groups.entry(owners).or_default().push(path.clone());
            }
        }
        let text = |(owners, mut paths): (&[Owner], Vec<String>)| {
            if paths.len() > PATHS + 1 {
                let more = paths.len() - PATHS;
                paths.truncate(PATHS);
                paths.push(format!("{more} more"));
            }
            let owners: Vec<String> = owners.iter().map(ToString::to_string).collect();
            format!("the approval of an owner of {} ({})", sentence_list(&paths), owners.join(" or "))
        };
        groups.into_iter().map(text).collect()
    }
}

/// Who is named for an approval and cannot give it, because the pull request is theirs.
pub(crate) fn names_author<'n>(needs: &'n Needs, pull_request: &PullRequest) -> Option<&'n str> {
    let author = pull_request.author.as_deref()?;
    let mut people = needs.people.iter().map(|(person, _)| bare(person));
    people.find(|person| person.eq_ignore_ascii_case(author))
}

/// A name without what marks it as one.
fn bare(name: &str) -> &str {
    name.trim_start_matches('@')
}

/// Who asks for changes, in a sentence; `None` if nobody does.
pub(crate) fn asks_for_changes(reviews: &[Review]) -> Option<String> {
    let asks = reviews.iter().filter(|review| review.verdict == Verdict::ChangesRequested);
    let people: Vec<&str> = asks.map(|review| review.by.as_str()).collect();
    let verb = if people.len() == 1 { "asks" } else { "ask" };
    (!people.is_empty()).then(|| format!("{}, who {verb} for changes", sentence_list(&people)))
}

/// Files whose only owners are addresses: nobody can tell from reviews whether one of them has approved.
pub(crate) fn owned_by_addresses(owned: &[(String, Vec<Owner>)]) -> Option<&(String, Vec<Owner>)> {
    let address = |owner: &Owner| matches!(owner, Owner::Email(_));
    owned.iter().find(|(_, owners)| !owners.is_empty() && owners.iter().all(address))
}

/// Whether both name one team; an organisation counts only where both name one.
fn same_team(one: &str, other: &str) -> bool {
    let parts = |team: &str| {
        let team = team.trim_start_matches('@').to_ascii_lowercase();
        match team.split_once('/') {
            Some((organisation, name)) => (Some(organisation.to_owned()), name.to_owned()),
            None => (None, team),
        }
    };
    let ((organisation, name), (other_organisation, other_name)) = (parts(one), parts(other));
    let same_organisation =
        organisation.is_none() || other_organisation.is_none() || organisation == other_organisation;
    name == other_name && same_organisation
}

#[cfg(test)]
mod tests {
    use super::*;

    fn review(by: &str, verdict: Verdict, teams: &[&str]) -> Review {
        let teams = teams.iter().map(|&team| team.to_owned()).collect();
        Review { by: by.to_owned(), verdict, commit: Some("c1".to_owned()), teams }
    }

    fn missing(reviews: &[Review], needs: &Needs) -> Vec<String> {
        Approvals::new(reviews, None).missing(needs)
    }

    fn owned(owners: &[&str]) -> Needs {
        let owners = owners.iter().map(|owner| Owner::parse(owner).unwrap()).collect();
        Needs { owned: vec![("docs/x.md".to_owned(), owners)], ..Needs::default() }
    }

    #[test]
    fn everybody_named_has_to_approve_whatever_the_case_of_the_name() {
        let needs = Needs { people: vec![("@Ada".to_owned(), None), ("bo".to_owned(), None)], ..Needs::default() };
        assert_eq!(missing(&[review("ada", Verdict::Approved, &[])], &needs), ["the approval of bo"]);
        assert_eq!(missing(&[review("ada", Verdict::Commented, &[])], &needs).len(), 2);
    }

    #[test]
    fn a_team_approves_through_a_review_in_its_name() {
        let because = Some("because hooks.py is new".to_owned());
        let needs = Needs { teams: vec![("@o/hooks".to_owned(), because)], ..Needs::default() };
        let said = "an approval for the team o/hooks, because hooks.py is new";
        assert_eq!(missing(&[review("ada", Verdict::Approved, &["other/hooks"])], &needs), [said]);
        for team in ["o/hooks", "O/Hooks", "hooks"] {
            assert!(missing(&[review("ada", Verdict::Approved, &[team])], &needs).is_empty(), "{team}");
        }
    }

    #[test]
    fn one_owner_of_each_file_is_enough() {
        let needs = owned(&["@ada", "@o/docs"]);
        assert_eq!(missing(&[], &needs), ["the approval of an owner of docs/x.md (@ada or @o/docs)"]);
        assert!(missing(&[review("ada", Verdict::Approved, &[])], &needs).is_empty());
        assert!(missing(&[review("bo", Verdict::Approved, &["o/docs"])], &needs).is_empty());
    }

    #[test]
    fn files_of_the_same_owners_are_named_together() {
        let mut needs = owned(&["@ada"]);
        for path in ["a", "b", "c"] {
            needs.owned.push((path.to_owned(), vec![Owner::Person("ada".to_owned())]));
        }
        needs.owned.push(("free".to_owned(), Vec::new()));
        assert_eq!(missing(&[], &needs), ["the approval of an owner of docs/x.md, a and 2 more (@ada)"]);
    }

    #[test]
    fn a_number_of_approvals_is_asked_for_when_nobody_in_particular_is_missing() {
        let needs = |any| Needs { any, ..Needs::default() };
        assert_eq!(missing(&[], &needs(1)), ["an approval"]);
        assert_eq!(missing(&[review("ada", Verdict::Approved, &[])], &needs(2)), ["one more approval"]);
        assert_eq!(missing(&[review("ada", Verdict::Approved, &[])], &needs(3)), ["2 approvals"]);
        assert!(missing(&[], &needs(0)).is_empty());
    }

    #[test]
    fn an_approval_of_an_older_commit_counts_unless_the_head_is_asked_for() {
        let reviews = [review("ada", Verdict::Approved, &[])];
        assert_eq!(Approvals::new(&reviews, None).people().count(), 1);
        assert_eq!(Approvals::new(&reviews, Some("c1")).people().count(), 1);
        assert_eq!(Approvals::new(&reviews, Some("c2")).people().count(), 0);
    }

    #[test]
    fn who_asks_for_changes_is_named() {
        let asks = |by| review(by, Verdict::ChangesRequested, &[]);
        assert_eq!(asks_for_changes(&[asks("ada")]).unwrap(), "ada, who asks for changes");
        assert_eq!(asks_for_changes(&[asks("ada"), asks("bo")]).unwrap(), "ada and bo, who ask for changes");
        assert_eq!(asks_for_changes(&[review("ada", Verdict::Approved, &[])]), None);
    }

    #[test]
    fn owners_that_are_addresses_alone_are_told_apart() {
        assert!(owned_by_addresses(&owned(&["ada@example.org"]).owned).is_some());
        assert!(owned_by_addresses(&owned(&["ada@example.org", "@ada"]).owned).is_none());
    }
}
