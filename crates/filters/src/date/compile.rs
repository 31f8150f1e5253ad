//! From the two ways of writing a format to its items.
//!
//! The letters are those of `strptime` (with the additions of Ruby, Python and chrono for
//! fractions) and of Joda-Time, which Logstash uses.

use std::ops::Range;

use super::read::{Digits, Item, Unit};

/// Why a format is none, and which of its bytes are to blame.
pub(super) struct Mistake {
    pub(super) title: String,
    pub(super) part: Range<usize>,
    pub(super) help: &'static str,
}

/// Most items of a format; the longest in use have about thirty.
const ITEMS_MAX: usize = 256;

pub(super) type Items = Vec<Item>;

/// Items of a format in the manner of `strftime`.
pub(super) fn percent(text: &str) -> Result<Items, Mistake> {
    let mut items = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let at = text.len() - rest.len();
        let len = if first == '%' {
            let len = directive_len(rest);
            directive(&rest[1..len], &mut items).ok_or_else(|| Mistake {
                title: format!("a date has no part `{}`", &rest[..len]),
                part: at..at + len,
                help: "common ones are `%Y %m %d %H %M %S`, `%b` for `Jan`, `%f` for a fraction \
                       and `%z` for `+0200`",
            })?;
            len
        } else {
            literal(first, &mut items);
            first.len_utf8()
        };
        rest = &rest[len..];
    }
    finish(items, text)
}

/// The length of a directive: `%d`, `%:z`, `%.f`, `%3N`.
fn directive_len(text: &str) -> usize {
    let is_flag = |it: char| it.is_ascii_digit() || matches!(it, ':' | '.' | '-' | '_' | '^' | '#');
    let flags = text[1..].chars().take_while(|it| is_flag(*it)).count();
    let letter = text[1 + flags..].chars().next().map_or(0, char::len_utf8);
    1 + flags + letter
}

fn directive(text: &str, items: &mut Items) -> Option<()> {
    use Unit::{Day, DayOfYear, Hour, Minute, Month, Second, Year};
    let two = Digits { min: 1, max: 2 };
    let letter = text.trim_start_matches(['-', '_', '^', '#', ':']);
    let item = match letter {
        "Y" => Item::Number(Year, Digits { min: 4, max: 4 }),
        "y" => Item::ShortYear,
        "m" => Item::Number(Month, two),
        "d" => Item::Number(Day, two),
        "e" => padded(Day, items),
        "j" => Item::Number(DayOfYear, Digits { min: 1, max: 3 }),
        "H" | "I" => Item::Number(Hour, two),
        "k" | "l" => padded(Hour, items),
        "M" => Item::Number(Minute, two),
        "S" => Item::Number(Second, two),
        "f" | "N" | "L" | "3N" | "6N" | "9N" | "3f" | "6f" | "9f" => Item::Fraction(9),
        ".f" | ".3f" | ".6f" | ".9f" => {
            items.push(Item::Byte(b'.'));
            Item::Fraction(9)
        }
        "b" | "B" | "h" => Item::MonthName,
        "a" | "A" => Item::Weekday,
        "p" | "P" => Item::HalfDay,
        "z" | "Z" => Item::Zone,
        "s" => Item::Epoch,
        "n" | "t" => Item::MaybeSpace,
        "%" => Item::Byte(b'%'),
        "T" | "X" => return several(&["H", ":", "M", ":", "S"], items),
        "R" => return several(&["H", ":", "M"], items),
        "r" => return several(&["I", ":", "M", ":", "S", " ", "p"], items),
        "D" | "x" => return several(&["m", "/", "d", "/", "y"], items),
        "F" => return several(&["Y", "-", "m", "-", "d"], items),
        "c" => {
            return several(
                &["a", " ", "b", " ", "d", " ", "H", ":", "M", ":", "S", " ", "Y"],
                items,
            );
        }
        _ => return None,
    };
    items.push(item);
    Some(())
}

/// A number of two digits, of which the first may be a blank.
fn padded(unit: Unit, items: &mut Items) -> Item {
    if items.last() != Some(&Item::Space) {
        items.push(Item::MaybeSpace);
    }
    Item::Number(unit, Digits { min: 1, max: 2 })
}

fn several(directives: &[&str], items: &mut Items) -> Option<()> {
    for text in directives {
        match text.chars().next() {
            Some(letter) if letter.is_ascii_alphabetic() => directive(text, items)?,
            Some(other) => literal(other, items),
            None => {}
        }
    }
    Some(())
}

/// Items of a format in the manner of Joda-Time.
pub(super) fn letters(text: &str) -> Result<Items, Mistake> {
    let mut items = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let at = text.len() - rest.len();
        let len = match first {
            '\'' => quoted(rest, &mut items).ok_or_else(|| Mistake {
                title: "a quote in this format is not closed".to_owned(),
                part: at..text.len(),
                help: "text between single quotes is taken as it is; two quotes are one",
            })?,
            'a'..='z' | 'A'..='Z' => {
                let count = rest.chars().take_while(|it| *it == first).count();
                let next_is_letter = rest[count..].starts_with(|it: char| it.is_ascii_alphabetic());
                let item = letter(first, count, next_is_letter).ok_or_else(|| Mistake {
                    title: format!("a date has no part `{}`", &rest[..count]),
                    part: at..at + count,
                    help: "common ones are `yyyy MM dd HH mm ss SSS`, `MMM` for `Jan` and `Z` for \
                           `+0200`; other words need single quotes",
                })?;
                items.push(item);
                count
            }
            _ => {
                literal(first, &mut items);
                first.len_utf8()
            }
        };
        rest = &rest[len..];
    }
    finish(items, text)
}

fn letter(letter: char, count: usize, next_is_letter: bool) -> Option<Item> {
    let two = Digits { min: 1, max: 2 };
    let item = match letter {
        'y' | 'Y' | 'u' if count == 2 => Item::ShortYear,
        'y' | 'Y' | 'u' => Item::Number(Unit::Year, Digits { min: 4, max: 4 }),
        'M' | 'L' if count >= 3 => Item::MonthName,
        'M' | 'L' => Item::Number(Unit::Month, two),
        'd' => Item::Number(Unit::Day, two),
        'D' => Item::Number(Unit::DayOfYear, Digits { min: 1, max: 3 }),
        'E' => Item::Weekday,
        'H' | 'h' => Item::Number(Unit::Hour, two),
        'k' => Item::Number(Unit::HourFromOne, two),
        'K' => Item::Number(Unit::HalfDayHour, two),
        'm' => Item::Number(Unit::Minute, two),
        's' => Item::Number(Unit::Second, two),
        // Before another number the count of letters tells where the fraction ends.
        'S' | 'n' => Item::Fraction(if next_is_letter { u8::try_from(count).ok()? } else { 9 }),
        'a' => Item::HalfDay,
        'Z' | 'z' | 'X' | 'x' | 'V' => Item::Zone,
        _ => return None,
    };
    Some(item)
}

/// Takes over text in single quotes and gives its length, quotes included.
fn quoted(text: &str, items: &mut Items) -> Option<usize> {
    if text.starts_with("''") {
        items.push(Item::Byte(b'\''));
        return Some(2);
    }
    let mut rest = &text[1..];
    loop {
        let end = rest.find('\'')?;
        rest[..end].chars().for_each(|it| literal(it, items));
        rest = &rest[end + 1..];
        if !rest.starts_with('\'') {
            return Some(text.len() - rest.len());
        }
        items.push(Item::Byte(b'\''));
        rest = &rest[1..];
    }
}

pub(super) fn literal(character: char, items: &mut Items) {
    if matches!(character, ' ' | '\t') {
        if items.last() != Some(&Item::Space) {
            items.push(Item::Space);
        }
    } else {
        items.extend(character.encode_utf8(&mut [0; 4]).bytes().map(Item::Byte));
    }
}

pub(super) fn finish(items: Items, text: &str) -> Result<Items, Mistake> {
    let title = if items.len() > ITEMS_MAX {
        "the format is too long"
    } else if items.iter().all(|item| matches!(item, Item::Byte(_) | Item::Space)) {
        "the format has no part of a date"
    } else {
        return Ok(items);
    };
    Err(Mistake {
        title: title.to_owned(),
        part: 0..text.len(),
        help: "write it like `%Y-%m-%d %H:%M:%S` or `yyyy-MM-dd HH:mm:ss`",
    })
}
