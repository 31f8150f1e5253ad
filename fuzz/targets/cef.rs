//! `cef` and `leef`: escapes, header, extensions.

#![no_main]

use weir_fuzz::{Fate, Texts, bed};

bed!(
    Texts::Lines,
    Fate::Stays,
    &[
        "type = 'cef'\ntarget = 'x'",
        "type = 'cef'\ntarget = 'x'\ntranslate-custom-fields = true",
        "type = 'leef'",
    ],
);
