//! Keeps what variables hold out of sentences.
//!
//! A drawing shows the file's own text, where `${PASSWORD}` is only a name. But the sentences of
//! a diagnostic may quote the value a component saw, and that one is taken out here.

use std::borrow::Cow;

use crate::diagnostic::Diagnostic;
use crate::expand::Surroundings;
use crate::node::{Node, Value};

/// A value this short is also part of ordinary words, so it is hidden only where it is quoted.
const DISTINCT_BYTES_MIN: usize = 4;

/// Rewrites a sentence about an expanded text.
///
/// `written` is the text as the file has it, `expanded` what became of it. Sentences quote the
/// user's words in backticks, so every quoted piece that comes from the expansion goes too.
pub(crate) fn conceal(sentence: &str, written: &str, expanded: &str) -> String {
    if expanded.is_empty() {
        return sentence.to_owned();
    }
    let pieces = sentence.split('`').enumerate().map(|(index, piece)| {
        let is_quoted = index % 2 == 1;
        if is_quoted && piece == expanded {
            Cow::Borrowed(written)
        } else if is_quoted && expanded.contains(piece) && !written.contains(piece) {
            Cow::Borrowed("…")
        } else {
            conceal_whole(piece, written, expanded)
        }
    });
    let pieces: Vec<Cow<'_, str>> = pieces.collect();
    pieces.join("`")
}

fn conceal_whole<'s>(sentence: &'s str, written: &str, expanded: &str) -> Cow<'s, str> {
    if expanded.len() >= DISTINCT_BYTES_MIN && sentence.contains(expanded) {
        Cow::Owned(sentence.replace(expanded, written))
    } else {
        Cow::Borrowed(sentence)
    }
}

/// Rewrites a sentence that may or may not be about an expanded text: only where all of it is
/// quoted, or is so long that it is no coincidence.
fn conceal_quoted(sentence: &str, written: &str, expanded: &str) -> String {
    if expanded.len() < DISTINCT_BYTES_MIN {
        return sentence.to_owned();
    }
    let quoted = sentence.replace(&format!("`{expanded}`"), &format!("`{written}`"));
    if expanded.len() >= 2 * DISTINCT_BYTES_MIN {
        return conceal_whole(&quoted, written, expanded).into_owned();
    }
    quoted
}

/// Rewrites a diagnostic about values below `node`: thoroughly for texts it points at, and for
/// all others where they are quoted in full.
pub(crate) fn variables(
    mut diagnostic: Diagnostic,
    node: &Node,
    surroundings: &Surroundings,
) -> Diagnostic {
    for child in node.children() {
        diagnostic = variables(diagnostic, child, surroundings);
    }
    let Value::Text { text: written, .. } = &node.value else { return diagnostic };
    let Ok(Cow::Owned(expanded)) = surroundings.expand(written) else { return diagnostic };
    let is_meant = diagnostic
        .labels()
        .iter()
        .any(|label| label.span.start < node.span.end && node.span.start < label.span.end);
    diagnostic.map_texts(|sentence| {
        if is_meant {
            conceal(sentence, written, &expanded)
        } else {
            conceal_quoted(sentence, written, &expanded)
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_do_not_show_what_a_variable_holds() {
        let hidden = |sentence| conceal(sentence, "${URL}", "http//root:hunter2@db");
        assert_eq!(hidden("`http//root:hunter2@db` is no URL"), "`${URL}` is no URL");
        assert_eq!(hidden("bad: http//root:hunter2@db"), "bad: ${URL}");
        assert_eq!(hidden("the host `root:hunter2@db` is odd"), "the host `…` is odd");
    }

    #[test]
    fn our_own_words_stay() {
        assert_eq!(conceal("write `512 KiB`", "${N}", "5"), "write `512 KiB`");
        assert_eq!(conceal("`5` is odd", "${N}", "5"), "`${N}` is odd");
        assert_eq!(conceal("`` is empty", "${N}", ""), "`` is empty");
        assert_eq!(conceal_quoted("use http for `http`", "${N}", "http"), "use http for `${N}`");
        assert_eq!(conceal_quoted("a `tcp` port", "${N}", "tcp"), "a `tcp` port");
    }
}
