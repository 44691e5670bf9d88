//! One repository: reading the trees of its commits, making hundreds of commits and branches at once, and pushing them.
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
mod delete;
mod directory;
mod error;
mod guarded;
mod history;
mod id;
mod objects;
mod pack;
mod place;
mod push;
mod refs;
mod remote;
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
pub use delete::Deleted;
pub use error::GitError;
pub use history::ThreeWay;
pub use id::{CommitId, ObjectId, ObjectIdError};
pub use place::Placement;
pub use push::{PushOptions, PushRejection, PushReport, PushRequest, Pushed};
pub use remote::{Remote, RemoteError, RemoteFacts, RemoteTrouble, RemoteUrl};
pub use repository::Repository;
pub use tree_edit::Changes;
pub use write::{CommitRequest, Written};
