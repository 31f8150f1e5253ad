//! Counts the results of many test programs.

/// How many tests passed and failed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Tally {
    pub(super) passed: usize,
    pub(super) failed: usize,
}

impl Tally {
    /// Adds a program's closing line, such as `test result: ok. 3 passed; 0 failed; …`; any other
    /// line adds nothing.
    pub(super) fn read(&mut self, line: &str) {
        let Some(results) = line.trim().strip_prefix("test result: ") else { return };
        let count = |noun: &str| -> Option<usize> {
            results.split(noun).next()?.trim_end().rsplit(' ').next()?.parse().ok()
        };
        self.passed += count("passed;").unwrap_or(0);
        self.failed += count("failed;").unwrap_or(0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_results_of_several_programs_are_added() {
        let mut tally = Tally::default();
        for line in [
            "running 4 tests",
            "test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out",
            "test says: test result: ok. 99 passed; 99 failed;",
            "test result: FAILED. 40 passed; 2 failed; 0 ignored; finished in 0.1s",
        ] {
            tally.read(line);
        }
        assert_eq!(tally, Tally { passed: 43, failed: 2 });
    }
}
