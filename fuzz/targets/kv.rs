//! `kv` and `logfmt`: quotes, brackets, repetition, patterns as separators.

#![no_main]

use weir_fuzz::{Fate, Texts, bed};

bed!(
    Texts::Lines,
    Fate::Stays,
    &[
        "type = 'kv'\ntarget = 'x'",
        "type = 'kv'\ntarget = 'x'\nwhitespace = 'strict'\nallow-empty-values = true",
        "type = 'kv'\ntarget = 'x'\nrecursive = true\nallow-duplicate-values = false",
        "type = 'kv'\ntarget = 'x'\nfield-split-pattern = '&+|\\s'\nvalue-split-pattern = '=>?'",
        "type = 'kv'\ntarget = 'x'\nfield-split = ' é'\ntrim-key = '<é>'\nremove-char-value = 'é'\ntransform-key = 'capitalize'\ntransform-value = 'uppercase'",
        "type = 'logfmt'\ntarget = 'x'",
        "type = 'logfmt'\ntarget = 'x'\nfield-split = ','\nvalue-split = '=>'",
    ],
);
