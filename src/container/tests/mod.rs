//! What engines are told, word for word, and what is made of what they say.

mod answers;
mod symptoms;
mod words;

use camino::Utf8PathBuf;

use super::{Engine, EngineKind};

/// An engine as it usually is: buildah as root, the others with the rights that they need.
fn engine(kind: EngineKind) -> Engine {
    let buildah = kind == EngineKind::Buildah;
    Engine {
        kind,
        program: Utf8PathBuf::from(format!("/usr/bin/{kind}")),
        contained: buildah,
        isolation: buildah.then_some("chroot"),
        run_root: None,
    }
}
