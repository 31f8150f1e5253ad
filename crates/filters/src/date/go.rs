//! Formats as Go and Beats write them: the reference time, Monday the 2nd of January 2006 at
//! 15:04:05 in a zone seven hours behind UTC, written the way dates are.

use super::compile::{Items, literal};
use super::read::{Digits, Item, Unit};

/// The layouts that Go has names for.
const NAMED: [(&str, &str); 17] = [
    ("ANSIC", "Mon Jan _2 15:04:05 2006"),
    ("UnixDate", "Mon Jan _2 15:04:05 MST 2006"),
    ("RubyDate", "Mon Jan 02 15:04:05 -0700 2006"),
    ("RFC822", "02 Jan 06 15:04 MST"),
    ("RFC822Z", "02 Jan 06 15:04 -0700"),
    ("RFC850", "Monday, 02-Jan-06 15:04:05 MST"),
    ("RFC1123", "Mon, 02 Jan 2006 15:04:05 MST"),
    ("RFC1123Z", "Mon, 02 Jan 2006 15:04:05 -0700"),
    ("RFC3339Nano", "2006-01-02T15:04:05.999999999Z07:00"),
    ("Kitchen", "3:04PM"),
    ("Stamp", "Jan _2 15:04:05"),
    ("StampMilli", "Jan _2 15:04:05.000"),
    ("StampMicro", "Jan _2 15:04:05.000000"),
    ("StampNano", "Jan _2 15:04:05.000000000"),
    ("DateTime", "2006-01-02 15:04:05"),
    ("DateOnly", "2006-01-02"),
    ("TimeOnly", "15:04:05"),
];

/// What only this way of writing has; as letters of Joda-Time they would mean nothing.
const MARKS: [&str; 4] = ["2006", "15:04", "3:04", "Jan"];

const TWO: Digits = Digits { min: 1, max: 2 };

/// Parts of the reference time, a longer one before those that it begins with.
const PARTS: [(&str, &[Item]); 36] = [
    ("January", &[Item::MonthName]),
    ("Jan", &[Item::MonthName]),
    ("Monday", &[Item::Weekday]),
    ("Mon", &[Item::Weekday]),
    ("MST", &[Item::Zone]),
    ("2006", &[Item::Number(Unit::Year, Digits { min: 4, max: 4 })]),
    ("__2", &[Item::MaybeSpace, Item::Number(Unit::DayOfYear, Digits { min: 1, max: 3 })]),
    ("002", &[Item::Number(Unit::DayOfYear, Digits { min: 1, max: 3 })]),
    ("_2", &[Item::MaybeSpace, Item::Number(Unit::Day, TWO)]),
    ("01", &[Item::Number(Unit::Month, TWO)]),
    ("02", &[Item::Number(Unit::Day, TWO)]),
    ("03", &[Item::Number(Unit::Hour, TWO)]),
    ("04", &[Item::Number(Unit::Minute, TWO)]),
    ("05", &[Item::Number(Unit::Second, TWO), Item::MaybeFraction]),
    ("06", &[Item::ShortYear]),
    ("15", &[Item::Number(Unit::Hour, TWO)]),
    ("1", &[Item::Number(Unit::Month, TWO)]),
    ("2", &[Item::Number(Unit::Day, TWO)]),
    ("3", &[Item::Number(Unit::Hour, TWO)]),
    ("4", &[Item::Number(Unit::Minute, TWO)]),
    ("5", &[Item::Number(Unit::Second, TWO), Item::MaybeFraction]),
    ("PM", &[Item::HalfDay]),
    ("pm", &[Item::HalfDay]),
    ("Z07:00:00", &[Item::Zone]),
    ("Z070000", &[Item::Zone]),
    ("Z07:00", &[Item::Zone]),
    ("Z0700", &[Item::Zone]),
    ("Z07", &[Item::Zone]),
    ("-07:00:00", &[Item::Zone]),
    ("-070000", &[Item::Zone]),
    ("-07:00", &[Item::Zone]),
    ("-0700", &[Item::Zone]),
    ("-07", &[Item::Zone]),
    ("+07:00", &[Item::Zone]),
    ("+0700", &[Item::Zone]),
    ("+07", &[Item::Zone]),
];

/// The items of a layout; nothing if the text is none.
pub(super) fn layout(text: &str) -> Option<Items> {
    let named = NAMED.iter().find(|(name, _)| *name == text).map(|(_, layout)| *layout);
    let text = named.unwrap_or(text);
    if text.contains('%') || !MARKS.iter().any(|mark| text.contains(mark)) && named.is_none() {
        return None;
    }
    let mut items = Items::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        // A fraction behind the second is read with it, written in the layout or not.
        if let (Some(Item::MaybeFraction), Some(len)) = (items.last(), fraction_len(rest)) {
            rest = &rest[len..];
            continue;
        }
        let found = PARTS.iter().find(|(part, _)| {
            // In `_2006` it is the year that is meant.
            rest.starts_with(part) && !(*part == "_2" && rest.starts_with("_2006"))
        });
        let len = match found {
            Some((part, meaning)) => {
                for item in *meaning {
                    if !(*item == Item::MaybeSpace && items.last() == Some(&Item::Space)) {
                        items.push(item.clone());
                    }
                }
                part.len()
            }
            None => {
                literal(first, &mut items);
                first.len_utf8()
            }
        };
        rest = &rest[len..];
    }
    Some(items)
}

/// The length of `.000` or `,999` that no other digit follows.
fn fraction_len(text: &str) -> Option<usize> {
    let digits = text.strip_prefix(['.', ','])?;
    let first = digits.chars().next().filter(|it| matches!(it, '0' | '9'))?;
    let len = digits.len() - digits.trim_start_matches(first).len();
    (!digits[len..].starts_with(|it: char| it.is_ascii_digit())).then_some(1 + len)
}
