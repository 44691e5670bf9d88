//! The web as cutover reads it: one client with one TLS set-up, for questions that change nothing.
//!
//! What is asked and what the answers mean is said by those who ask: [`crate::image`] of registries, the action
//! `http.get-json` of anybody. Here are the limits of time and size, redirects, the few tries that a broken connection
//! deserves, and what went wrong. No request leaves this machine unencrypted.

mod client;
mod error;
mod flights;
mod host;
mod json;
mod message;

pub use client::{Limits, Web};
pub use error::{WebError, WebErrorClass};
pub use flights::Flights;
pub use host::is_loopback;
pub use message::{Answer, Method, Request};
