//! End to end: the built binary against real files and servers.
//!
//! `e2e` needs nothing but the machine, `laws` has one trial for each promise of the product,
//! `marks` holds memory, idle cost and delay, and `live` needs real servers: without them its trials
//! are ignored with the reason, or fail on CI.
//! It has its own `main`, because std's harness cannot ignore a test at run time.

mod e2e;
mod kit;
mod laws;
mod live;
mod marks;

use libtest_mimic::Arguments;

fn main() {
    let mut trials = e2e::trials();
    trials.extend(laws::trials());
    trials.extend(marks::trials());
    trials.extend(live::trials());
    libtest_mimic::run(&Arguments::from_args(), trials).exit();
}
