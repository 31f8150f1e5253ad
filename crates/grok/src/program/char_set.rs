//! A set of characters made for scanning bytes.

use regex_syntax::hir::ClassUnicode;

use crate::boundary::char_at;
use crate::newline::Newlines;
use crate::program::UNLIMITED;

#[derive(Debug, Clone)]
pub(crate) struct CharSet {
    /// For a byte below 0x80 membership; for others whether a member can begin with it.
    table: [bool; 256],
    wide: Wide,
    scan: Scan,
    ranges: Box<[(char, char)]>,
}

/// Which characters beyond ASCII are members.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wide {
    None,
    All,
    Some,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Scan {
    Table,
    /// `.`
    NotNewline,
    /// `.` that matches newlines too.
    Everything,
}

impl CharSet {
    pub(crate) fn new(class: &ClassUnicode) -> Self {
        let ranges: Box<[(char, char)]> =
            class.ranges().iter().map(|range| (range.start(), range.end())).collect();
        let has = |c: char| ranges.iter().any(|(low, high)| (*low..=*high).contains(&c));
        let mut table = [false; 256];
        for byte in 0..0x80_u8 {
            table[usize::from(byte)] = has(char::from(byte));
        }
        let mut beyond = crate::class::range('\u{80}', char::MAX);
        beyond.intersect(class);
        let wide = match beyond.ranges() {
            [] => Wide::None,
            [only] if only.start() == '\u{80}' && only.end() == char::MAX => Wide::All,
            _ => Wide::Some,
        };
        table[0x80..].fill(wide != Wide::None);
        let absent = || (0..0x80_u8).filter(|byte| !table[usize::from(*byte)]);
        let scan = match wide {
            Wide::All if absent().count() == 0 => Scan::Everything,
            Wide::All if absent().eq([b'\n']) => Scan::NotNewline,
            _ => Scan::Table,
        };
        Self { table, wide, scan, ranges }
    }

    /// Bytes that members can begin with.
    pub(crate) fn table(&self) -> &[bool; 256] {
        &self.table
    }

    /// Whether every member is one of `\w`.
    pub(crate) fn is_word(&self) -> bool {
        self.wide == Wide::None
            && (0..0x80_u8).all(|byte| {
                !self.table[usize::from(byte)] || byte.is_ascii_alphanumeric() || byte == b'_'
            })
    }

    /// Whether every member is ASCII.
    pub(crate) fn is_ascii(&self) -> bool {
        self.wide == Wide::None
    }

    /// Whether the first byte of a character tells if it is a member.
    pub(crate) fn is_decided_by_byte(&self) -> bool {
        self.wide != Wide::Some
    }

    /// The end of the longest run of members from `from`, for a set that is decided by the byte.
    #[inline]
    pub(crate) fn whole_run(&self, line: &[u8], from: usize, newlines: &mut Newlines) -> usize {
        match self.scan {
            Scan::Table => from + self.members(&line[from..]),
            Scan::NotNewline => newlines.next(line, from),
            Scan::Everything => line.len(),
        }
    }

    /// How many bytes from the start are members; four at a time.
    #[inline]
    fn members(&self, text: &[u8]) -> usize {
        let is_member = |byte: &u8| self.table[usize::from(*byte)];
        let mut count = 0;
        for four in text.chunks_exact(4) {
            let [first, second, third, fourth] = four else { break };
            let pairs =
                [is_member(first) & is_member(second), is_member(third) & is_member(fourth)];
            if pairs != [true, true] {
                break;
            }
            count += 4;
        }
        count + text[count..].iter().take_while(|byte| is_member(byte)).count()
    }

    /// The end of the member at `at`.
    #[inline]
    pub(crate) fn step(&self, line: &[u8], at: usize) -> Option<usize> {
        let byte = *line.get(at)?;
        if !self.table[usize::from(byte)] {
            None
        } else if byte < 0x80 {
            Some(at + 1)
        } else {
            self.step_wide(line, at)
        }
    }

    #[cold]
    fn step_wide(&self, line: &[u8], at: usize) -> Option<usize> {
        let (c, next) = char_at(line, at);
        let member = self.wide == Wide::All
            || self
                .ranges
                .binary_search_by(|(low, high)| {
                    if *high < c {
                        std::cmp::Ordering::Less
                    } else if *low > c {
                        std::cmp::Ordering::Greater
                    } else {
                        std::cmp::Ordering::Equal
                    }
                })
                .is_ok();
        member.then_some(next)
    }

    /// The end of the longest run of at most `max` members from `from`, if it has `wanted`.
    #[inline]
    pub(crate) fn run(
        &self,
        line: &[u8],
        from: usize,
        wanted: u32,
        max: u32,
        newlines: &mut Newlines,
    ) -> Option<usize> {
        if wanted > 1 || max != UNLIMITED || self.wide == Wide::Some {
            return self.counted_run(line, from, wanted, max);
        }
        let end = self.whole_run(line, from, newlines);
        (wanted == 0 || end > from).then_some(end)
    }

    fn counted_run(&self, line: &[u8], from: usize, min: u32, max: u32) -> Option<usize> {
        let mut at = from;
        let mut count = 0;
        while count < max {
            match self.step(line, at) {
                Some(next) => at = next,
                None => break,
            }
            count += 1;
        }
        (count >= min).then_some(at)
    }

    /// Where `count` members from `from` end.
    #[inline]
    pub(crate) fn exactly(&self, line: &[u8], from: usize, count: u32) -> Option<usize> {
        let mut at = from;
        for _ in 0..count {
            at = self.step(line, at)?;
        }
        Some(at)
    }
}
