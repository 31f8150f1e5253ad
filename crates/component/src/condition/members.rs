//! A written list, prepared for the question whether a value is in it.

use super::evaluated::Evaluated;
use super::node::Literal;
use super::number::Number;

/// The values of a list, sorted by kind: looking one up takes a few comparisons, however long the
/// list is.
#[derive(Clone, Debug, Default)]
pub(super) struct Members {
    null: bool,
    yes: bool,
    no: bool,
    texts: Box<[Box<[u8]>]>,
    /// The written numbers.
    numbers: Box<[Number]>,
    /// The numbers that the texts write: what a number is compared with, besides `numbers`.
    text_numbers: Box<[Number]>,
}

impl Members {
    pub(super) fn new(members: impl IntoIterator<Item = Literal>) -> Self {
        let mut found = Self::default();
        let (mut texts, mut numbers) = (Vec::new(), Vec::new());
        for member in members {
            match member {
                Literal::Null => found.null = true,
                Literal::Bool(true) => found.yes = true,
                Literal::Bool(false) => found.no = true,
                Literal::Number(number) => numbers.push(number),
                Literal::Text(text) => texts.push(text),
            }
        }
        texts.sort_unstable();
        texts.dedup();
        found.text_numbers = sorted(texts.iter().filter_map(|text| Number::parse(text)).collect());
        found.texts = texts.into_boxed_slice();
        found.numbers = sorted(numbers);
        found
    }

    /// Whether one of them equals `value`, by the rules of `==`.
    pub(super) fn contain(&self, value: &Evaluated<'_>) -> bool {
        match value {
            Evaluated::Null => self.null,
            Evaluated::Bool(true) => self.yes || self.has_text(b"true"),
            Evaluated::Bool(false) => self.no || self.has_text(b"false"),
            Evaluated::Text(text) => {
                self.has_text(text)
                    || (self.yes && **text == *b"true")
                    || (self.no && **text == *b"false")
                    || (!self.numbers.is_empty()
                        && Number::parse(text).is_some_and(|it| has(&self.numbers, it)))
            }
            other => other
                .number()
                .is_some_and(|it| has(&self.numbers, it) || has(&self.text_numbers, it)),
        }
    }

    fn has_text(&self, text: &[u8]) -> bool {
        self.texts.binary_search_by(|member| (**member).cmp(text)).is_ok()
    }
}

fn sorted(mut numbers: Vec<Number>) -> Box<[Number]> {
    numbers.sort_unstable_by(|a, b| a.order(*b));
    numbers.into_boxed_slice()
}

fn has(numbers: &[Number], wanted: Number) -> bool {
    numbers.binary_search_by(|number| number.order(wanted)).is_ok()
}
