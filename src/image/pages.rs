//! Answers of several pages: the header `Link` (RFC 8288).

/// The address of the next page, as the header gives it: whole, or relative to this page.
pub(super) fn next<'a>(headers: impl Iterator<Item = &'a str>) -> Option<String> {
    headers.flat_map(links).find(|(_, parameters)| is_next(parameters)).map(|(target, _)| target.to_owned())
}

/// Each link with its parameters. Commas divide links, but may also stand in an address.
fn links(header: &str) -> Vec<(&str, &str)> {
    let mut links = Vec::new();
    let mut rest = header;
    while let Some(start) = rest.find('<') {
        let Some(end) = rest[start..].find('>').map(|end| start + end) else { break };
        let after = &rest[end + 1..];
        let stop = after.find(",<").or_else(|| after.find(", <")).unwrap_or(after.len());
        links.push((&rest[start + 1..end], &after[..stop]));
        rest = &after[stop..];
    }
    links
}

fn is_next(parameters: &str) -> bool {
    let mut parameters = parameters.split(';').filter_map(|parameter| parameter.split_once('='));
    parameters.any(|(name, value)| {
        let relations = value.trim().trim_matches('"');
        name.trim().eq_ignore_ascii_case("rel")
            && relations.split_whitespace().any(|relation| relation.eq_ignore_ascii_case("next"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_page_is_found_among_other_links() {
        let next = |header| next([header].into_iter());
        assert_eq!(
            next("</v2/a/tags/list?last=1.0&n=2>; rel=\"next\"").as_deref(),
            Some("/v2/a/tags/list?last=1.0&n=2")
        );
        assert_eq!(next("<https://x/1,2>; rel=first, <https://x/3>;title=a;REL=Next").as_deref(), Some("https://x/3"));
        assert_eq!(next("<x>; rel=\"last next\"").as_deref(), Some("x"));
        for header in ["<x>; rel=prev", "<x>", "x; rel=next", "<x; rel=next", ""] {
            assert_eq!(next(header), None, "{header}");
        }
    }
}
