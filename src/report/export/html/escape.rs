//! Text that others wrote as HTML that shows it and does nothing else.

use super::super::super::layout::{harmless, one_line};

/// The text between tags or between double quotes, in one line.
pub(in super::super) fn text(text: &str) -> String {
    escaped(&one_line(text))
}

/// The text in one line; what stands between backticks is code.
pub(super) fn inline(text: &str) -> String {
    let line = one_line(text);
    let pieces: Vec<&str> = line.split('`').collect();
    let is_paired = pieces.len() % 2 == 1 && !pieces.iter().skip(1).step_by(2).any(|piece| piece.is_empty());
    if !is_paired {
        return escaped(&line);
    }
    let piece = |(at, piece): (usize, &&str)| match at % 2 {
        0 => escaped(piece),
        _ => format!("<code>{}</code>", escaped(piece)),
    };
    pieces.iter().enumerate().map(piece).collect()
}

/// Lines of a log.
pub(super) fn lines(lines: &[String]) -> String {
    let lines: Vec<String> = lines.iter().map(|line| escaped(&harmless(line.trim_end()))).collect();
    lines.join("\n")
}

fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            character => escaped.push(character),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_becomes_text_within_code_and_without() {
        let said = inline("`<b>` & <script>alert(\"1\")</script>'");
        let shown = "<code>&lt;b&gt;</code> &amp; &lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;&#39;";
        assert_eq!(said, shown);
    }

    #[test]
    fn a_lonely_backtick_and_an_empty_pair_stay_as_they_are() {
        assert_eq!(inline("a ` b"), "a ` b");
        assert_eq!(inline("``` a"), "``` a");
    }
}
