//! Real log writers and a real OpenSearch, with weir between them.

use libtest_mimic::Trial;

pub(crate) fn trials() -> Vec<Trial> {
    Vec::new()
}
