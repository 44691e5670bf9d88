//! Everything that the double knows, and how what is named in a request is found in it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::access::{Actor, Token};
use super::answer::Answer;
use super::checks::Checks;
use super::clock::Clock;
use super::fault::Fault;
use super::limits::Limits;
use super::model::{Method, Milestone, Pull, Repository, Role, Team, User};
use super::store::Store;

/// The state of the double.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) clock: Clock,
    pub(crate) users: BTreeMap<String, User>,
    pub(crate) teams: BTreeMap<String, Team>,
    pub(crate) tokens: BTreeMap<String, Token>,
    /// The first is the one that the double was started for; forks come after it.
    pub(crate) repositories: Vec<Repository>,
    pub(crate) limits: Limits,
    pub(crate) faults: Vec<Fault>,
    /// A pull request whose tips moved is told as `UNKNOWN` once, as GitHub computes it when it is asked.
    pub(crate) lazy_mergeability: bool,
    /// How often a queued pull request is looked at before the queue merges it.
    pub(crate) queue_looks: u64,
    /// Tokens of installations live so many seconds.
    pub(crate) installation_token_life: i64,
    /// The number of the app's one installation.
    pub(crate) installation: u64,
    pub(crate) next_id: u64,
    /// How many requests for the API there have been.
    pub(crate) requests: u64,
    /// Where each repository is by `owner/name.git`, for git over HTTP.
    pub(crate) shelf: PathBuf,
}

impl World {
    /// A world with one repository of an organization.
    pub(crate) fn new(directory: &Path, owner: &str, name: &str, shelf: &Path) -> Self {
        let mut world = Self {
            clock: Clock::default(),
            users: BTreeMap::new(),
            teams: BTreeMap::new(),
            tokens: BTreeMap::new(),
            repositories: Vec::new(),
            limits: Limits::default(),
            faults: Vec::new(),
            lazy_mergeability: true,
            queue_looks: 2,
            installation_token_life: 3600,
            installation: 42,
            next_id: 1000,
            requests: 0,
            shelf: shelf.to_owned(),
        };
        world.add_user(owner, "Organization");
        world.add_repository(directory, owner, name, None);
        world
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// A number that nothing else in this world has.
    pub(crate) fn fresh_id(&mut self) -> u64 {
        self.next_id += 1;
        self.next_id
    }

    /// Makes somebody known, once.
    pub(crate) fn add_user(&mut self, login: &str, kind: &'static str) {
        let id = self.fresh_id();
        let user = User { id, login: login.to_owned(), kind };
        self.users.entry(login.to_ascii_lowercase()).or_insert(user);
    }

    pub(crate) fn add_team(&mut self, slug: &str, members: &[&str]) {
        let id = self.fresh_id();
        let members: BTreeSet<String> = members.iter().map(|&login| login.to_owned()).collect();
        for login in &members {
            self.add_user(login, "User");
        }
        self.teams.insert(slug.to_owned(), Team { id, slug: slug.to_owned(), members });
    }

    pub(crate) fn add_repository(&mut self, directory: &Path, owner: &str, name: &str, fork_of: Option<u64>) -> usize {
        let now = self.now();
        let store = Store::open(directory);
        let repository = Repository {
            id: self.fresh_id(),
            owner: owner.to_owned(),
            name: name.to_owned(),
            former: Vec::new(),
            store,
            private: false,
            archived: false,
            methods: vec![Method::Merge, Method::Squash, Method::Rebase],
            delete_branch_on_merge: false,
            allow_auto_merge: true,
            allow_forking: true,
            collaborators: BTreeMap::new(),
            protections: BTreeMap::new(),
            labels: Vec::new(),
            milestones: Vec::new(),
            pulls: BTreeMap::new(),
            checks: Checks::default(),
            tips: BTreeMap::new(),
            moves: BTreeMap::new(),
            next_number: 1,
            fork_of,
            created_at: now,
            pushed_at: now,
        };
        self.repositories.push(repository);
        let at = self.repositories.len() - 1;
        self.shelve(at);
        at
    }

    /// The fork that somebody has of a repository: a bare one beside it that shares its objects.
    pub(crate) fn fork(&mut self, of: usize, login: &str, name: &str) -> Result<usize, String> {
        if let Some(at) = self.find(login, name) {
            return Ok(at);
        }
        let (from, parent) = (self.repositories[of].store.directory.clone(), self.repositories[of].id);
        let stem = from.file_name().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
        let to = from.with_file_name(format!("{stem}.fork-{login}-{name}"));
        let (source, target) = (from.to_string_lossy().into_owned(), to.to_string_lossy().into_owned());
        Store::open(&from).git(&["clone", "-q", "--bare", "--shared", &source, &target])?;
        Ok(self.add_repository(&to, login, name, Some(parent)))
    }

    /// Puts a repository where git over HTTP finds it by its name.
    pub(crate) fn shelve(&self, at: usize) {
        let repository = &self.repositories[at];
        let place = self.shelf.join(format!("{}.git", repository.full_name()));
        let directory = repository.store.directory.canonicalize().expect("a repository is there");
        let made = std::fs::create_dir_all(place.parent().expect("a name has an owner before it"));
        made.and_then(|()| std::os::unix::fs::symlink(directory, &place)).expect("the shelf is the double's own");
    }

    pub(crate) fn user(&self, login: &str) -> Option<&User> {
        self.users.get(&login.to_ascii_lowercase())
    }

    /// The repository that has this name now.
    pub(crate) fn find(&self, owner: &str, name: &str) -> Option<usize> {
        let named = |at: &Repository| at.owner.eq_ignore_ascii_case(owner) && at.name.eq_ignore_ascii_case(name);
        self.repositories.iter().position(named)
    }

    /// The repository that had this name once.
    pub(crate) fn find_former(&self, owner: &str, name: &str) -> Option<usize> {
        let full = format!("{owner}/{name}");
        self.repositories.iter().position(|at| at.former.iter().any(|former| former.eq_ignore_ascii_case(&full)))
    }

    pub(crate) fn find_id(&self, id: u64) -> Option<usize> {
        self.repositories.iter().position(|repository| repository.id == id)
    }

    /// The pull request with this global id: which repository, which number.
    pub(crate) fn find_pull(&self, node_id: &str) -> Option<(usize, u64)> {
        self.repositories.iter().enumerate().find_map(|(index, repository)| {
            let pull = repository.pulls.values().find(|pull| pull.node_id() == node_id)?;
            Some((index, pull.number))
        })
    }

    pub(crate) fn pull(&self, at: usize, number: u64) -> Result<&Pull, Answer> {
        self.repositories[at].pulls.get(&number).ok_or_else(Answer::not_found)
    }

    pub(crate) fn pull_mut(&mut self, at: usize, number: u64) -> Result<&mut Pull, Answer> {
        self.repositories[at].pulls.get_mut(&number).ok_or_else(Answer::not_found)
    }

    /// The pull request was changed now.
    pub(crate) fn touch(&mut self, at: usize, number: u64) {
        let now = self.now();
        if let Some(pull) = self.repositories[at].pulls.get_mut(&number) {
            pull.updated_at = now;
        }
    }

    /// What the actor may do in a repository; `None` hides it.
    pub(crate) fn role(&self, at: usize, actor: &Actor) -> Option<Role> {
        let repository = &self.repositories[at];
        match actor {
            Actor::Anonymous => (!repository.private).then_some(Role::Read),
            Actor::Token { login, installation, .. } => {
                // An app's installation may do what its permissions say.
                if *installation { Some(Role::Write) } else { repository.role(login) }
            }
            // The app is installed here; what it may ask by itself is another matter.
            Actor::App => Some(Role::Read),
        }
    }

    /// Whether a login may be asked for a review or made responsible.
    pub(crate) fn is_collaborator(&self, at: usize, login: &str) -> bool {
        let repository = &self.repositories[at];
        repository.owner.eq_ignore_ascii_case(login)
            || repository.collaborators.keys().any(|known| known.eq_ignore_ascii_case(login))
    }

    pub(crate) fn milestone(&self, at: usize, number: u64) -> Option<&Milestone> {
        self.repositories[at].milestones.iter().find(|milestone| milestone.number == number)
    }
}
