//! One repository: reading the trees of its commits, and making hundreds of commits and branches at once.
//!
//! libgit2 reads objects; the pack with new objects is written by this module itself; everything else (references,
//! configuration, work trees) is asked of the user's `git` executable, so that hooks, reftables, partial clones,
//! linked work trees and `safe.directory` mean here what they mean to the user. No type of git2 crosses this
//! module's border. What is in a connector, and whether a branch is ours, is decided above.

mod branch_name;
mod command;
mod commit;
mod commit_tree;
mod create;
mod directory;
mod error;
mod id;
mod objects;
mod pack;
mod refs;
mod repository;
mod store;
mod tree_edit;
mod work_tree;
mod write;

#[cfg(test)]
mod tests;

pub use branch_name::check_branch_name;
pub use commit::{CONNECTOR_TRAILER, CommitFacts, RUN_TRAILER, Signature};
pub use commit_tree::CommitTree;
pub use create::NewCommit;
pub use error::GitError;
pub use id::{CommitId, ObjectId, ObjectIdError};
pub use repository::Repository;
pub use tree_edit::Changes;
pub use write::{CommitRequest, Written};
