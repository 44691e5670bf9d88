//! The documentation pages with their changelogs, each written in a way of its own.

const REPOSITORY: &str = "https://github.com/airbytehq/airbyte/pull";

/// The page of the connector whose changelog is broken, below `docs/integrations`.
const BROKEN: &str = "destinations/quarry";

/// Every page.
pub(super) fn files() -> Vec<(String, String)> {
    [
        ("destinations/foundry", "Foundry", plain(&[("2.3.1", 412), ("2.3.0", 388)])),
        (BROKEN, "Quarry", quarry("\n")),
        ("sources/cistern", "Cistern", oldest_first(&[("0.1.0", 377)])),
        ("sources/granary", "Granary", plain(&[("1.4.2", 430), ("1.4.1", 365)])),
        ("sources/harbor", "Harbor", plain(&[("0.8.3", 441), ("0.8.2", 402), ("0.8.1", 390)])),
        ("sources/lighthouse", "Lighthouse", plain(&[("3.1.0", 419)])),
        ("sources/meadow", "Meadow", plain(&[("0.5.0", 455)])),
        ("sources/orchard", "Orchard", oldest_first(&[("0.2.6", 299), ("0.2.7", 344)])),
        ("sources/smithy", "Smithy", plain(&[("0.3.9", 408)])),
        ("sources/tidewater", "Tidewater", plain(&[("0.6.1", 436), ("0.6.0", 371)]).replace('\n', "\r\n")),
        ("sources/windmill", "Windmill", plain(&[("0.1.5", 317)])),
    ]
    .map(|(page, title, changelog)| file(page, title, &changelog))
    .into()
}

/// The broken page, mended.
pub(super) fn mended() -> Vec<(String, String)> {
    vec![file(BROKEN, "Quarry", &quarry(""))]
}

fn file(page: &str, title: &str, changelog: &str) -> (String, String) {
    let end = if changelog.contains('\r') { "\r\n" } else { "\n" };
    let text = format!("# {title}{end}{end}How to connect to {title}.{end}{end}## Changelog{end}{end}{changelog}");
    (format!("docs/integrations/{page}.md"), text)
}

/// Columns padded, newest first.
fn plain(rows: &[(&str, u32)]) -> String {
    let rows = rows.iter().map(|(version, number)| {
        format!(
            "| {version:<7} | 2025-11-{:02} | [{number}]({REPOSITORY}/{number}) | Fix the paging |\n",
            number % 28 + 1
        )
    });
    let head = "| Version | Date       | Pull Request | Subject |\n| :------ | :--------- | :----------- | :------ |\n";
    std::iter::once(head.to_owned()).chain(rows).collect()
}

/// Versions as code, numbers with a mark, oldest first.
fn oldest_first(rows: &[(&str, u32)]) -> String {
    let rows = rows.iter().map(|(version, number)| {
        format!("|`{version}`|2025-10-{:02}|[#{number}]({REPOSITORY}/{number})|Add a stream|\n", number % 28 + 1)
    });
    std::iter::once("|Version|Date|Pull Request|Subject|\n|:---|:---|:---|:---|\n".to_owned()).chain(rows).collect()
}

/// With something between the header and the rows: an empty line cuts them off.
fn quarry(gap: &str) -> String {
    let table = plain(&[("1.0.4", 447), ("1.0.3", 401)]);
    let rows = table.match_indices('\n').nth(1).map_or(0, |(end, _)| end + 1);
    format!("{}{gap}{}", &table[..rows], &table[rows..])
}
