//! Reviews and those who are asked for them.

use serde_json::{Value, json};

use super::super::answer::{Answer, Answered};
use super::super::model::{Role, Verdict};
use super::pull_view::simple;
use super::{Ask, number, strings, view};

/// Answers what is asked about reviews of a pull request.
pub(super) fn answer(mut ask: Ask<'_>, rest: &[&str]) -> Answered {
    ask.permit("pull_requests")?;
    let n = number(rest.get(1).copied().unwrap_or_default())?;
    ask.world.pull(ask.at, n)?;
    match (ask.method, &rest[2..]) {
        ("GET", ["reviews"]) => {
            let (at, pull) = (ask.repository(), ask.world.pull(ask.at, n)?);
            Ok(ask.page(&pull.reviews, |review| view::review(ask.world, review, pull, at, ask.origin())))
        }
        ("POST", ["reviews"]) => create(&mut ask, n),
        ("GET", ["requested_reviewers"]) => Ok(requested(&ask, n)),
        ("POST", ["requested_reviewers"]) => request(&mut ask, n),
        ("DELETE", ["requested_reviewers"]) => withdraw(&mut ask, n),
        _ => Err(Answer::not_found()),
    }
}

fn create(ask: &mut Ask<'_>, n: u64) -> Answered {
    let body = ask.call.json()?;
    let text = body["body"].as_str().unwrap_or_default().to_owned();
    let own = ask.world.pull(ask.at, n)?.author == ask.login();
    let refuse = |message: &str| {
        let body = json!({ "message": "Unprocessable Entity", "errors": [message], "documentation_url": "https://docs.github.com/rest" });
        Err(Answer::json(422, body))
    };
    let verdict = match body["event"].as_str() {
        Some("APPROVE") if own => return refuse("Can not approve your own pull request"),
        Some("REQUEST_CHANGES") if own => return refuse("Can not request changes on your own pull request"),
        Some("APPROVE") => Verdict::Approved,
        Some("REQUEST_CHANGES") => Verdict::ChangesRequested,
        Some("COMMENT") => Verdict::Commented,
        _ => return refuse("Pending reviews are not part of this double"),
    };
    if text.is_empty() && verdict != Verdict::Approved {
        return refuse("Body can't be blank");
    }
    let login = ask.login();
    ask.world.review(ask.at, n, &login, verdict, &text)?;
    let (at, pull) = (ask.repository(), ask.world.pull(ask.at, n)?);
    let last = pull.reviews.last().ok_or_else(Answer::not_found)?;
    Ok(Answer::ok(view::review(ask.world, last, pull, at, ask.origin())))
}

fn requested(ask: &Ask<'_>, n: u64) -> Answer {
    let (at, pull) = (ask.repository(), &ask.repository().pulls[&n]);
    let users: Value = pull.reviewers.iter().map(|login| view::person(ask.world, login, ask.origin())).collect();
    let teams = pull.teams.iter().filter_map(|slug| ask.world.teams.get(slug));
    let teams: Value = teams.map(|team| view::team(team, &at.owner, ask.origin())).collect();
    Answer::ok(json!({ "users": users, "teams": teams }))
}

fn request(ask: &mut Ask<'_>, n: u64) -> Answered {
    ask.require(Role::Triage)?;
    let body = ask.call.json()?;
    let (people, teams) = (strings(&body["reviewers"]), strings(&body["team_reviewers"]));
    let author = ask.world.pull(ask.at, n)?.author.clone();
    if people.iter().any(|login| login.eq_ignore_ascii_case(&author)) {
        return Err(Answer::message(422, "Review cannot be requested from pull request author."));
    }
    let unknown = people.iter().any(|login| !ask.world.is_collaborator(ask.at, login))
        || teams.iter().any(|slug| !ask.world.teams.contains_key(slug));
    if unknown {
        return Err(Answer::message(
            422,
            &format!(
                "Reviews may only be requested from collaborators. One or more of the users or teams you specified is not \
             a collaborator of the {} repository.",
                ask.repository().full_name()
            ),
        ));
    }
    let pull = ask.world.pull_mut(ask.at, n)?;
    for (list, more) in [(&mut pull.reviewers, people), (&mut pull.teams, teams)] {
        for name in more {
            if !list.iter().any(|there| there.eq_ignore_ascii_case(&name)) {
                list.push(name);
            }
        }
    }
    ask.world.touch(ask.at, n);
    Ok(Answer::json(201, simple(ask.world, ask.repository(), &ask.repository().pulls[&n], ask.origin())))
}

fn withdraw(ask: &mut Ask<'_>, n: u64) -> Answered {
    ask.require(Role::Triage)?;
    let body = ask.call.json()?;
    let (people, teams) = (strings(&body["reviewers"]), strings(&body["team_reviewers"]));
    let pull = ask.world.pull_mut(ask.at, n)?;
    pull.reviewers.retain(|login| !people.contains(login));
    pull.teams.retain(|slug| !teams.contains(slug));
    ask.world.touch(ask.at, n);
    Ok(Answer::ok(simple(ask.world, ask.repository(), &ask.repository().pulls[&n], ask.origin())))
}
