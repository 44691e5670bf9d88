//! `cutover report`: the exit codes of `status`, a file that is whole, and no secret in any format.

use super::monorepo::{CONNECTORS, Files};
use super::place::{EDITS, PUBLISHED, Place};

const FORMATS: [&str; 5] = ["markdown", "html", "junit", "csv", "json"];

/// Every format of the newest run's report, each with the exit code that it must have.
fn reports(place: &Place, code: i32) -> [String; 5] {
    FORMATS.map(|format| place.cutover(&["report", "--format", format]).exits(code).out)
}

#[test]
fn a_report_names_every_pull_request_of_the_run_in_every_format() {
    let place = Place::usual();
    let workflow = place.workflow(PUBLISHED);
    place.cutover(&["run", &workflow]).exits(0);
    let status = place.status();
    for (report, format) in reports(&place, 0).iter().zip(FORMATS) {
        for unit in status["units"].as_array().unwrap() {
            let address = unit["pull_request"]["url"].as_str().unwrap();
            assert!(report.contains(unit["name"].as_str().unwrap()), "{format}: {report}");
            // The JSON has it among the outputs of its step too.
            let times = if format == "json" { 2 } else { 1 };
            assert_eq!(report.matches(address).count(), times, "{format}, {address}: {report}");
        }
    }
}

#[test]
fn a_report_ends_with_the_exit_code_of_status() {
    let place = Place::usual();
    place.cutover(&["report"]).exits(2).complains(&["has no runs yet", "cutover run"]);
    place.cutover(&["run", &place.workflow(EDITS)]).exits(0);
    place.cutover(&["report"]).exits(0).answers(&["## Run", "| source-a | Changed |"]);
    place.cutover(&["report", "nope"]).exits(2).complains(&["no run `nope`"]);
    place.cutover(&["report", "--format", "pdf"]).exits(2);
    let killed = place.workflow("version: 1\nname: w\nsteps:\n  w: { run: 'kill -9 $PPID' }\n");
    place.cutover(&["run", &killed]);
    place.cutover(&["report"]).exits(5).answers(&["was interrupted", "Not begun", "cutover resume"]);
    let unsound = Place::new(&Files::default().file(&format!("{CONNECTORS}/source-x/metadata.yaml"), "data: [\n"));
    unsound.cutover(&["run", &unsound.workflow(EDITS)]).exits(1);
    unsound.cutover(&["report"]).exits(1).answers(&["### Failures by cause", "| source-x | Failed |"]);
}

#[test]
fn a_file_gets_the_form_that_its_name_asks_for_and_standard_output_nothing() {
    let place = Place::usual();
    place.cutover(&["run", &place.workflow(EDITS)]).exits(0);
    let file = place.beside("report.html");
    let said = place.cutover(&["report", "--out", file.as_str()]).exits(0).complains(&["wrote", "report.html"]);
    assert_eq!(said.out, "");
    let page = std::fs::read_to_string(&file).unwrap();
    assert!(page.starts_with("<!doctype html>") && page.ends_with("</html>\n"));
    place.cutover(&["report", "--format", "csv", "--out", file.as_str()]).exits(0);
    assert!(std::fs::read_to_string(&file).unwrap().starts_with("run,workflow,name,"));
    let nowhere = place.beside("no/report.md");
    place.cutover(&["report", "--out", nowhere.as_str()]).exits(2).complains(&["directory is not there", "hint:"]);
}

#[test]
fn the_end_of_a_log_is_in_the_report_without_the_secret_that_was_in_it() {
    let place = Place::new(&Files::default().python("source-a"));
    let secret = "hunter2-Zq9/+x";
    let workflow = place.workflow(
        "version: 1\nname: w\nsteps:\n  work:\n    run: 'echo the token is $TOKEN; exit 3'\n    \
         env: { TOKEN: { secret: MY_TOKEN } }\n",
    );
    let output = place.command(&["run", &workflow]).env("MY_TOKEN", secret).output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    for (report, format) in reports(&place, 1).iter().zip(FORMATS) {
        assert!(!report.contains(secret), "{format}: {report}");
        assert!(format == "csv" || report.contains("the token is ***"), "{format}: {report}");
    }
}
