//! The way back from a position in a scalar's text to the file.
//!
//! Folding, indentation and chomping change white space only, and escapes are local. So the visible characters of
//! the text and those of the source correspond one to one, in order; that is all the mapping needs.

use std::ops::Range;

use super::{Scalar, Style};

/// The bytes of `source` from which the bytes `within` of the scalar's text came; `None` if the two do not fit.
pub(super) fn locate(
    source: &str,
    span: &Range<usize>,
    scalar: &Scalar,
    within: &Range<usize>,
) -> Option<Range<usize>> {
    let written = source.get(span.clone())?;
    let places = match scalar.style {
        Style::Plain | Style::Block => visible(written),
        Style::Single => single_quoted(written),
        Style::Double => double_quoted(written),
    };
    let letters: Vec<usize> = visible(&scalar.text).into_iter().map(|letter| letter.start).collect();
    if letters.len() != places.len() {
        return None;
    }
    let first = letters.partition_point(|letter| *letter < within.start);
    let behind = letters.partition_point(|letter| *letter < within.end);
    let start = match places.get(first) {
        Some(place) => place.start,
        None => places.last().map_or(0, |place| place.end),
    };
    let end = if behind > first { places[behind - 1].end } else { start };
    Some(span.start + start..span.start + end)
}

/// The places of the characters that are not white space.
fn visible(text: &str) -> Vec<Range<usize>> {
    let letters = text.char_indices().filter(|(_, letter)| !letter.is_whitespace());
    letters.map(|(start, letter)| start..start + letter.len_utf8()).collect()
}

fn single_quoted(written: &str) -> Vec<Range<usize>> {
    let mut places = Vec::new();
    let mut letters = inside_quotes(written).peekable();
    while let Some((start, letter)) = letters.next() {
        let mut end = start + letter.len_utf8();
        if letter == '\'' && letters.next_if(|(_, next)| *next == '\'').is_some() {
            end += 1;
        }
        if !letter.is_whitespace() {
            places.push(start..end);
        }
    }
    places
}

fn double_quoted(written: &str) -> Vec<Range<usize>> {
    let mut places = Vec::new();
    let mut letters = inside_quotes(written);
    while let Some((start, letter)) = letters.next() {
        if letter != '\\' {
            if !letter.is_whitespace() {
                places.push(start..start + letter.len_utf8());
            }
            continue;
        }
        let Some((at, escape)) = letters.next() else { break };
        let mut end = at + escape.len_utf8();
        let digits = match escape {
            'x' => 2,
            'u' => 4,
            'U' => 8,
            _ => 0,
        };
        for _ in 0..digits {
            end = letters.next().map_or(end, |(at, digit)| at + digit.len_utf8());
        }
        let decoded =
            u32::from_str_radix(written.get(end - digits..end).unwrap_or(""), 16).ok().and_then(char::from_u32);
        let white = match decoded {
            Some(decoded) if digits > 0 => decoded.is_whitespace(),
            _ => escape.is_whitespace() || "ntrvfN_LP".contains(escape),
        };
        if !white {
            places.push(start..end);
        }
    }
    places
}

fn inside_quotes(written: &str) -> impl Iterator<Item = (usize, char)> {
    let end = written.len().saturating_sub(1).max(1);
    written.char_indices().skip(1).take_while(move |(at, _)| *at < end)
}

#[cfg(test)]
mod tests {
    use super::super::super::findings::Findings;
    use super::super::{Kind, Node, parse};
    use crate::diagnostic::SourceText;

    /// The source text under `needle` of the value of the only key.
    fn under<'a>(source: &'a str, needle: &str) -> &'a str {
        let text = SourceText::new("w.yaml", source);
        let root = parse(&mut Findings::new(&text)).unwrap();
        let Kind::Mapping(entries) = root.kind else { panic!("a mapping") };
        let Node { span, kind: Kind::Scalar(scalar) } = &entries[0].value else { panic!("a scalar") };
        let start = scalar.text.find(needle).unwrap();
        &source[scalar.locate(source, span, &(start..start + needle.len()))]
    }

    #[test]
    fn plain_text_maps_straight() {
        assert_eq!(under("a: über ${{ x.y }} z\n", "x.y"), "x.y");
    }

    #[test]
    fn folded_plain_text_maps_over_the_line_break() {
        assert_eq!(under("a: one\n  two  \n  x.y z\n", "two x.y"), "two  \n  x.y");
    }

    #[test]
    fn quotes_and_escapes_are_stepped_over() {
        assert_eq!(under("a: 'it''s x.y'\n", "x.y"), "x.y");
        assert_eq!(under("a: 'it''s x.y'\n", "t's"), "t''s");
        assert_eq!(under(r#"a: "\tq\"\x41\u00e9\n \x20 x.y""#, "x.y"), "x.y");
        assert_eq!(under("a: \"one \\\n   x.y\"\n", "x.y"), "x.y");
    }

    #[test]
    fn block_scalars_map_past_their_indentation() {
        assert_eq!(under("a: |\n    first\n      x.y\n", "x.y"), "x.y");
        assert_eq!(under("a: >-  # why\n  first\n\n  x.y\n", "x.y"), "x.y");
    }
}
