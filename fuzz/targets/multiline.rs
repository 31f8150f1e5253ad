//! `multiline`: which lines belong together, and the limits of an event.

#![no_main]

use weir_fuzz::{Fate, Texts, bed};

bed!(
    Texts::Lines,
    Fate::Joins,
    &[
        "type = 'multiline'\npreset = ['java', 'python', 'go']",
        "type = 'multiline'\nstart = '^\\d{4}-\\d\\d-\\d\\d '\nmax-lines = 5",
        "type = 'multiline'\npattern = '\\\\$'\nmatch = 'before'",
        "type = 'multiline'\npattern = '^%{TIMESTAMP_ISO8601} '\nnegate = true\nmatch = 'after'\nmax-bytes = '1 KiB'",
        "type = 'multiline'\nstart = '^BEGIN'\nend = '^END$'",
        "type = 'multiline'\nend = ';$'",
        "type = 'multiline'\ncount = 3",
        "type = 'multiline'\npattern = '^ '\nmatch = 'while'",
    ],
);
