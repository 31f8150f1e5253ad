//! Cuts a line into its columns.

/// Cuts `text` at every `separator` and calls `found` with each column's bounds. A column may stand
/// in quotes, which end where a separator or the line's end follows; they are left away.
pub(super) fn split(text: &[u8], separator: u8, mut found: impl FnMut((usize, usize))) {
    let mut start = 0;
    let mut may_be_quoted = true;
    loop {
        if may_be_quoted && text.get(start) == Some(&b'"') {
            match quoted_end(text, start + 1, separator) {
                Some(end) => {
                    found((start + 1, end));
                    if end + 1 >= text.len() {
                        return;
                    }
                    start = end + 2;
                    continue;
                }
                // There is none further on either.
                None => may_be_quoted = false,
            }
        }
        let Some(len) = memchr::memchr(separator, &text[start..]) else {
            return found((start, text.len()));
        };
        found((start, start + len));
        start += len + 1;
    }
}

/// Where the quote that ends a column stands, from `start` on.
fn quoted_end(text: &[u8], start: usize, separator: u8) -> Option<usize> {
    memchr::memchr_iter(b'"', &text[start..])
        .map(|len| start + len)
        .find(|at| text.get(at + 1).is_none_or(|byte| *byte == separator))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, wanted: &[&str]) {
        let mut given = Vec::new();
        split(text.as_bytes(), b' ', |(start, end)| given.push(&text[start..end]));
        assert_eq!(given, wanted, "{text}");
    }

    #[test]
    fn quotes_hold_what_would_end_a_column() {
        check("a \"b c\" d", &["a", "b c", "d"]);
        check("a \"b \"c\"d e\" \"\"", &["a", "b \"c\"d e", ""]);
        check("a \"b c", &["a", "\"b", "c"]);
        check("a  b ", &["a", "", "b", ""]);
        check("\"a\"", &["a"]);
        check("", &[""]);
    }
}
