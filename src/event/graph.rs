//! The steps as nodes: what needs what, in the fixed order.

use serde::{Deserialize, Serialize};

use crate::base::StepId;
use crate::workflow::{Effect, Scope};

use super::StepIndex;

/// One step, as far as scheduling is concerned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Node {
    /// The step's id.
    pub id: StepId,
    /// Once for the run, or once for each connector.
    pub scope: Scope,
    /// What its action may do.
    pub effect: Effect,
    /// Whether it may change the connector's files. Such steps take turns within their unit.
    pub writes: bool,
    /// What must be done before: declared needs and steps whose outputs it reads. Lower indices only.
    pub needs: Vec<StepIndex>,
    /// Whether others may go on when it fails.
    pub continue_on_error: bool,
}

/// All steps of a workflow in their fixed topological order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Graph {
    nodes: Vec<Node>,
    /// Whether commits go to a remote repository before they are published.
    #[serde(default)]
    pushes: bool,
}

impl Graph {
    /// A graph of nodes that are already in topological order.
    ///
    /// A publish step publishes everything edited before it: it needs every earlier step of its
    /// unit that changes files, said or not.
    ///
    /// # Panics
    /// If a node needs itself or a later one: the order is the caller's invariant.
    pub fn new(mut nodes: Vec<Node>) -> Self {
        for position in 0..nodes.len() {
            assert!(
                nodes[position].needs.iter().all(|need| need.position() < position),
                "steps are in topological order"
            );
            if nodes[position].effect == Effect::Publish && nodes[position].scope == Scope::Unit {
                let earlier = (0..position).filter(|&at| nodes[at].writes && nodes[at].scope == Scope::Unit);
                let implied: Vec<StepIndex> = earlier.map(index).collect();
                nodes[position].needs.extend(implied);
            }
            nodes[position].needs.sort_unstable();
            nodes[position].needs.dedup();
        }
        Self { nodes, pushes: false }
    }

    /// The same steps in a run whose commits go to a remote repository before they are published.
    #[must_use]
    pub fn pushing(mut self, pushes: bool) -> Self {
        self.pushes = pushes;
        self
    }

    /// Whether commits go to a remote repository before they are published.
    pub fn pushes(&self) -> bool {
        self.pushes
    }

    /// The nodes in order.
    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// One node.
    pub fn node(&self, step: StepIndex) -> &Node {
        &self.nodes[step.position()]
    }

    /// The indices of the steps of one scope, in order.
    pub fn of_scope(&self, scope: Scope) -> impl DoubleEndedIterator<Item = StepIndex> + '_ {
        self.nodes.iter().enumerate().filter(move |(_, node)| node.scope == scope).map(|(at, _)| index(at))
    }

    /// The step with this id.
    pub fn find(&self, id: &str) -> Option<StepIndex> {
        self.nodes.iter().position(|node| node.id.as_str() == id).map(index)
    }
}

fn index(position: usize) -> StepIndex {
    StepIndex(u16::try_from(position).expect("a workflow has under 65,536 steps"))
}
