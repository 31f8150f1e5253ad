//! `dissect`: padding, appended, referred and skipped pieces.

#![no_main]

use weir_fuzz::{Fate, Texts, bed};

bed!(
    Texts::Lines,
    Fate::MayShrink,
    &[
        "type = 'dissect'\npattern = '%{a} %{b} %{c}'",
        "type = 'dissect'\npattern = '%{x.a->} %{x.b|integer}=%{+x.b}'",
        "type = 'dissect'\npattern = '<%{pri}>%{+time/2} %{+time/1} %{host}: %{message}'",
        "type = 'dissect'\npattern = '%{?key}=%{&key} [%{}] %{rest}'",
    ],
);
