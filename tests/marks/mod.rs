//! Short forms of what `cargo xtask marks` measures, with room for a debug build on a busy
//! machine: what fails here is wrong by far.

use std::path::Path;
use std::time::Duration;

use anyhow::{Result, ensure};
use libtest_mimic::Trial;
use weir_testkit::marks::{self, Figure};

use crate::kit::{Folder, Weir, trial};

pub(crate) fn trials() -> Vec<Trial> {
    let trial = |name: &str, test: fn() -> Result<()>| trial(&format!("marks::{name}"), test);
    vec![
        trial("memory_stays_small_while_an_output_is_dead", || {
            hold(1.0, |weir, folder| marks::dead_output(weir, folder, 100_000_000))
        }),
        trial("a_thousand_idle_files_cost_next_to_nothing", || {
            hold(5.0, |weir, folder| marks::idle_files(weir, folder, 1_000, Duration::from_secs(5)))
        }),
        trial("a_hundred_files_that_grow_cost_little", || {
            hold(3.0, |weir, folder| marks::appended_files(weir, folder, 100, 5))
        }),
        trial("a_line_is_delivered_in_a_moment", || {
            hold(4.0, |weir, folder| marks::delay(weir, folder, 200, 5))
        }),
        trial("the_start_does_not_mind_many_known_files", || {
            hold(10.0, |weir, folder| marks::known_files(weir, folder, 50_000))
        }),
        trial("memory_and_descriptors_stand_still_under_rotation_and_faults", || {
            hold(4.0, |weir, folder| marks::soak(weir, folder, Duration::from_secs(20)))
        }),
    ]
}

/// Measures, and lets each figure have so many times what its mark allows.
fn hold(times: f64, measure: impl FnOnce(&Path, &Path) -> Result<Vec<Figure>>) -> Result<()> {
    let folder = Folder::new()?;
    for figure in measure(Weir::program(), folder.root())? {
        let allowed = Figure { mark: figure.mark * times, ..figure };
        ensure!(allowed.is_met(), "{allowed}");
    }
    Ok(())
}
