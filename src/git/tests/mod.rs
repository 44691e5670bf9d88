//! Against real repositories: git makes them, git judges what is in them afterwards.

mod fixture;
mod write;
