#![expect(clippy::unwrap_used, reason = "tests")]

use std::sync::Arc;

use weir_event::{Batch, Origin};

use super::*;

/// Reads `text`, first seen at `read_at`, with one format.
fn read(format: &str, text: &str, zone: &str, read_at: &str) -> Option<String> {
    let format = DateFormat::try_from(format.to_owned()).unwrap();
    let zone = ZoneSetting::try_from(zone.to_owned()).unwrap().into_zone();
    let mut batch = Batch::new();
    let origin = batch.add_origin(&Arc::new(Origin::new(0)));
    batch.push(origin, 0, iso::instant(read_at.as_bytes()).unwrap());
    format.read(text.as_bytes(), &zone, batch.event(0)).map(|time| time.to_string())
}

#[track_caller]
fn check(format: &str, text: &str, wanted: &str) {
    let time = read(format, text, "UTC", "2026-11-23T10:00:00Z");
    assert_eq!(time.unwrap_or_default(), wanted, "{format}: {text}");
}

#[track_caller]
fn check_year(text: &str, read_at: &str, wanted: &str) {
    let time = read("%b %d %H:%M:%S", text, "UTC", read_at);
    assert_eq!(time.unwrap_or_default(), wanted, "{text} read at {read_at}");
}

#[test]
fn the_ways_of_writing_a_format_agree() {
    for (text, percent, letters) in [
        ("10/Oct/2000:13:55:36 -0700", "%d/%b/%Y:%H:%M:%S %z", "dd/MMM/yyyy:HH:mm:ss Z"),
        (
            "Tue, 10 Oct 2000 08:55:36 PM UTC",
            "%a, %d %b %Y %I:%M:%S %p %Z",
            "EEE, dd MMM yyyy hh:mm:ss a z",
        ),
        ("20001010205536", "%Y%m%d%H%M%S", "yyyyMMddHHmmss"),
        ("10.10.00 20:55:36,000", "%d.%m.%y %T,%f", "dd.MM.yy HH:mm:ss,SSS"),
        ("2000-284T20:55:36", "%Y-%jT%T", "yyyy-DDD'T'HH:mm:ss"),
        (
            "o'clock 20:55:36 October 10 2000",
            "o'clock %T %B %d %Y",
            "'o''clock' HH:mm:ss MMMM dd yyyy",
        ),
    ] {
        check(percent, text, "2000-10-10T20:55:36.000Z");
        check(letters, text, "2000-10-10T20:55:36.000Z");
    }
}

#[test]
fn layouts_of_go_are_read() {
    for (layout, text, wanted) in [
        ("2006-01-02T15:04:05Z07:00", "2026-11-23T12:00:00+02:00", "2026-11-23T10:00:00.000Z"),
        ("2006-01-02T15:04:05.000Z07:00", "2026-11-23T10:00:00.25Z", "2026-11-23T10:00:00.250Z"),
        ("2006-01-02 15:04:05", "2026-11-23 10:00:00,123456789", "2026-11-23T10:00:00.123456789Z"),
        ("02/Jan/2006:15:04:05 -0700", "23/Nov/2026:10:00:00 +0000", "2026-11-23T10:00:00.000Z"),
        ("Jan _2 15:04:05 2006", "Nov  3 10:00:00 2026", "2026-11-03T10:00:00.000Z"),
        (
            "Monday, January 2 2006 3:04:05pm MST",
            "Mon, Nov 23 2026 10:00:00AM UTC",
            "2026-11-23T10:00:00.000Z",
        ),
        ("20060102150405", "20261123100000", "2026-11-23T10:00:00.000Z"),
        ("2006/1/2 15.04", "2026/11/3 9.05", "2026-11-03T09:05:00.000Z"),
        ("2006-002", "2026-327", "2026-11-23T00:00:00.000Z"),
        ("RFC1123", "Mon, 23 Nov 2026 10:00:00 GMT", "2026-11-23T10:00:00.000Z"),
        ("ANSIC", "Mon Nov  3 10:00:00 2026", "2026-11-03T10:00:00.000Z"),
        ("Stamp", "Nov 23 09:00:00", "2026-11-23T09:00:00.000Z"),
        ("log_2006", "log_2026", "2026-01-01T00:00:00.000Z"),
        ("15:04", "10:00:00", ""),
    ] {
        check(layout, text, wanted);
    }
}

#[test]
fn a_space_in_the_format_is_one_or_more_in_the_text() {
    for format in ["MMM d HH:mm:ss yyyy", "MMM dd HH:mm:ss yyyy", "%b %e %T %Y"] {
        check(format, "Dec  1 10:00:00 2026", "2026-12-01T10:00:00.000Z");
        check(format, "Dec 24 10:00:00 2026", "2026-12-24T10:00:00.000Z");
        check(format, "Dec24 10:00:00 2026", "");
    }
}

#[test]
fn hours_may_count_to_twelve() {
    check("%Y-%m-%d %I:%M %p", "2026-01-01 12:30 AM", "2026-01-01T00:30:00.000Z");
    check("%Y-%m-%d %I:%M %p", "2026-01-01 12:30 pm", "2026-01-01T12:30:00.000Z");
    check("yyyy-MM-dd KK:mm a", "2026-01-01 00:30 PM", "2026-01-01T12:30:00.000Z");
    check("yyyy-MM-dd kk:mm", "2026-01-01 24:30", "2026-01-01T00:30:00.000Z");
    check("%Y-%m-%d %I:%M %p", "2026-01-01 13:30 PM", "");
}

#[test]
fn counts_since_1970_are_told_apart_by_their_digits() {
    check("UNIX", "1478207457.456789012", "2016-11-03T21:10:57.456789012Z");
    check("UNIX", "-1.5", "1969-12-31T23:59:58.500Z");
    check("UNIX", "1000000000123", "");
    check("UNIX_MS", "1000000000123", "2001-09-09T01:46:40.123Z");
    check("UNIX_MS", "1000000000123456", "");
    check("UNIX_US", "1000000000123456", "2001-09-09T01:46:40.123456Z");
    check("UNIX_NS", "1000000000123456789", "2001-09-09T01:46:40.123456789Z");
    check("UNIX_MS", "1000000000123.5", "");
    check("UNIX", "", "");
    check("%s", "1000000000", "2001-09-09T01:46:40.000Z");
}

#[test]
fn counts_before_1970_are_read_in_every_unit() {
    for (format, text) in [
        ("UNIX", "-1.5"),
        ("UNIX_MS", "-1500"),
        ("UNIX_US", "-1500000"),
        ("UNIX_NS", "-1500000000"),
    ] {
        check(format, text, "1969-12-31T23:59:58.500Z");
    }
}

#[test]
fn tai64n_labels_are_read() {
    check("TAI64N", "@4000000050d506482dbdf024", "2012-12-22T01:00:46.767422500Z");
    check("TAI64N", "@4000000050d506482dbdf02", "");
}

#[test]
fn a_missing_year_is_the_last_likely_one() {
    check_year("Dec 31 23:59:59", "2027-01-01T00:00:10Z", "2026-12-31T23:59:59.000Z");
    check_year("Jan  1 00:00:05", "2026-12-31T23:59:50Z", "2027-01-01T00:00:05.000Z");
    check_year("Aug  1 00:00:00", "2026-12-31T23:59:50Z", "2026-08-01T00:00:00.000Z");
    check_year("Aug  1 00:00:00", "2026-03-01T00:00:00Z", "2025-08-01T00:00:00.000Z");
    check_year("Feb 29 12:00:00", "2027-03-01T00:00:00Z", "2024-02-29T12:00:00.000Z");
    check_year("Feb 30 12:00:00", "2027-03-01T00:00:00Z", "");
}

#[test]
fn a_time_alone_is_of_the_day_it_was_read_in_its_zone() {
    let time = read("%H:%M", "00:10", "+02:00", "2026-11-23T22:15:00Z");
    assert_eq!(time.unwrap(), "2026-11-23T22:10:00.000Z");
}

#[test]
fn impossible_days_and_times_are_refused() {
    for text in [
        "2026-02-29 00:00:00",
        "2026-00-10 00:00:00",
        "2026-01-32 00:00:00",
        "2026-01-01 24:00:00",
        "2026-01-01 00:60:00",
        "2026-01-01 00:00:61",
    ] {
        check("%Y-%m-%d %H:%M:%S", text, "");
    }
    check("%Y-%m-%d %H:%M:%S", "2026-12-31 23:59:60", "2027-01-01T00:00:00.000Z");
}

#[test]
fn mistakes_in_a_format_are_pointed_at() {
    for (format, title) in [
        ("%Q-%m", "a date has no part `%Q`"),
        ("yyyy-MM-ddTHH", "a date has no part `T`"),
        ("yyyy 'oops", "a quote in this format is not closed"),
        ("---", "the format has no part of a date"),
        ("", "the format has no part of a date"),
        ("unix", "a date has no part `i`"),
        ("%", "a date has no part `%`"),
    ] {
        let complaint = DateFormat::try_from(format.to_owned()).unwrap_err();
        assert_eq!(complaint.title(), title, "{format}");
    }
}

#[test]
fn no_text_makes_a_format_panic() {
    let formats =
        ["%d/%b/%Y:%H:%M:%S %z", "ISO8601", "UNIX", "TAI64N", "EEE MMM dd HH:mm:ss.SSS z"];
    let text = "10/Oct/2000:13:55:36 -0700";
    for format in formats {
        for end in 0..=text.len() {
            read(format, &text[..end], "UTC", "2026-11-23T10:00:00Z");
            read(format, &text[end..], "UTC", "2026-11-23T10:00:00Z");
        }
        for byte in 0..=u8::MAX {
            let odd = [byte, byte, byte, byte];
            read(format, &String::from_utf8_lossy(&odd), "UTC", "2026-11-23T10:00:00Z");
        }
    }
}
