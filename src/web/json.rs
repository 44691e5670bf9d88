//! JSON documents.

use serde_json::Value;

use super::client::Web;
use super::error::WebError;
use super::host::host_of;
use super::message::Request;

/// The longest document that is read, in bytes.
pub(super) const LARGEST_DOCUMENT: usize = 1 << 20;

impl Web {
    /// The JSON document at an address, read once in the life of this client whoever asks. `attempt` is which try it is
    /// for the one who asks, from 1; headers are sent to the host that is named and to no other.
    ///
    /// # Errors
    /// Whatever keeps it from being read; a status other than success; anything but JSON, or more than 1 MiB of it.
    pub async fn json(&self, url: &str, headers: &[(String, String)], attempt: u32) -> Result<Value, WebError> {
        let question = (url.to_owned(), headers.to_vec());
        self.documents.once(question, attempt, || self.document(url, headers)).await
    }

    async fn document(&self, url: &str, headers: &[(String, String)]) -> Result<Value, WebError> {
        let mut request = Request::get(url, LARGEST_DOCUMENT).header("accept", "application/json");
        request.headers.extend(headers.iter().map(|(name, value)| (name.to_ascii_lowercase(), value.clone())));
        let answer = self.send(&request).await?;
        let host = host_of(&answer.url);
        if !answer.is_success() {
            return Err(WebError::Status { host, status: answer.status, retry_after: answer.retry_after() });
        }
        serde_json::from_slice(&answer.body).map_err(|error| {
            let kind = match answer.media_type() {
                Some(kind) if !kind.contains("json") => kind,
                _ => format!("what only begins like it ({error})"),
            };
            WebError::NotJson { host, kind }
        })
    }
}
