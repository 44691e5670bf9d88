//! Images in registries.

use std::sync::Arc;

use crate::web::Web;

/// Finds images.
pub struct Resolver {
    _web: Arc<Web>,
}

impl Resolver {
    /// Asks through this client.
    pub fn new(web: Arc<Web>) -> Self {
        Self { _web: web }
    }
}
