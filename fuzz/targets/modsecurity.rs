//! `modsecurity`: audit records, whole ones and those that were cut.

#![no_main]

use weir_fuzz::{Fate, Texts, bed};

bed!(Texts::Whole, Fate::MayShrink, &["type = 'modsecurity'"]);
