//! Suites that do not end, tests that leave processes behind, and a run that is interrupted.

use std::fs;
use std::time::{Duration, Instant};

use super::stage::{Tested, log, of, outcome, place, run, workflow};

/// Starts a process of its own session, which ignores what it is asked, and writes its number to a file.
fn daemon(mark: &str, then: &str) -> String {
    format!(
        "import subprocess, time\n\ndef test_daemon():\n    script = \"trap '' TERM HUP; echo $$ > {mark}; exec sleep 1000\"\n    \
         subprocess.Popen(['setsid', 'sh', '-c', script])\n    time.sleep(1)\n    {then}\n"
    )
}

#[test]
fn a_suite_that_hangs_ends_and_nothing_of_it_is_left() {
    let Some(workflow) = workflow("suite-timeout: 20s", "") else { return };
    let marks = tempfile::tempdir().unwrap();
    let mark = |name: &str| marks.path().join(name).to_str().unwrap().to_owned();
    let place = place([
        Tested::new("source-hang")
            .unit(&format!("{}\ndef test_after(): pass\n", daemon(&mark("hang"), "time.sleep(1000)"))),
        Tested::new("source-daemon").unit(&daemon(&mark("daemon"), "")),
    ]);
    let started = Instant::now();
    let answer = run(&place, &workflow, &[]).exits(1).json();
    assert!(started.elapsed() < Duration::from_mins(5), "{:?}", started.elapsed());
    let (hangs, detail) = outcome(&answer, "source-hang");
    let expected = "unit: pytest was stopped after its timeout of 20 s, in unit_tests/test_unit.py::test_daemon";
    assert!(hangs == "failed" && detail.starts_with(expected), "{detail}\n{}", log(&place, "source-hang"));
    assert_eq!(of(&answer, "source-hang")["class"], "timeout");
    assert!(log(&place, "source-hang").contains("Timeout"), "where it hangs is written down");
    assert_eq!(outcome(&answer, "source-daemon").0, "unchanged", "{}", log(&place, "source-daemon"));
    for name in ["hang", "daemon"] {
        let pid = fs::read_to_string(mark(name)).unwrap();
        assert!(is_gone(pid.trim()), "{name} {pid}");
    }
}

/// Whether a process is no more, or a zombie that nobody has buried yet.
fn is_gone(pid: &str) -> bool {
    let deadline = Instant::now() + Duration::from_secs(5);
    loop {
        match fs::read_to_string(format!("/proc/{pid}/stat")) {
            Err(_) => return true,
            Ok(stat) if stat.contains(") Z ") => return true,
            Ok(_) if Instant::now() > deadline => return false,
            Ok(_) => std::thread::sleep(Duration::from_millis(20)),
        }
    }
}

#[test]
fn failing_tests_are_not_tried_again_and_a_lost_network_is() {
    let Some(_) = super::wheels::wheels() else { return };
    // Nobody listens there.
    let index = "    env: { PIP_INDEX_URL: 'http://127.0.0.1:9/simple', PIP_RETRIES: '1', PIP_FIND_LINKS: '' }\n    retry: { attempts: 2, on: [network], delay: 1s }\n";
    let offline = place([Tested::new("source-a").unit("def test_a(): pass\n")]);
    let text = super::stage::testing("installer: pip", index);
    let answer = run(&offline, &text, &[]).exits(1).json();
    assert_eq!(of(&answer, "source-a")["class"], "network", "{answer:#}");
    let (_, detail) = outcome(&answer, "source-a");
    assert!(detail.starts_with("the package index cannot be reached: "), "{detail}");
    assert_eq!(tries(&offline), 2);

    let Some(text) = workflow("", "    retry: { attempts: 3, on: [network], delay: 1s }\n") else { return };
    let failing = place([Tested::new("source-a").unit("def test_a(): raise OSError('Connection refused')\n")]);
    run(&failing, &text, &[]).exits(1);
    assert_eq!(tries(&failing), 1);
}

/// How many logs the step has.
fn tries(place: &super::place::Place) -> usize {
    let run = place.status()["run"].as_str().unwrap().to_owned();
    let logs = place.state().join("logs").join(run).join("source-a");
    logs.read_dir_utf8().unwrap().flatten().filter(|entry| entry.path().extension() == Some("log")).count()
}
