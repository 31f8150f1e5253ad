//! `xml`: trees, paths into them, name spaces.

#![no_main]

use weir_fuzz::{Fate, Texts, bed};

bed!(
    Texts::Whole,
    Fate::Stays,
    &[
        "type = 'xml'\ntarget = 'x'",
        "type = 'xml'\ntarget = 'x'\nsuppress-empty = false\nforce-array = false",
        "type = 'xml'\nremove-namespaces = true\nforce-array = false\nxpath = { 'x.a' = '//a//text()', 'x.b' = '//*[@b]', 'x.c' = 'a/a[last()]' }",
    ],
);
