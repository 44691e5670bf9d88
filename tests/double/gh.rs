//! GitHub's own command line as a second client, which knows nothing of the double. It reaches it as a proxy
//! for the one host that it speaks plain HTTP to.

use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

use crate::client::Stage;
use crate::github::TOKEN;
use crate::github::checks::CheckPlan;
use crate::github::model::{Method, Role, Verdict};

const REPO: &str = "github.localhost/acme/connectors";

/// What `gh` prints; nothing where it is not installed.
#[expect(clippy::print_stdout, reason = "a test that cannot do its work says so")]
fn gh(stage: &Stage, arguments: &[&str]) -> Option<String> {
    let home = TempDir::new().unwrap();
    let mut command = Command::new("gh");
    command.args(arguments).env("HOME", home.path()).env("XDG_CONFIG_HOME", home.path());
    command.env("GH_TOKEN", TOKEN).env("GH_HOST", "github.localhost").env("GH_PROMPT_DISABLED", "1");
    command.env("http_proxy", stage.double.url()).env_remove("no_proxy").env_remove("NO_PROXY");
    let Ok(output) = command.output() else {
        println!("skipped: gh is not installed; it does not try the double");
        return None;
    };
    assert!(output.status.success(), "gh {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    Some(String::from_utf8(output.stdout).unwrap())
}

#[test]
fn gh_works_with_the_double() {
    let stage = Stage::with_pulls(2);
    let Some(login) = gh(&stage, &["api", "user", "--jq", ".login"]) else { return };
    assert_eq!(login, "ada\n");
    stage.branches(3);
    let opened = ["api", "repos/acme/connectors/pulls", "-f", "title=T", "-f", "head=change-3", "-f", "base=main"];
    let opened: Value = serde_json::from_str(&gh(&stage, &opened).unwrap()).unwrap();
    assert_eq!(opened["number"], 3);
    let all = gh(&stage, &["api", "--paginate", "repos/acme/connectors/pulls?per_page=1", "--jq", ".[].number"]);
    assert_eq!(all.unwrap(), "3\n2\n1\n", "it follows the links");
}

#[test]
fn gh_reads_pull_requests_by_graphql() {
    let stage = Stage::with_pulls(2);
    stage.double.collaborator("bob", Role::Write);
    stage.double.set_checks_of(1, [CheckPlan::failing("test", "broken"), CheckPlan::new("lint").by_status()]);
    stage.double.review(1, "bob", Verdict::Approved);
    stage.double.merge(2, "bob", Method::Squash);
    let fields = "number,state,isDraft,author,labels,headRefName,mergeable,mergeStateStatus,statusCheckRollup,latestReviews,mergeCommit";
    let list = ["pr", "list", "-R", REPO, "--state", "all", "--json", fields];
    let Some(list) = gh(&stage, &list) else { return };
    let list: Value = serde_json::from_str(&list).unwrap();
    let (second, first) = (&list[0], &list[1]);
    assert_eq!((&second["number"], &second["state"]), (&Value::from(2), &Value::from("MERGED")));
    assert_eq!(second["mergeCommit"]["oid"], stage.git(&["rev-parse", "main"]).as_str());
    assert_eq!((&first["state"], &first["author"]["login"]), (&Value::from("OPEN"), &Value::from("ada")));
    assert_eq!(first["statusCheckRollup"][0]["conclusion"], "FAILURE");
    assert_eq!(first["latestReviews"][0]["state"], "APPROVED");
    let shown = gh(&stage, &["pr", "view", "1", "-R", REPO, "--json", "baseRefName,body,files,url"]).unwrap();
    let shown: Value = serde_json::from_str(&shown).unwrap();
    assert_eq!((&shown["body"], &shown["files"][0]["path"]), (&Value::from("Text"), &Value::from("file-1")));
}
