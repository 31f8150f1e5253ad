//! One trial for each law of the product, named after it.

mod delivery;
mod limits;
mod steadiness;

use anyhow::Result;
use libtest_mimic::Trial;

use crate::kit::trial;

pub(crate) fn trials() -> Vec<Trial> {
    let law = |name: &str, test: fn() -> Result<()>| trial(&format!("laws::{name}"), test);
    vec![
        law("nothing_is_lost", delivery::nothing_is_lost),
        law("order_holds", delivery::order_holds),
        law("memory_is_bounded", limits::memory_is_bounded),
        law("no_one_is_trusted_for_size", limits::no_one_is_trusted_for_size),
        law("stopping_is_finite", steadiness::stopping_is_finite),
        law("reload_is_all_or_nothing", steadiness::reload_is_all_or_nothing),
        law("a_filter_cannot_stop_the_pipeline", steadiness::a_filter_cannot_stop_the_pipeline),
    ]
}
