//! The documents as parsers that nobody here wrote read them: those of Python's standard library.

use std::io::Write as _;
use std::process::{Command, Stdio};

use serde_json::Value;

use super::super::super::run::units;
use super::super::Format;
use super::hostile::failed;
use super::{blocked, document, ended, facts, killed};

const JUNIT: &str = "
import json, sys, xml.etree.ElementTree as tree
root = tree.fromstring(sys.stdin.buffer.read())
cases = []
for case in root.iter('testcase'):
    wrong = case.find('failure')
    properties = {p.get('name'): p.get('value') for p in case.iter('property')}
    cases.append({'name': case.get('name'), 'class': case.get('classname'), 'outcome': properties['outcome'],
                  'message': None if wrong is None else wrong.get('message'),
                  'text': None if wrong is None else wrong.text})
json.dump({'tests': root.get('tests'), 'cases': cases}, sys.stdout)
";

const CSV: &str = "
import csv, io, json, sys
text = io.TextIOWrapper(sys.stdin.buffer, encoding='utf-8', newline='')
json.dump(list(csv.DictReader(text, strict=True)), sys.stdout)
";

const HTML: &str = "
import json, sys
from html.parser import HTMLParser
VOID = {'meta', 'input', 'br'}
class Reader(HTMLParser):
    def __init__(self):
        super().__init__()
        self.open, self.rows, self.tags, self.handlers, self.cell = [], [], set(), [], False
    def handle_starttag(self, tag, attributes):
        self.tags.add(tag)
        self.handlers += [name for name, _ in attributes if name.startswith('on')]
        if tag == 'table':
            self.connectors = ('id', 'connectors') in attributes
        if tag == 'th' and ('scope', 'row') in attributes and self.connectors:
            self.cell = True
            self.rows.append('')
        if tag not in VOID:
            self.open.append(tag)
    def handle_endtag(self, tag):
        assert self.open and self.open[-1] == tag, (tag, self.open, self.getpos())
        self.open.pop()
        if tag == 'th':
            self.cell = False
    def handle_data(self, text):
        if self.cell:
            self.rows[-1] += text
reader = Reader()
reader.feed(sys.stdin.buffer.read().decode('utf-8'))
assert not reader.open, reader.open
json.dump({'rows': reader.rows, 'tags': sorted(reader.tags), 'handlers': reader.handlers}, sys.stdout)
";

/// What the program makes of the document; nothing without a Python that starts.
fn read(program: &str, document: &str) -> Option<Value> {
    let mut command = Command::new("python3");
    command.args(["-I", "-c", program]).stdin(Stdio::piped()).stdout(Stdio::piped());
    let Ok(mut child) = command.spawn() else {
        println!("skipped: python3 is needed");
        return None;
    };
    child.stdin.take().unwrap().write_all(document.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "Python cannot read it:\n{document}");
    Some(serde_json::from_slice(&output.stdout).unwrap())
}

#[test]
fn pythons_xml_parser_reads_every_test_case() {
    for (fixture, state) in [ended(40), killed(40), blocked(), failed()] {
        let Some(read) = read(JUNIT, &document(&fixture, &state, Format::Junit)) else { return };
        let facts = facts(&fixture, &state, &[]);
        let units = units(&facts);
        assert_eq!(read["tests"], units.len().to_string());
        let cases = read["cases"].as_array().unwrap();
        assert_eq!(cases.len(), units.len());
        for (case, unit) in cases.iter().zip(&units) {
            assert_eq!(case["name"], allowed(unit.connector.name.as_str()));
            assert_eq!(case["class"], allowed(&fixture.migration.frozen.workflow.name));
            assert_eq!(case["outcome"], unit.outcome.as_str());
            if let Some((_, failure)) = unit.failure(&facts) {
                assert_eq!(case["message"], allowed(&failure.message));
                let text = case["text"].as_str().unwrap();
                assert!(failure.tail.iter().all(|line| text.contains(&allowed(line))), "{text}");
            }
        }
    }
}

/// The text with what XML cannot have replaced.
fn allowed(text: &str) -> String {
    text.replace('\u{1}', "\u{fffd}")
}

#[test]
fn pythons_csv_parser_reads_every_record() {
    for (fixture, state) in [ended(40), killed(40), blocked(), failed()] {
        let Some(read) = read(CSV, &document(&fixture, &state, Format::Csv)) else { return };
        let facts = facts(&fixture, &state, &[]);
        let units = units(&facts);
        let records = read.as_array().unwrap();
        assert_eq!(records.len(), units.len());
        for (record, unit) in records.iter().zip(&units) {
            assert_eq!(record["run"], "20261122-094500-3f9a");
            assert_eq!(record["path"], unit.connector.path.as_str());
            assert_eq!(record["outcome"], unit.outcome.as_str());
            assert_eq!(record["commit"], unit.commit.unwrap_or_default());
            let number = unit.pull_request.map(|found| found.number.to_string()).unwrap_or_default();
            assert_eq!(record["pull_request"], number);
            assert!(record.get("null").is_none(), "a record has more cells than the header: {record}");
        }
    }
}

#[test]
fn pythons_html_parser_finds_every_row_and_only_the_tags_of_the_page() {
    const TAGS: [&str; 36] = [
        "a", "article", "b", "body", "button", "code", "details", "div", "h1", "h2", "h3", "head", "header", "html",
        "input", "li", "main", "meta", "ol", "output", "p", "pre", "script", "section", "span", "style", "summary",
        "table", "tbody", "td", "th", "thead", "time", "title", "tr", "ul",
    ];
    for (fixture, state) in [ended(40), killed(40), blocked(), failed()] {
        let Some(read) = read(HTML, &document(&fixture, &state, Format::Html)) else { return };
        let shown = |name: &str| name.replace(['\u{1}', '\u{202e}'], "\u{fffd}");
        let mut names: Vec<String> =
            fixture.migration.frozen.units.iter().map(|unit| shown(unit.connector.name.as_str())).collect();
        let mut rows: Vec<&str> = read["rows"].as_array().unwrap().iter().map(|row| row.as_str().unwrap()).collect();
        names.sort_unstable();
        rows.sort_unstable();
        assert_eq!(rows, names);
        let tags = read["tags"].as_array().unwrap();
        assert!(tags.iter().all(|tag| TAGS.contains(&tag.as_str().unwrap())), "{tags:?}");
        assert_eq!(read["handlers"].as_array().unwrap().len(), 0);
    }
}
