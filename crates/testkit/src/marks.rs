//! Measurements of the built program that have a mark to keep: memory, idle cost, delay, start.
//!
//! `cargo xtask marks` takes them in their long form on a release build; tests take short forms of
//! some of them. Everything happens in a folder that the caller gives and on loopback. Each
//! measurement checks that what it measured was done: an event that never arrived has no delay.

mod files;
mod memory;
mod quickness;
mod running;
mod soak;

use std::fmt;

pub use files::{appended_files, idle_files};
pub use memory::dead_output;
pub use quickness::{check, delay, known_files, size, version};
pub use soak::soak;

/// What was measured, and how much it may be.
#[derive(Clone, Debug, PartialEq)]
pub struct Figure {
    /// What it is, as a person would say it.
    pub name: String,
    /// What was measured.
    pub value: f64,
    /// What it may be at most.
    pub mark: f64,
    /// Of both.
    pub unit: &'static str,
    /// How it was measured, and what was seen beside it.
    pub how: String,
}

impl Figure {
    /// Whether it is as good as it should be.
    #[must_use]
    pub fn is_met(&self) -> bool {
        self.value <= self.mark
    }
}

impl fmt::Display for Figure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, value, mark, unit, how } = self;
        let met = if self.is_met() { "met" } else { "NOT MET" };
        write!(f, "{name}: {value:.2} {unit}, mark {mark} {unit}, {met} ({how})")
    }
}

/// Bytes as MB of a million.
#[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
fn mb(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}

/// The middle one; 0 of none.
fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.get(sorted.len() / 2).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_figure_says_whether_its_mark_is_met() {
        let figure = Figure {
            name: "delay".into(),
            value: 260.0,
            mark: 250.0,
            unit: "ms",
            how: "of 10 lines".into(),
        };
        assert_eq!(figure.to_string(), "delay: 260.00 ms, mark 250 ms, NOT MET (of 10 lines)");
        assert!(Figure { value: 250.0, ..figure }.is_met());
    }

    #[test]
    fn the_median_does_not_mind_an_outlier() {
        assert!((median(&[9.0, 1.0, 2.0]) - 2.0).abs() < f64::EPSILON);
        assert!(median(&[]).abs() < f64::EPSILON);
    }
}
