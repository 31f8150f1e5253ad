//! Writing: values to JSON text.

use weir_event::{Timestamp, ValueRef};

use super::scan;

/// Writes a string with its quotes. What is not UTF-8 becomes U+FFFD, as JSON has no other way.
pub fn write_string(text: &[u8], out: &mut Vec<u8>) {
    out.push(b'"');
    let mut rest = text;
    loop {
        let clean = scan::ascii_len(rest);
        out.extend_from_slice(&rest[..clean]);
        match rest.get(clean) {
            None => break,
            Some(byte) if byte.is_ascii() => {
                write_escape(*byte, out);
                rest = &rest[clean + 1..];
            }
            Some(_) => {
                write_unicode(&rest[clean..], out);
                break;
            }
        }
    }
    out.push(b'"');
}

/// The part of a string behind its first byte that is not ASCII.
fn write_unicode(text: &[u8], out: &mut Vec<u8>) {
    for chunk in text.utf8_chunks() {
        let mut valid = chunk.valid().as_bytes();
        while let Some(at) = valid.iter().position(|byte| needs_escape(*byte)) {
            out.extend_from_slice(&valid[..at]);
            write_escape(valid[at], out);
            valid = &valid[at + 1..];
        }
        out.extend_from_slice(valid);
        if !chunk.invalid().is_empty() {
            out.extend_from_slice("\u{FFFD}".as_bytes());
        }
    }
}

fn needs_escape(byte: u8) -> bool {
    byte < 0x20 || byte == b'"' || byte == b'\\'
}

fn write_escape(byte: u8, out: &mut Vec<u8>) {
    let short = match byte {
        b'"' | b'\\' => byte,
        b'\n' => b'n',
        b'\t' => b't',
        b'\r' => b'r',
        8 => b'b',
        12 => b'f',
        _ => {
            const HEX: &[u8; 16] = b"0123456789abcdef";
            out.extend_from_slice(b"\\u00");
            out.push(HEX[usize::from(byte >> 4)]);
            out.push(HEX[usize::from(byte & 15)]);
            return;
        }
    };
    out.extend_from_slice(&[b'\\', short]);
}

/// Writes any value.
pub fn write_value(value: ValueRef<'_>, out: &mut Vec<u8>) {
    match value {
        ValueRef::Null => out.extend_from_slice(b"null"),
        ValueRef::Bool(true) => out.extend_from_slice(b"true"),
        ValueRef::Bool(false) => out.extend_from_slice(b"false"),
        ValueRef::Int(it) => out.extend_from_slice(itoa::Buffer::new().format(it).as_bytes()),
        // JSON has no NaN and no infinity.
        ValueRef::Float(it) if !it.is_finite() => out.extend_from_slice(b"null"),
        ValueRef::Float(it) => {
            out.extend_from_slice(ryu::Buffer::new().format_finite(it).as_bytes());
        }
        ValueRef::Number(text) => out.extend_from_slice(text),
        ValueRef::Text(text) => write_string(text, out),
        ValueRef::Time(time) => write_time(time, out),
        ValueRef::List(items, arena) => {
            out.push(b'[');
            for (i, item) in items.iter().enumerate() {
                if i > 0 {
                    out.push(b',');
                }
                write_value(ValueRef::new(item, arena), out);
            }
            out.push(b']');
        }
        ValueRef::Map(entries, arena) => {
            out.push(b'{');
            for (i, (name, value)) in entries.iter().enumerate() {
                if i > 0 {
                    out.push(b',');
                }
                write_string(arena.get(*name), out);
                out.push(b':');
                write_value(ValueRef::new(value, arena), out);
            }
            out.push(b'}');
        }
    }
}

fn write_time(time: Timestamp, out: &mut Vec<u8>) {
    out.push(b'"');
    time.write(out);
    out.push(b'"');
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn written(text: &[u8]) -> String {
        let mut out = Vec::new();
        write_string(text, &mut out);
        String::from_utf8(out).expect("JSON text is UTF-8")
    }

    #[test]
    fn marks_and_controls_are_escaped() {
        assert_eq!(written(b"a\"b\\c\nd\x00e\x1ff\x7f"), "\"a\\\"b\\\\c\\nd\\u0000e\\u001ff\x7f\"");
        assert_eq!(written("h\u{e9}llo \u{1F600}".as_bytes()), "\"h\u{e9}llo \u{1F600}\"");
    }

    #[test]
    fn what_is_no_utf_8_is_replaced_once_per_broken_piece() {
        assert_eq!(written(b"a\xffb\xc3"), "\"a\u{FFFD}b\u{FFFD}\"");
    }

    proptest! {
        #[test]
        fn any_text_is_read_back_by_another_parser(text in any::<String>(), pad in 0_usize..9) {
            let text = format!("{}{text}", "x".repeat(pad));
            let read: String = serde_json::from_str(&written(text.as_bytes())).expect("valid JSON");
            prop_assert_eq!(read, text);
        }

        #[test]
        fn any_bytes_are_written_as_their_lossy_text(bytes in any::<Vec<u8>>()) {
            let read: String = serde_json::from_str(&written(&bytes)).expect("valid JSON");
            prop_assert_eq!(read, String::from_utf8_lossy(&bytes));
        }
    }
}
