//! `modsecurity`: audit records, whole ones and those that were cut. It removes what it has read, unless
//! told to leave it: then the text can be checked.

#![no_main]

use weir_fuzz::{Fate, Texts, bed};

bed!(Texts::Whole, Fate::MayShrink, &["type = 'modsecurity'\nremove-source = false"]);
