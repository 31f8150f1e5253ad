//! What settings change about names and values: characters taken away, upper and lower case.

use schemars::JsonSchema;
use serde::Deserialize;
use weir_event::Span;

use crate::char_set::CharSet;
use crate::found::Harvest;

/// A change of case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, serde::Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Case {
    /// All letters lower.
    Lowercase,
    /// All letters upper.
    Uppercase,
    /// The first letter upper, all others lower.
    Capitalize,
}

impl Case {
    fn apply(self, text: &str) -> String {
        match self {
            Self::Lowercase => text.to_lowercase(),
            Self::Uppercase => text.to_uppercase(),
            Self::Capitalize => {
                let mut rest = text.chars();
                let first = rest.next().into_iter().flat_map(char::to_uppercase);
                first.chain(rest.as_str().to_lowercase().chars()).collect()
            }
        }
    }
}

/// What is changed, in this order.
#[derive(Debug)]
pub(super) struct Edit {
    pub(super) trim: Option<CharSet>,
    pub(super) remove: Option<CharSet>,
    pub(super) case: Option<Case>,
}

impl Edit {
    /// The changed text of `span`, which is `text`. New text is kept for the event.
    #[inline]
    pub(super) fn apply(&self, text: &[u8], span: Span, harvest: &mut Harvest) -> Span {
        if self.remove.is_some() || self.case.is_some() {
            return harvest.keep_with(|out| self.write(text, out));
        }
        match &self.trim {
            Some(set) => {
                let (start, end) = set.trim(text);
                span.slice(start, end)
            }
            None => span,
        }
    }

    /// The changed name.
    pub(super) fn name(&self, name: &[u8]) -> String {
        let mut out = Vec::new();
        self.write(name, &mut out);
        String::from_utf8_lossy(&out).into_owned()
    }

    /// Appends the changed text.
    pub(super) fn write(&self, text: &[u8], out: &mut Vec<u8>) {
        let (left, right) = self.trim.as_ref().map_or((0, text.len()), |set| set.trim(text));
        let text = &text[left..right];
        let start = out.len();
        match &self.remove {
            Some(set) => set.remove(text, out),
            None => out.extend_from_slice(text),
        }
        if let Some(case) = self.case {
            let changed = case.apply(&String::from_utf8_lossy(&out[start..]));
            out.truncate(start);
            out.extend_from_slice(changed.as_bytes());
        }
    }
}
