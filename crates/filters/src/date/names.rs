//! English names in dates: months, weekdays, halves of the day and zone abbreviations.

const MONTHS: [&[u8]; 12] = [
    b"january",
    b"february",
    b"march",
    b"april",
    b"may",
    b"june",
    b"july",
    b"august",
    b"september",
    b"october",
    b"november",
    b"december",
];

const WEEKDAYS: [&[u8]; 7] =
    [b"monday", b"tuesday", b"wednesday", b"thursday", b"friday", b"saturday", b"sunday"];

/// The month (1 to 12) at the start of `text`, and the length of its name.
pub(super) fn month(text: &[u8]) -> Option<(u32, usize)> {
    let month = match short(text)? {
        [b'j', b'a', b'n'] => 1,
        [b'f', b'e', b'b'] => 2,
        [b'm', b'a', b'r'] => 3,
        [b'a', b'p', b'r'] => 4,
        [b'm', b'a', b'y'] => 5,
        [b'j', b'u', b'n'] => 6,
        [b'j', b'u', b'l'] => 7,
        [b'a', b'u', b'g'] => 8,
        [b's', b'e', b'p'] => 9,
        [b'o', b'c', b't'] => 10,
        [b'n', b'o', b'v'] => 11,
        [b'd', b'e', b'c'] => 12,
        _ => return None,
    };
    Some((month, whole_len(text, MONTHS[month as usize - 1])))
}

/// The length of the weekday at the start of `text`.
pub(super) fn weekday(text: &[u8]) -> Option<usize> {
    let short = short(text)?;
    let name = WEEKDAYS.iter().find(|name| name[..3] == short)?;
    Some(whole_len(text, name))
}

/// Whether `text` begins with the afternoon's mark, and the mark's length.
pub(super) fn half_day(text: &[u8]) -> Option<(bool, usize)> {
    let (first, rest) = text.split_first()?;
    let afternoon = match first.to_ascii_lowercase() {
        b'a' => false,
        b'p' => true,
        _ => return None,
    };
    match rest {
        [b'm' | b'M', ..] => Some((afternoon, 2)),
        [b'.', b'm' | b'M', b'.', ..] => Some((afternoon, 4)),
        _ => None,
    }
}

/// Seconds east of UTC that an abbreviation stands for.
///
/// Those of RFC 2822 and the common ones that mean one thing only; `IST`, for one, means three.
pub(super) fn abbreviation(name: &[u8]) -> Option<i32> {
    let mut upper = [0; 4];
    let upper = upper.get_mut(..name.len())?;
    upper.copy_from_slice(name);
    upper.make_ascii_uppercase();
    let hours = match &*upper {
        b"UTC" | b"GMT" | b"UT" | b"Z" | b"WET" => 0,
        b"CET" | b"BST" | b"WEST" | b"MEZ" | b"WAT" => 1,
        b"CEST" | b"EET" | b"SAST" | b"CAT" | b"MESZ" => 2,
        b"EEST" | b"MSK" | b"EAT" => 3,
        b"HKT" | b"SGT" | b"AWST" => 8,
        b"JST" | b"KST" => 9,
        b"AEST" => 10,
        b"AEDT" => 11,
        b"NZST" => 12,
        b"NZDT" => 13,
        b"EDT" => -4,
        b"EST" | b"CDT" => -5,
        b"CST" | b"MDT" => -6,
        b"MST" | b"PDT" => -7,
        b"PST" | b"AKDT" => -8,
        b"AKST" => -9,
        b"HST" => -10,
        _ => return None,
    };
    Some(hours * 3600)
}

fn short(text: &[u8]) -> Option<[u8; 3]> {
    let first: [u8; 3] = text.get(..3)?.try_into().ok()?;
    Some(first.map(|byte| byte.to_ascii_lowercase()))
}

/// How much of a name written in full stands there; its first three letters were seen.
fn whole_len(text: &[u8], name: &[u8]) -> usize {
    let is_longer = text.get(3).is_some_and(u8::is_ascii_alphabetic);
    if is_longer && text.get(..name.len()).is_some_and(|it| it.eq_ignore_ascii_case(name)) {
        return name.len();
    }
    // `Sept`, as the British and `ls` write it.
    let is_sept = is_longer && name == b"september" && matches!(text[3], b't' | b'T');
    3 + usize::from(is_sept)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_are_read_short_and_in_full() {
        for (i, name) in MONTHS.iter().enumerate() {
            let number = u32::try_from(i + 1).expect("small");
            assert_eq!(month(&name[..3]), Some((number, 3)));
            assert_eq!(month(&name.to_ascii_uppercase()), Some((number, name.len())));
        }
        assert_eq!(month(b"Sept 3"), Some((9, 4)));
        assert_eq!(month(b"Jan/2"), Some((1, 3)));
        assert_eq!(month(b"Ja"), None);
    }

    #[test]
    fn weekdays_and_halves_of_the_day_are_measured() {
        assert_eq!(weekday(b"Wed,"), Some(3));
        assert_eq!(weekday(b"wednesday "), Some(9));
        assert_eq!(weekday(b"Foo"), None);
        assert_eq!(half_day(b"PM"), Some((true, 2)));
        assert_eq!(half_day(b"a.m. x"), Some((false, 4)));
        assert_eq!(half_day(b"xm"), None);
    }
}
