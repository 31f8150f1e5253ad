//! `date`: all families of formats, locales, zones.

#![no_main]

use weir_fuzz::{Fate, Texts, bed};

bed!(
    Texts::Lines,
    Fate::Stays,
    &[
        "type = 'date'\nfield = 'message'\nformats = 'ISO8601'",
        "type = 'date'\nfield = 'message'\nformats = ['UNIX', 'UNIX_MS', 'UNIX_US', 'UNIX_NS', 'TAI64N']\ntarget = 'x'",
        "type = 'date'\nfield = 'message'\nformats = ['MMM d HH:mm:ss', 'ISO8601']\ntimezone = 'Europe/Berlin'",
        "type = 'date'\nfield = 'message'\nformats = ['%d/%b/%Y:%H:%M:%S %z', '%A %e %B %y %I:%M %p']",
        "type = 'date'\nfield = 'message'\nformats = ['2006-01-02T15:04:05.000Z07:00', 'RFC1123', 'd MMMM yy', 'yyyy-MM-dd HH:mm:ss,SSS']\nlocale = 'fr'",
    ],
);
