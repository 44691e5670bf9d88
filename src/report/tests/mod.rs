mod exact;
pub(super) mod fixture;
mod layout;
mod look;
mod others;
mod plan;
mod progress;
mod run;
