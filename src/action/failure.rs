//! How the errors of the layers below become failures of a step.

use crate::base::RepoPath;
use crate::edit::EditError;
use crate::event::{Failure, FailureClass};
use crate::forge::{ForgeError, ForgeErrorClass};
use crate::hooks::{HookError, HookErrorClass};
use crate::image::{ImageError, ImageErrorClass};
use crate::overlay::OverlayError;
use crate::web::{WebError, WebErrorClass};

impl From<OverlayError> for Failure {
    fn from(error: OverlayError) -> Self {
        let class = match &error {
            OverlayError::Tree(_) => FailureClass::Machine,
            _ => FailureClass::Edit,
        };
        let hint = error.hint();
        Self { hint, ..Self::new(class, error.to_string()) }
    }
}

/// The failure of an edit in a file: names the file.
pub(crate) fn in_file(path: &RepoPath, error: &EditError) -> Failure {
    let hint = error.hint();
    Failure { hint, ..Failure::new(FailureClass::Edit, format!("{path}: {error}")).cause(error.to_string()) }
}

impl From<ForgeError> for Failure {
    fn from(error: ForgeError) -> Self {
        let class = match error.class() {
            ForgeErrorClass::Network => FailureClass::Network,
            ForgeErrorClass::RateLimit => FailureClass::RateLimit,
            ForgeErrorClass::Permission => FailureClass::Permission,
            ForgeErrorClass::Conflict | ForgeErrorClass::NotFound => FailureClass::Conflict,
            ForgeErrorClass::Stopped => FailureClass::Interrupted,
            ForgeErrorClass::State => FailureClass::Machine,
        };
        Self { hint: error.hint(), ..Self::new(class, error.to_string()) }
    }
}

impl From<WebError> for Failure {
    fn from(error: WebError) -> Self {
        let class = match error.class() {
            WebErrorClass::Network => FailureClass::Network,
            WebErrorClass::RateLimit => FailureClass::RateLimit,
            WebErrorClass::Permission => FailureClass::Permission,
            WebErrorClass::Address => FailureClass::Expression,
            WebErrorClass::Machine => FailureClass::Machine,
        };
        Self::new(class, error.to_string()).hint(error.hint())
    }
}

impl From<ImageError> for Failure {
    fn from(error: ImageError) -> Self {
        let class = match error.class() {
            ImageErrorClass::Network => FailureClass::Network,
            ImageErrorClass::RateLimit => FailureClass::RateLimit,
            ImageErrorClass::Permission => FailureClass::Permission,
            ImageErrorClass::Request => FailureClass::Expression,
            ImageErrorClass::Conflict => FailureClass::Conflict,
            ImageErrorClass::Machine => FailureClass::Machine,
        };
        Self::new(class, error.to_string()).hint(error.hint())
    }
}

impl From<HookError> for Failure {
    fn from(error: HookError) -> Self {
        let class = match error.class() {
            HookErrorClass::Connector => FailureClass::Process,
            HookErrorClass::Timeout => FailureClass::Timeout,
            HookErrorClass::Machine => FailureClass::Machine,
        };
        Self::new(class, error.to_string()).hint(error.hint()).cause(error.cause())
    }
}
