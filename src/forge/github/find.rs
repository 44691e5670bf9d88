//! Finding pull requests: by branch and mark, by number, and all that are ours.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value};

use super::super::{ForgeError, Mark, PullRequest};
use super::graphql::Document;
use super::pull::{BRIEF, Nodes, Part, PullNode};
use super::{Inner, gather::Question};

/// How many results GitHub's search gives out for one question.
const MOST_FOUND: u64 = 1000;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Found {
    #[serde(default)]
    issue_count: u64,
    #[serde(flatten)]
    page: Nodes<Value>,
}

impl Inner {
    /// The newest pull request of this branch and unit.
    pub(super) async fn find(&self, head: &str, mark: &Mark) -> Result<Option<PullRequest>, ForgeError> {
        let is_ours = |found: Option<&Mark>| found.is_some_and(|found| found.is_of_same_unit(mark));
        let enough = |node: &PullNode| is_ours(node.body.as_deref().and_then(Mark::parse).as_ref());
        let all = self.of_branch(head, enough).await?;
        Ok(all.into_iter().find(|found| is_ours(found.mark.as_ref())))
    }

    /// All pull requests of this branch, by number.
    pub(super) async fn of_head(&self, head: &str) -> Result<Vec<PullRequest>, ForgeError> {
        let mut all = self.of_branch(head, |_| false).await?;
        all.sort_by_key(|found| found.number);
        Ok(all)
    }

    /// The pull requests from a branch, newest first; not further than to one that is enough, which is then the only
    /// one.
    async fn of_branch(
        &self,
        head: &str,
        enough: impl Fn(&PullNode) -> bool + Send,
    ) -> Result<Vec<PullRequest>, ForgeError> {
        let head = &self.head(head);
        let branch = head.split_once(':').map_or(head.as_str(), |(_, branch)| branch).to_owned();
        let (mut all, mut after) = (Vec::new(), None);
        loop {
            let page = self.ask(Question::Head { branch: branch.clone(), after }).await?;
            let page: Nodes<PullNode> = Self::read_as(page)?;
            for node in page.nodes.iter().filter(|node| node.comes_from(head)) {
                if enough(node) {
                    return Ok(vec![self.told(node.clone())]);
                }
                all.push(self.told(node.clone()));
            }
            match page.page_info.next() {
                Some(next) => after = Some(next.to_owned()),
                None => return Ok(all),
            }
        }
    }

    /// The pull request with this number.
    pub(super) async fn pull(&self, number: u64, part: Part) -> Result<PullNode, ForgeError> {
        let found = self.ask(Question::Pull { number, part }).await?;
        Self::read_as(found)
    }

    /// All pull requests with a mark, by number: the open ones by a list, which misses none, and those that have ended
    /// by GitHub's search.
    pub(super) async fn all_marked(&self) -> Result<Vec<PullRequest>, ForgeError> {
        let mut all = BTreeMap::new();
        let mut keep = |nodes: Vec<PullNode>| {
            let marked = nodes.into_iter().map(|node| self.told(node)).filter(|found| found.mark.is_some());
            all.extend(marked.map(|found| (found.number, found)));
        };
        keep(self.open_ones().await?);
        keep(self.ended_ones().await?);
        Ok(all.into_values().collect())
    }

    async fn open_ones(&self) -> Result<Vec<PullNode>, ForgeError> {
        let text = format!(
            "query($owner: String!, $name: String!, $after: String) {{ repository(owner: $owner, name: $name) {{ \
             pullRequests(first: 100, after: $after, states: [OPEN], orderBy: {{field: CREATED_AT, direction: ASC}}) {{ \
             nodes {{ {BRIEF} }} pageInfo {{ hasNextPage endCursor }} }} }} }}"
        );
        let (mut all, mut after) = (Vec::new(), Value::Null);
        loop {
            let mut variables = Map::new();
            variables.insert("owner".to_owned(), self.client.owner().into());
            variables.insert("name".to_owned(), self.client.repository_name().into());
            variables.insert("after".to_owned(), after);
            let answer = self.client.query(&Document { text: text.clone(), variables }).await?;
            let page: Nodes<PullNode> = Self::read_as(answer.data["repository"]["pullRequests"].clone())?;
            all.extend(page.nodes);
            match page.page_info.next() {
                Some(next) => after = next.into(),
                None => return Ok(all),
            }
        }
    }

    /// Search gives out a thousand results at most, the newest first: then it is asked for those before the last.
    async fn ended_ones(&self) -> Result<Vec<PullNode>, ForgeError> {
        let text = format!(
            "query($search: String!, $after: String) {{ search(type: ISSUE, query: $search, first: 50, after: $after) {{ \
             issueCount pageInfo {{ hasNextPage endCursor }} nodes {{ __typename ... on PullRequest {{ {BRIEF} }} }} }} }}"
        );
        let name = &self.known.facts(&self.client).await?.name;
        let mut all: BTreeMap<u64, PullNode> = BTreeMap::new();
        let mut until = String::new();
        loop {
            let search = format!("repo:{name} is:pr is:closed in:body \"cutover:\" sort:created-desc{until}");
            let (mut after, mut count) = (Value::Null, 0);
            let before = all.len();
            loop {
                let mut variables = Map::new();
                variables.insert("search".to_owned(), search.clone().into());
                variables.insert("after".to_owned(), after);
                let answer = self.client.query(&Document { text: text.clone(), variables }).await?;
                let found: Found = Self::read_as(answer.data["search"].clone())?;
                count = count.max(found.issue_count);
                let next = found.page.page_info.next().map(str::to_owned);
                for node in found.page.nodes.into_iter().filter(|node| node.get("number").is_some()) {
                    let node: PullNode = Self::read_as(node)?;
                    all.insert(node.number, node);
                }
                match next {
                    Some(next) => after = next.into(),
                    None => break,
                }
            }
            let earliest = all.values().filter_map(|node| PullRequest::from(node.clone()).created_at).min();
            match earliest {
                Some(earliest) if count > MOST_FOUND && all.len() > before => until = format!(" created:<={earliest}"),
                _ => return Ok(all.into_values().collect()),
            }
        }
    }
}
