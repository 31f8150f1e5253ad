//! Numbered lines, and which of them were seen.

use std::fmt::Write as _;
use std::ops::Range;

use anyhow::{Result, ensure};

/// Lines that carry a number, `line 7 ` and some filling.
pub(crate) struct Numbered;

impl Numbered {
    /// The number stands behind this.
    pub(crate) const MARKER: &'static str = "line ";

    /// The lines of these numbers, with so many bytes of filling in each.
    pub(crate) fn text(numbers: Range<usize>, filling: usize) -> String {
        let filling = ".".repeat(filling);
        let mut text = String::new();
        for n in numbers {
            writeln!(text, "{}{n} {filling}", Self::MARKER).expect("writing to memory");
        }
        text
    }

    /// The number of a line.
    pub(crate) fn of(line: &str) -> Option<usize> {
        let (_, behind) = line.split_once(Self::MARKER)?;
        behind.split(' ').next()?.parse().ok()
    }
}

/// How often each number was seen.
#[derive(Default)]
pub(crate) struct Seen {
    times: Vec<u32>,
}

impl Seen {
    /// The numbers of these lines.
    pub(crate) fn of<'a>(lines: impl IntoIterator<Item = &'a str>) -> Result<Self> {
        let mut seen = Self::default();
        for line in lines {
            let number = Numbered::of(line);
            ensure!(number.is_some(), "`{line}` was never written");
            seen.add(number.unwrap_or_default());
        }
        Ok(seen)
    }

    pub(crate) fn add(&mut self, number: usize) {
        if self.times.len() <= number {
            self.times.resize(number + 1, 0);
        }
        self.times[number] += 1;
    }

    pub(crate) fn distinct(&self) -> usize {
        self.times.iter().filter(|times| **times > 0).count()
    }

    /// Holds when exactly the numbers below `count` were seen, each at least once.
    pub(crate) fn all_of(&self, count: usize) -> Result<()> {
        let missing: Vec<usize> =
            (0..count).filter(|n| self.times.get(*n).is_none_or(|times| *times == 0)).collect();
        ensure!(
            missing.is_empty(),
            "{} of {count} lines are missing, such as {:?}",
            missing.len(),
            &missing[..missing.len().min(10)]
        );
        ensure!(self.times.len() == count, "line {} was never written", self.times.len() - 1);
        Ok(())
    }

    /// Holds when exactly the numbers below `count` were seen, each once.
    pub(crate) fn once_each(&self, count: usize) -> Result<()> {
        self.all_of(count)?;
        let twice = self.times.iter().filter(|times| **times > 1).count();
        ensure!(twice == 0, "{twice} of {count} lines came more than once");
        Ok(())
    }
}
