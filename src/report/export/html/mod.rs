//! A run as one HTML page that needs nothing else: its style and its script are in it, and it is complete without the
//! script, which only filters the table.

mod cards;
pub(super) mod escape;
mod policy;
mod table;

use std::fmt::Write as _;

use super::kept::{self, KeptResults};
use super::outcome::{Kind, Verdict};
use super::sheet::{Sheet, short};

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

pub(super) fn page(sheet: &Sheet<'_>, kept: &[KeptResults]) -> String {
    let title = escape::text(&sheet.title());
    let mut html = String::from("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
    let _ = write!(
        html,
        "<meta http-equiv=\"Content-Security-Policy\" content=\"{}\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"referrer\" content=\"no-referrer\">\n\
         <title>{title}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n",
        policy::policy(SCRIPT)
    );
    header(&mut html, sheet, &title);
    html.push_str("<main>\n");
    cards::of_the_run(&mut html, sheet);
    cards::failures(&mut html, sheet);
    cards::warnings(&mut html, sheet);
    cards::next(&mut html, sheet);
    table::connectors(&mut html, sheet);
    table::steps(&mut html, sheet);
    kept::section(&mut html, kept);
    let _ = write!(html, "</main>\n<script>{SCRIPT}</script>\n</body>\n</html>\n");
    html
}

fn header(html: &mut String, sheet: &Sheet<'_>, title: &str) {
    let frozen = &sheet.facts.migration.frozen;
    let _ = write!(html, "<header>\n<h1>{title}</h1>\n");
    if let Some(description) = &frozen.workflow.description {
        let _ = writeln!(html, "<p>{}</p>", escape::inline(description));
    }
    let base = frozen.base.to_string();
    let _ = writeln!(
        html,
        "<p class=\"faint\">{} Made on <code title=\"{base}\">{}</code> of <code>{}</code>, <time datetime=\"{date}\">{date}</time>.</p>",
        escape::text(&sheet.summary()),
        short(&base),
        escape::text(&frozen.base_branch),
        date = frozen.date,
    );
    if !sheet.units.is_empty() {
        html.push_str("<div class=\"bar\" aria-hidden=\"true\">");
        for (kind, number) in sheet.kinds() {
            let _ = write!(html, "<span class=\"{}\" style=\"flex-grow:{number}\"></span>", tone(kind));
        }
        html.push_str("</div>\n<div class=\"tiles\">\n");
        for (kind, number) in sheet.kinds() {
            let _ = writeln!(
                html,
                "<button type=\"button\" class=\"tile {}\" data-outcome=\"{}\" aria-pressed=\"false\" disabled><b>{number}</b>{}</button>",
                tone(kind),
                kind.name,
                kind.words
            );
        }
        html.push_str("</div>\n");
    }
    html.push_str("</header>\n");
}

/// The class of the style sheet that an outcome is shown in.
fn tone(kind: Kind) -> &'static str {
    match (kind.verdict, kind.name) {
        (Verdict::Bad, "failed" | "blocked") => "bad",
        (Verdict::Bad, _) => "attention",
        (Verdict::Open, _) => "open",
        (Verdict::Good, "changed") => "good",
        (Verdict::Good | Verdict::Skipped, _) => "calm",
    }
}

/// Where on the page a unit's row is: `#c12`.
fn anchor(unit: crate::event::UnitIndex) -> String {
    format!("c{}", unit.0)
}
