//! Against real repositories: git makes them, git judges what is in them afterwards.

mod errors;
mod failure;
mod fixture;
mod lease;
mod open;
mod read;
mod work_tree;
mod write;
