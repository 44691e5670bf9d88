//! Failures of real engines and installers, recognised by what they said last.

use crate::container::{Symptom, complaint, last_words};

fn lines(text: &str) -> Vec<String> {
    text.lines().map(str::to_owned).collect()
}

/// The class, message and hint of a failure with these last lines.
fn told(text: &str) -> String {
    let failure =
        Symptom::read(&lines(text)).unwrap_or_else(|| panic!("no symptom: {text}")).failure("it failed", &lines(text));
    format!(
        "{}: {}\n  {}\n  {}",
        failure.class.as_str(),
        failure.message,
        failure.group(),
        failure.hint.as_deref().unwrap()
    )
}

#[test]
fn what_the_machine_or_the_network_did_is_recognised() {
    let said = [
        "Error: committing container for step {…}: copying layers and metadata for container \"x\": writing blob: write /var/tmp/a: no space left on device",
        "Error: building at STEP \"RUN make\": error building: exit status 137",
        "Error: initializing source docker://docker.io/x/y@sha256:aa: reading manifest sha256:aa in docker.io/x/y: manifest unknown",
        "Error: initializing source docker://docker.io/x/y:1: pinging container registry registry-1.docker.io: Get \"https://registry-1.docker.io/v2/\": dial tcp: lookup registry-1.docker.io: no such host",
        "Error: reading manifest 1 in docker.io/x/y: errors:\ndenied: requested access to the resource is denied\nunauthorized: authentication required",
        "Error: reading manifest: toomanyrequests: You have reached your pull rate limit.",
        "Error: choosing an image from manifest list docker://x: no image found in manifest list for architecture arm64, variant \"v8\", OS linux",
        "exec /bin/sh: exec format error\nError: building at STEP \"RUN true\": exit status 1",
        "ERROR: BuildKit is enabled but the buildx component is missing or broken.",
        "  WARNING: Retrying (Retry(total=0)) after connection broken by 'NewConnectionError(<…>: Failed to establish a new connection: [Errno -3] Temporary failure in name resolution)': /simple/six/\n  ERROR: Could not find a version that satisfies the requirement six (from versions: none)\nERROR: No matching distribution found for six\nError: building at STEP \"RUN pip\": exit status 1",
    ];
    insta::assert_snapshot!(said.map(told).join("\n"));
}

#[test]
fn a_stumble_of_the_engine_is_one_whatever_follows() {
    let text =
        "Error: Close_Fd sealing memfd copy: Device or resource busy\nError: building at STEP \"RUN x\": exit status 1";
    assert_eq!(Symptom::read(&lines(text)), Some(Symptom::Stumbled));
}

#[test]
fn a_failure_of_the_connector_is_no_symptom() {
    let text = "ModuleNotFoundError: No module named 'nosuch'\nerror: metadata-generation-failed\nsubprocess exited with status 1\nError: building at STEP \"RUN pip\": exit status 1";
    assert_eq!(Symptom::read(&lines(text)), None);
}

#[test]
fn the_line_that_says_what_is_wrong_is_found() {
    let pip = "  × python setup.py egg_info did not run successfully.\n  │ exit code: 1\n  ╰─> [6 lines of output]\n      Traceback (most recent call last):\n        File \"setup.py\", line 2, in <module>\n      ModuleNotFoundError: No module named 'nosuch'\n      [end of output]\n  \n  note: This error originates from a subprocess, and is likely not a problem with pip.\nerror: metadata-generation-failed\n\n× Encountered error while generating package metadata.\nsubprocess exited with status 1\nError: building at STEP \"RUN x\": exit status 1";
    let found = |text: &str| complaint(&lines(text)).unwrap_or_default();
    assert_eq!(found(pip), "ModuleNotFoundError: No module named 'nosuch'");
    assert_eq!(
        found(
            "ERROR: Could not find a version that satisfies the requirement a==9 (from versions: 1)\nERROR: No matching distribution found for a==9\nsubprocess exited with status 1"
        ),
        "No matching distribution found for a==9"
    );
    assert_eq!(
        found(
            "ERROR: Package 'x' requires a different Python: 3.11.2 not in '<3.11'\nError: building at STEP \"RUN x\": exit status 1"
        ),
        "Package 'x' requires a different Python: 3.11.2 not in '<3.11'"
    );
    assert_eq!(
        found("#9 12.1 ValueError: mutable default <class 'X'>\n#9 ERROR: process"),
        "ValueError: mutable default <class 'X'>"
    );
    assert_eq!(complaint(&lines("all is well\nexit status 1")), None);
    let poetry = lines(
        "Resolving dependencies...\nPackage six (1.16.0) not found.\nsubprocess exited with status 1\nError: building at STEP \"RUN poetry\": exit status 1",
    );
    assert_eq!((complaint(&poetry), last_words(&poetry)), (None, Some("Package six (1.16.0) not found.")));
    assert_eq!(last_words(&lines("exit status 1\n")), None);
}
