//! Questions and answers.

use std::time::Duration;

use jiff::Timestamp;

use super::client::parse;
use super::error::WebError;
use super::host::host_of;

/// What is done with an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// Read it.
    Get,
    /// Read only its headers.
    Head,
    /// Send the form in the body; of OAuth2, where a token is asked for so.
    Post,
}

/// One question.
#[derive(Debug, Clone)]
pub struct Request {
    /// What is done.
    pub method: Method,
    /// Where: `https`, or `http` on this machine.
    pub url: String,
    /// What is said besides.
    pub headers: Vec<(String, String)>,
    /// The body, as `application/x-www-form-urlencoded`.
    pub form: Vec<(String, String)>,
    /// The longest body that is read, in bytes.
    pub largest: usize,
}

impl Request {
    /// Reads an address.
    pub fn get(url: impl Into<String>, largest: usize) -> Self {
        Self { method: Method::Get, url: url.into(), headers: Vec::new(), form: Vec::new(), largest }
    }

    /// Reads the headers of an address.
    pub fn head(url: impl Into<String>) -> Self {
        Self { method: Method::Head, ..Self::get(url, 0) }
    }

    /// Adds parameters to the address, behind those that it has.
    ///
    /// # Errors
    /// What is no address.
    pub fn query(mut self, parameters: &[(String, String)]) -> Result<Self, WebError> {
        let mut url = parse(&self.url)?;
        url.query_pairs_mut().extend_pairs(parameters);
        self.url = url.into();
        Ok(self)
    }

    /// Says one thing more.
    #[must_use]
    pub fn header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }
}

/// What came back, whatever its status.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// The address that answered: another than was asked, after a redirect.
    pub url: String,
    /// The headers, names in lower case; one of a name for each time it was sent.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl Answer {
    /// Whether the status says that all is well.
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// Who answered, with the port.
    pub fn host(&self) -> String {
        host_of(&self.url)
    }

    /// An address that stands in the answer, whole; `None` if it is of another host than the one that answered.
    pub fn link(&self, target: &str) -> Option<String> {
        let here = parse(&self.url).ok()?;
        let there = here.join(target).ok()?;
        (here.origin() == there.origin()).then(|| there.into())
    }

    /// The first header of this name, which is in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers_named(name).next()
    }

    /// Every header of this name, which is in lower case.
    pub fn headers_named<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a str> {
        self.headers.iter().filter(move |(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// What kind of document it is, without its parameters and in lower case: `application/json`.
    pub fn media_type(&self) -> Option<String> {
        let value = self.header("content-type")?;
        Some(value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase())
    }

    /// How long it asks to wait, in either form that `Retry-After` has (RFC 9110, section 10.2.3).
    pub fn retry_after(&self) -> Option<Duration> {
        retry_after(self.header("retry-after")?, Timestamp::now())
    }
}

fn retry_after(value: &str, now: Timestamp) -> Option<Duration> {
    if let Ok(seconds) = value.trim().parse() {
        return Some(Duration::from_secs(seconds));
    }
    let until = jiff::fmt::rfc2822::parse(value.trim()).ok()?.timestamp();
    Some(Duration::try_from(until.duration_since(now)).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retry_after_is_read_in_both_forms() {
        let now: Timestamp = "2026-11-22T12:00:00Z".parse().unwrap();
        assert_eq!(retry_after("120", now), Some(Duration::from_mins(2)));
        assert_eq!(retry_after("Sun, 22 Nov 2026 12:01:00 GMT", now), Some(Duration::from_mins(1)));
        assert_eq!(retry_after("Sun, 22 Nov 2026 11:00:00 GMT", now), Some(Duration::ZERO), "it is over");
        assert_eq!(retry_after("soon", now), None);
    }
}
