//! cutover moves hundreds of connectors through one declarative migration.
//!
//! The library is layered; imports point downwards only (a test reads the
//! `use crate::` lines and fails on one that does not):
//!
//! | layer | modules |
//! |---|---|
//! | 6 | [`cli`] |
//! | 5 | [`report`] |
//! | 4 | [`engine`] |
//! | 3 | [`action`], [`overlay`], [`select`], [`plan`] |
//! | 2 | [`container`], [`git`], [`forge`], [`image`], [`web`], [`process`], [`journal`], [`hooks`] |
//! | 1 | [`workflow`], [`expression`], [`connector`], [`edit`], [`event`], [`junit`], [`owners`], [`recipe`], [`rollout`] |
//! | 0 | [`diagnostic`], [`base`] |

pub mod base;
pub mod diagnostic;

pub mod connector;
pub mod edit;
pub mod event;
pub mod expression;
pub mod junit;
pub mod owners;
pub mod recipe;
pub mod rollout;
pub mod workflow;

pub mod container;
pub mod forge;
pub mod git;
pub mod hooks;
pub mod image;
pub mod journal;
pub mod process;
pub mod web;

pub mod action;
pub mod overlay;
pub mod plan;
pub mod select;

pub mod engine;

pub mod report;

pub mod cli;
