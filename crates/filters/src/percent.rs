//! Percent-encoding, as in URLs and forms: `%C3%A9` for `é`.

use memchr::memchr2;

/// Appends `text` decoded. What is no `%XX` stays; with `has_plus` a plus is a blank.
pub(crate) fn decode(text: &[u8], has_plus: bool, out: &mut Vec<u8>) {
    let plus = if has_plus { b'+' } else { b'%' };
    let mut rest = text;
    while let Some(at) = memchr2(b'%', plus, rest) {
        out.extend_from_slice(&rest[..at]);
        let (byte, len) = match rest[at..] {
            [b'%', high, low, ..] => match (digit(high), digit(low)) {
                (Some(high), Some(low)) => (high << 4 | low, 3),
                _ => (b'%', 1),
            },
            [b'%', ..] => (b'%', 1),
            _ => (b' ', 1),
        };
        out.push(byte);
        rest = &rest[at + len..];
    }
    out.extend_from_slice(rest);
}

/// Whether decoding changes the text.
pub(crate) fn is_encoded(text: &[u8], has_plus: bool) -> bool {
    memchr2(b'%', if has_plus { b'+' } else { b'%' }, text).is_some()
}

/// The value of a hexadecimal digit.
pub(crate) fn digit(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        b'A'..=b'F' => Some(byte - b'A' + 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_code_stays() {
        for (text, has_plus, wanted) in [
            ("a%20b+c", true, "a b c"),
            ("a%20b+c", false, "a b+c"),
            ("%C3%A9%c3%a9", false, "éé"),
            ("100%", true, "100%"),
            ("%2", true, "%2"),
            ("%zz%41", true, "%zzA"),
            ("%%41", true, "%A"),
        ] {
            let mut out = Vec::new();
            decode(text.as_bytes(), has_plus, &mut out);
            assert_eq!(String::from_utf8_lossy(&out), wanted);
        }
    }
}
