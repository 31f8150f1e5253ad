//! `csv`: quotes, separators of several bytes, conversions, names out of a header.

#![no_main]

use weir_fuzz::{Fate, Texts, bed};

bed!(
    Texts::Whole,
    Fate::Stays,
    &[
        "type = 'csv'\ntarget = 'x'\ncolumns = ['a', 'b']",
        "type = 'csv'\ntarget = 'x'\ncolumns = ['a', 'b']\nconvert = { 'a' = 'date', 'b' = 'integer' }",
        "type = 'csv'\ntarget = 'x'\nseparator = '=b'\nquote-char = \"'\"\ntrim-leading-space = true",
        "type = 'csv'\nseparator = \"\\t\"",
        "type = 'csv'\ntarget = 'x'\nautodetect-column-names = true",
    ],
);
