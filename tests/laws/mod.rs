//! One trial for each law of the product, named after it.

mod delivery;
mod limits;
mod steadiness;

use libtest_mimic::Trial;

use crate::kit::trial;

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        trial("nothing_is_lost", delivery::nothing_is_lost),
        trial("order_holds", delivery::order_holds),
        trial("memory_is_bounded", limits::memory_is_bounded),
        trial("no_one_is_trusted_for_size", limits::no_one_is_trusted_for_size),
        trial("stopping_is_finite", steadiness::stopping_is_finite),
        trial("reload_is_all_or_nothing", steadiness::reload_is_all_or_nothing),
        trial("a_filter_cannot_stop_the_pipeline", steadiness::a_filter_cannot_stop_the_pipeline),
    ]
}
