//! Making base images and folders of wheels, which takes some seconds each and is done once for each checkout.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::process::Command;

use camino::Utf8Path;

use super::{Containers, REPOSITORY};

/// What is in the images besides Python: a shell and what every script takes for granted.
const PACKAGES: &str = "python3,python3-pip,python3-venv,ca-certificates,dash,bash,coreutils,libc-bin,base-files,tar,gzip,grep,sed,findutils,netbase";

const PASSWD: &str = "root:x:0:0:root:/root:/bin/bash\nnobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n";

/// A base image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Base {
    /// Debian 11 with Python 3.9.
    Bullseye,
    /// Debian 12 with Python 3.11.
    Bookworm,
    /// The same with poetry, from PyPI. Made when it is first asked for.
    Poetry,
}

impl Base {
    /// Its tag.
    pub(crate) fn tag(self) -> &'static str {
        match self {
            Self::Bullseye => "1.1.0",
            Self::Bookworm => "2.0.0",
            Self::Poetry => "2.1.0",
        }
    }

    /// The version of its Python, without the last part.
    pub(crate) fn python(self) -> &'static str {
        match self {
            Self::Bullseye => "3.9",
            Self::Bookworm | Self::Poetry => "3.11",
        }
    }
}

/// Makes the images that are not there yet.
pub(super) fn images(containers: &Containers) -> Result<(), String> {
    for (base, suite) in [(Base::Bullseye, "bullseye"), (Base::Bookworm, "bookworm")] {
        if containers.kept.join(format!("{}.digest", base.tag())).exists() {
            continue;
        }
        let root = containers.kept.join(format!("root-{suite}"));
        let _ = fs::remove_dir_all(&root);
        lay_out(suite, &root)?;
        let file = containers.kept.join(format!("{suite}.containerfile"));
        let path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
        fs::write(&file, format!("FROM scratch\nCOPY . /\nENV PATH={path} LANG=C.UTF-8 TZ=UTC\n")).unwrap();
        publish(containers, base, &file, &root);
        fs::remove_dir_all(&root).unwrap();
    }
    Ok(())
}

/// Makes the image with poetry.
pub(super) fn poetry(containers: &Containers) {
    if containers.kept.join(format!("{}.digest", Base::Poetry.tag())).exists() {
        return;
    }
    let context = containers.kept.join("empty");
    fs::create_dir_all(&context).unwrap();
    let file = containers.kept.join("poetry.containerfile");
    let below = containers.base(Base::Bookworm);
    fs::write(&file, format!("FROM {below}\nRUN [\"python\", \"-m\", \"pip\", \"install\", \"poetry==1.8.5\"]\n"))
        .unwrap();
    publish(containers, Base::Poetry, &file, &context);
}

fn publish(containers: &Containers, base: Base, file: &Utf8Path, context: &Utf8Path) {
    let image = format!("localhost/made:{}", base.tag());
    let build = ["build", "--isolation", "chroot", "--timestamp", "0", "-q", "-t", &image, "-f", file.as_str()];
    containers.buildah(&[&build[..], &[context.as_str()]].concat());
    let partial = containers.kept.join("digest.partial");
    // A push does not follow what is said of docker.io, a pull does.
    let name = REPOSITORY.trim_start_matches("docker.io/");
    let destination = format!("docker://{}/{name}:{}", containers.host(), base.tag());
    containers.buildah(&["push", "-q", "--tls-verify=false", "--digestfile", partial.as_str(), &image, &destination]);
    containers.buildah(&["rmi", &image]);
    // Last, under its name: what has the name is complete.
    fs::rename(&partial, containers.kept.join(format!("{}.digest", base.tag()))).unwrap();
}

fn lay_out(suite: &str, root: &Utf8Path) -> Result<(), String> {
    let include = format!("--include={PACKAGES}");
    let made =
        Command::new("mmdebstrap").args(["--quiet", "--variant=extract", &include, suite, root.as_str()]).output();
    let made = made.unwrap();
    if !made.status.success() {
        let why = String::from_utf8_lossy(&made.stderr).into_owned();
        return Err(format!("mmdebstrap cannot make {suite}: {}", why.lines().last().unwrap_or_default()));
    }
    // No package's script has run: what they would have made, as far as Python needs it.
    symlink("python3", root.join("usr/bin/python")).unwrap();
    for directory in ["root", "tmp", "etc/ssl/certs"] {
        fs::create_dir_all(root.join(directory)).unwrap();
    }
    fs::set_permissions(root.join("tmp"), fs::Permissions::from_mode(0o1777)).unwrap();
    fs::write(root.join("etc/passwd"), PASSWD).unwrap();
    fs::write(root.join("etc/group"), "root:x:0:\nnogroup:x:65534:\n").unwrap();
    // Whom this machine trusts, since it may reach PyPI through somebody.
    let _ = fs::copy("/etc/ssl/certs/ca-certificates.crt", root.join("etc/ssl/certs/ca-certificates.crt"));
    for superfluous in ["usr/share/doc", "usr/share/man", "usr/share/locale", "dev"] {
        let _ = fs::remove_dir_all(root.join(superfluous));
    }
    fs::create_dir_all(root.join("dev")).unwrap();
    for python in ["3.9", "3.11"] {
        let _ = fs::remove_file(root.join(format!("usr/lib/python{python}/EXTERNALLY-MANAGED")));
    }
    Ok(())
}

/// Fills a folder with wheels.
pub(super) fn wheels(
    containers: &Containers,
    place: &Utf8Path,
    base: Base,
    requirements: &[&str],
) -> Result<(), String> {
    if place.exists() {
        return Ok(());
    }
    let image = containers.base(base);
    let partial = place.with_extension("partial");
    let _ = fs::remove_dir_all(&partial);
    fs::create_dir_all(&partial).unwrap();
    let container = containers.buildah(&["from", &image]);
    let volume = format!("{partial}:/wheels");
    let pip = ["--", "python", "-m", "pip", "wheel", "-q", "--retries", "1", "-w", "/wheels", "setuptools<81", "wheel"];
    let run = ["run", "--isolation", "chroot", "-v", &volume, &container];
    let made = containers.try_buildah(&[&run[..], &pip[..], requirements].concat());
    containers.buildah(&["rm", &container]);
    if !made.status.success() {
        let why = String::from_utf8_lossy(&made.stderr).into_owned();
        return Err(why.lines().last().unwrap_or_default().to_owned());
    }
    fs::rename(&partial, place).unwrap();
    Ok(())
}
