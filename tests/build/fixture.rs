//! The base images that everything else here stands on.

use super::containers::{Base, Containers};

#[test]
fn the_base_images_have_the_pythons_that_they_should_and_pip() {
    let Some(containers) = Containers::get() else { return };
    for base in [Base::Bullseye, Base::Bookworm] {
        let container = containers.buildah(&["from", &containers.base(base)]);
        let said =
            containers.buildah(&["run", "--isolation", "chroot", &container, "--", "python", "-m", "pip", "--version"]);
        containers.buildah(&["rm", &container]);
        assert!(said.contains(&format!("(python {})", base.python())), "{said}");
    }
}
