//! Hand-written matchers for stock definitions that are slow as regular expressions.
//!
//! Each does exactly what the stock text says; the tests compare the two. A definition that a
//! user overrides loses its matcher.

/// A stock definition with a matcher of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Token {
    /// The whole of `IPV4`: it has at most one end for a start, so nothing is ever given back.
    Ipv4,
    /// A necessary condition of `IPV6`, whose text is eight long alternatives.
    Ipv6,
    /// `HTTPDATE` up to the blank before its offset: until there it has at most one end for a start.
    HttpTime,
}

impl Token {
    pub(crate) fn of_stock(name: &str) -> Option<Self> {
        match name {
            "IPV4" => Some(Self::Ipv4),
            "IPV6" => Some(Self::Ipv6),
            "HTTPDATE" => Some(Self::HttpTime),
            _ => None,
        }
    }

    /// The definitions whose text it stands for besides its own.
    pub(crate) fn parts(self) -> &'static [&'static str] {
        match self {
            Self::Ipv4 | Self::Ipv6 => &[],
            Self::HttpTime => &["MONTHDAY", "MONTH", "YEAR", "TIME", "HOUR", "MINUTE", "SECOND"],
        }
    }
}

/// The end of the address that begins at `start`.
#[inline]
pub(crate) fn ipv4(line: &[u8], start: usize) -> Option<usize> {
    if start > 0 && line[start - 1].is_ascii_digit() {
        return None;
    }
    let mut at = octet(line, start)?;
    for _ in 0..3 {
        at = octet(line, after(line, at, b'.')?)?;
    }
    Some(at)
}

/// One to three digits, at most 255, and no digit after them.
#[inline]
fn octet(line: &[u8], start: usize) -> Option<usize> {
    let (value, at) = number(line, start, 3)?;
    let goes_on = line.get(at).is_some_and(u8::is_ascii_digit);
    (value <= 255 && !goes_on).then_some(at)
}

/// The end of `DD/Mon/YYYY:HH:MM:SS ` from `start` on, the blank included.
pub(crate) fn http_time(line: &[u8], start: usize) -> Option<usize> {
    let is_day = |(day, _): &(u32, usize)| (1..=31).contains(day);
    let (_, at) = number(line, start, 2).filter(is_day)?;
    let month = after(line, at, b'/')?;
    let names = line.get(month..)?.iter().take(MONTH_MAX + 1);
    let at = month + names.take_while(|byte| **byte != b'/').count();
    let year = after(line, at, b'/').filter(|_| is_month(&line[month..at]))?;
    let (_, at) = number(line, year, 4).filter(|(_, end)| matches!(end - year, 2 | 4))?;
    let hour = after(line, at, b':')?;
    let (_, at) = number(line, hour, 2).filter(|(hour, _)| *hour < 24)?;
    let minute = after(line, at, b':')?;
    let is_minute = |(value, end): &(u32, usize)| *value < 60 && *end == minute + 2;
    let (_, at) = number(line, minute, 2).filter(is_minute)?;
    let second = after(line, at, b':')?;
    let (_, mut at) = number(line, second, 2).filter(|(second, _)| *second <= 60)?;
    if let Some(b':' | b'.' | b',') = line.get(at) {
        let digits = line[at + 1..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        at += (digits > 0).then_some(1 + digits)?;
    }
    after(line, at, b' ')
}

/// A number of at most so many digits, and where it ends; nothing when there is none.
#[inline]
fn number(line: &[u8], start: usize, digits_max: usize) -> Option<(u32, usize)> {
    let (mut value, mut at) = (0, start);
    while let Some(digit) = line.get(at).map(|b| b.wrapping_sub(b'0')).filter(|d| *d < 10)
        && at - start < digits_max
    {
        value = value * 10 + u32::from(digit);
        at += 1;
    }
    (at > start).then_some((value, at))
}

/// The place behind the byte if it is the one.
#[inline]
fn after(line: &[u8], at: usize, byte: u8) -> Option<usize> {
    (line.get(at) == Some(&byte)).then_some(at + 1)
}

/// The longest name in `MONTH`: `September`.
const MONTH_MAX: usize = 9;

/// Whether it is a whole name in `MONTH`.
fn is_month(name: &[u8]) -> bool {
    let [initial @ (b'A'..=b'Z' | b'a'..=b'z'), rest @ ..] = name else { return false };
    match initial.to_ascii_lowercase() {
        b'j' => matches!(
            rest,
            b"an" | b"anuary" | b"anuar" | b"un" | b"une" | b"uni" | b"ul" | b"uly" | b"uli"
        ),
        b'f' => matches!(rest, b"eb" | b"ebruary" | b"ebruar"),
        b'm' if matches!(rest, b"a" | b"ay" | b"ai") => true,
        b'm' => {
            let vowel = rest.strip_prefix(b"a").or_else(|| rest.strip_prefix("ä".as_bytes()));
            matches!(vowel.unwrap_or(rest), b"r" | b"rch" | b"rz")
        }
        b'a' => matches!(rest, b"pr" | b"pril" | b"ug" | b"ugust"),
        b's' => matches!(rest, b"ep" | b"eptember"),
        b'o' => matches!(rest, b"t" | b"ct" | b"kt" | b"tober" | b"ctober" | b"ktober"),
        b'n' => matches!(rest, b"ov" | b"ovember"),
        b'd' => matches!(rest, b"ec" | b"ez" | b"ecember" | b"ezember"),
        _ => false,
    }
}

/// Whether an IPv6 address can begin here: up to four hex digits and a colon.
#[inline]
pub(crate) fn may_be_ipv6(line: &[u8], start: usize) -> bool {
    let rest = line.get(start..).unwrap_or_default();
    rest.iter().take(5).find(|b| !b.is_ascii_hexdigit()) == Some(&b':')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_ends_where_its_digits_end() {
        assert_eq!(ipv4(b"127.0.0.1", 0), Some(9));
        assert_eq!(ipv4(b"x 10.20.30.255, y", 2), Some(14));
        assert_eq!(ipv4(b"001.02.3.4x", 0), Some(10));
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for line in ["256.1.1.1", "1.2.3", "1.2.3.", "1.2.3.4567", "1.2.3.0004", "1..2.3", ""] {
            assert_eq!(ipv4(line.as_bytes(), 0), None, "{line}");
        }
        assert_eq!(ipv4(b"11.2.3.4", 1), None);
    }

    #[test]
    fn a_time_of_a_web_server_ends_before_its_offset() {
        for text in ["23/Nov/2026:09:58:01 ", "1/Mär/26:9:58:60 ", "31/september/2026:23:59:9,125 "]
        {
            assert_eq!(http_time(format!("[{text}+0000]").as_bytes(), 1), Some(1 + text.len()));
        }
        for text in [
            "32/Nov/2026:09:58:01 ",
            "0/Nov/2026:09:58:01 ",
            "23/Nox/2026:09:58:01 ",
            "23/Nov/026:09:58:01 ",
            "23/Nov/2026:24:58:01 ",
            "23/Nov/2026:09:8:01 ",
            "23/Nov/2026:09:58:61 ",
            "23/Nov/2026:09:58:01. ",
            "23/Nov/2026:09:58:01",
            "23/Nov/2026:09:58:011 ",
            "23/Novembers/2026:09:58:01 ",
            "23//2026:09:58:01 ",
            "",
        ] {
            assert_eq!(http_time(text.as_bytes(), 0), None, "{text}");
        }
    }

    #[test]
    fn an_ipv6_address_shows_a_colon_within_five_bytes() {
        assert!(may_be_ipv6(b"::1", 0));
        assert!(may_be_ipv6(b"2001:db8::1", 0));
        assert!(!may_be_ipv6(b"127.0.0.1", 0));
        assert!(!may_be_ipv6(b"abcde:", 0));
        assert!(!may_be_ipv6(b"", 0));
    }
}
