//! System packages: which are in every Debian image with Python, which only serve to compile, and what Alpine's are
//! called in Debian.
//!
//! Names of Debian are those of release 12 (bookworm), which the base image is made from:
//! <https://packages.debian.org/bookworm/>, <https://pkgs.alpinelinux.org/packages>.

use super::target::Family;

/// What every Debian image with Python has, by the names of both families.
const EVERYWHERE: [&str; 34] = [
    "bash",
    "busybox",
    "ca-certificates",
    "coreutils",
    "dash",
    "findutils",
    "grep",
    "gzip",
    "libbz2",
    "libbz2-1.0",
    "libc6",
    "libc6-compat",
    "libffi",
    "libffi7",
    "libffi8",
    "libgcc",
    "libgcc-s1",
    "libgcc1",
    "libssl1.1",
    "libssl3",
    "libstdc++",
    "libstdc++6",
    "libuuid",
    "libuuid1",
    "musl",
    "ncurses-libs",
    "openssl",
    "passwd",
    "sed",
    "shadow",
    "tar",
    "tzdata",
    "zlib",
    "zlib1g",
];

/// What only serves to compile.
const COMPILING: [&str; 35] = [
    "alpine-sdk",
    "autoconf",
    "automake",
    "binutils",
    "bison",
    "build-base",
    "build-essential",
    "cargo",
    "clang",
    "cmake",
    "cython",
    "flex",
    "g++",
    "gcc",
    "gfortran",
    "libc-dev",
    "libc6-dev",
    "libffi-dev",
    "libressl-dev",
    "libssl-dev",
    "libtool",
    "linux-headers",
    "llvm",
    "make",
    "musl-dev",
    "ninja-build",
    "openssl-dev",
    "patch",
    "pkg-config",
    "pkgconf",
    "pkgconfig",
    "python-dev",
    "python3-dev",
    "rust",
    "rustc",
];

/// Packages of Alpine with another name in Debian, or the same.
const IN_DEBIAN: [(&str, &str); 52] = [
    ("chromium", "chromium"),
    ("chromium-chromedriver", "chromium-driver"),
    ("curl", "curl"),
    ("expat", "libexpat1"),
    ("ffmpeg", "ffmpeg"),
    ("file", "file"),
    ("font-noto", "fonts-noto-core"),
    ("freetds", "libct4"),
    ("freetype", "libfreetype6"),
    ("geos", "libgeos-c1v5"),
    ("ghostscript", "ghostscript"),
    ("git", "git"),
    ("gnupg", "gnupg"),
    ("graphviz", "graphviz"),
    ("imagemagick", "imagemagick"),
    ("jq", "jq"),
    ("krb5-libs", "libgssapi-krb5-2"),
    ("less", "less"),
    ("libaio", "libaio1"),
    ("libevent", "libevent-2.1-7"),
    ("libgomp", "libgomp1"),
    ("libjpeg", "libjpeg62-turbo"),
    ("libjpeg-turbo", "libjpeg62-turbo"),
    ("libmagic", "libmagic1"),
    ("libpng", "libpng16-16"),
    ("libpq", "libpq5"),
    ("librdkafka", "librdkafka1"),
    ("libsasl", "libsasl2-2"),
    ("libsodium", "libsodium23"),
    ("libxml2", "libxml2"),
    ("libxslt", "libxslt1.1"),
    ("lz4-libs", "liblz4-1"),
    ("mariadb-client", "mariadb-client"),
    ("mariadb-connector-c", "libmariadb3"),
    ("nano", "nano"),
    ("nodejs", "nodejs"),
    ("openssh-client", "openssh-client"),
    ("poppler-utils", "poppler-utils"),
    ("postgresql-client", "postgresql-client"),
    ("postgresql-libs", "libpq5"),
    ("procps", "procps"),
    ("rsync", "rsync"),
    ("snappy", "libsnappy1v5"),
    ("socat", "socat"),
    ("sqlite", "sqlite3"),
    ("tesseract-ocr", "tesseract-ocr"),
    ("unixodbc", "unixodbc"),
    ("unzip", "unzip"),
    ("vim", "vim"),
    ("wget", "wget"),
    ("xmlsec", "libxmlsec1-openssl"),
    ("zip", "zip"),
];

/// Whether every Debian image with Python has it.
pub(super) fn is_everywhere(name: &str) -> bool {
    EVERYWHERE.contains(&name)
}

/// Whether it only serves to compile: a compiler, or headers in a stage that nothing but compiled files are taken from.
pub(super) fn is_for_compiling(name: &str, in_builder: bool) -> bool {
    let is_headers = name.ends_with("-dev") || name.ends_with("-headers");
    COMPILING.contains(&name) || (in_builder && is_headers)
}

/// What a package is called in Debian, if that is known.
pub(super) fn in_debian(name: &str, family: Family) -> Option<String> {
    match family {
        // A version is one of the old release.
        Family::Debian => (!name.contains('=')).then(|| name.to_owned()),
        Family::Alpine => IN_DEBIAN.iter().find(|(alpine, _)| *alpine == name).map(|(_, debian)| (*debian).to_owned()),
    }
}

/// A name as a command of `apk` or `apt-get` may have it: nothing that is an option, a file or a shell's doing.
pub(super) fn is_name(word: &str) -> bool {
    let starts = word.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '.');
    starts && word.chars().all(|c| c.is_ascii_alphanumeric() || "+-._:=~<>".contains(c))
}

/// The name without a version.
pub(super) fn bare(name: &str) -> &str {
    name.split(['=', '~', '<', '>']).next().unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tables_are_sorted_and_say_nothing_twice() {
        assert!(EVERYWHERE.is_sorted() && COMPILING.is_sorted() && IN_DEBIAN.is_sorted());
        let twice = |name: &&str| EVERYWHERE.contains(name) && COMPILING.contains(name);
        assert_eq!(COMPILING.iter().filter(|name| twice(name)).count(), 0);
    }

    #[test]
    fn headers_count_as_compiling_only_where_they_stay_behind() {
        assert!(is_for_compiling("libpq-dev", true) && !is_for_compiling("libpq-dev", false));
        assert!(is_for_compiling("gcc", false));
    }

    #[test]
    fn a_version_of_an_old_release_is_not_carried_over() {
        assert_eq!(in_debian("libpq5", Family::Debian).as_deref(), Some("libpq5"));
        assert_eq!(in_debian("libpq5=13.1", Family::Debian), None);
        assert_eq!((bare("socat=1.7"), bare("socat~1.7"), bare("g++")), ("socat", "socat", "g++"));
    }
}
