//! The sentences of diagnostics about settings.

use crate::at::Span;
use crate::diagnostic::Diagnostic;
use crate::fault::{Fault, What};
use crate::settings::SettingRow;
use crate::suggest::{did_you_mean, in_words, our_word_for};
use crate::table::Table;

/// A help line lists this many settings; the manual page has all.
const LISTED_MAX: usize = 12;

/// What went wrong with a value or a key.
pub(crate) fn report(table: &Table<'_>, fault: &Fault, rows: &[SettingRow]) -> Diagnostic {
    let keys = fault.keys();
    let path = keys.join(".");
    match fault.what() {
        What::Complaint(complaint) => {
            let label = complaint.label_text().unwrap_or_default();
            let diagnostic = Diagnostic::error(complaint.title()).at(fault.span(), label);
            match complaint.help_text() {
                Some(help) => diagnostic.help(help),
                None => diagnostic,
            }
        }
        What::WrongKind { given, expected } => {
            let title = match (path.as_str(), fault.in_list()) {
                ("", _) => format!("this is {given}"),
                (path, true) => format!("an entry of `{path}` is {given} here"),
                (path, false) => format!("`{path}` is {given} here"),
            };
            Diagnostic::error(title).at(fault.span(), format!("expected {expected}"))
        }
        What::UnknownChoice { given, known } => {
            let title = match path.as_str() {
                "" => format!("`{given}` is not a choice here"),
                path => format!("`{given}` is not a choice for `{path}`"),
            };
            let label = meant(did_you_mean(given, known));
            Diagnostic::error(title).at(fault.span(), label).help(choices(known))
        }
        What::UnknownSetting { known } => {
            let (key, above) = keys.split_last().unwrap_or((&"", &[]));
            let span = fault.span().unwrap_or(table.span());
            let above = above.join(".");
            let current = current_names(rows, &above);
            let known = if current.is_empty() { known } else { current.as_slice() };
            unknown_setting(table, &above, key, span, known)
        }
        What::Missing { setting } => Diagnostic::error(format!("`{path}` needs `{setting}`"))
            .at(fault.span(), format!("`{setting}` is not set")),
    }
}

/// The settings directly below a table, by the schema: unlike serde's list without old names.
fn current_names<'r>(rows: &'r [SettingRow], above: &str) -> Vec<&'r str> {
    let below = |row: &'r SettingRow| match above {
        "" => Some(row.name.as_str()),
        above => row.name.strip_prefix(above)?.strip_prefix('.'),
    };
    rows.iter().filter_map(below).filter(|name| !name.contains('.')).collect()
}

fn choices(known: &[&str]) -> String {
    if known.len() == 1 {
        format!("the only choice is {}", in_words(known, "or"))
    } else {
        format!("choose {}", in_words(known, "or"))
    }
}

fn meant(name: Option<&str>) -> String {
    name.map(|name| format!("did you mean `{name}`?")).unwrap_or_default()
}

/// A key that the table does not have. `above` is the nested table it stands in, if any.
pub(crate) fn unknown_setting(
    table: &Table<'_>,
    above: &str,
    key: &str,
    span: Span,
    known: &[&str],
) -> Diagnostic {
    let is_nested = !above.is_empty();
    let mut all = known.to_vec();
    if !is_nested {
        all.extend(table.offered().filter(|offered| !known.contains(offered)));
    }
    let subject = if is_nested { format!("`{above}`") } else { table.subject() };
    let label = match our_word_for(key, &all).filter(|word| did_you_mean(key, &all) == Some(word)) {
        Some(word) => format!("weir calls this `{word}`"),
        None => meant(did_you_mean(key, &all)),
    };
    let mut diagnostic =
        Diagnostic::error(format!("{subject} has no setting `{key}`")).at(span, label);
    let type_name = table.type_name().map(|name| name.as_str());
    let (place, words) = table.place();
    if !is_nested && type_name.is_some() {
        diagnostic = diagnostic.also(place, words);
    }
    let owner = match type_name {
        Some(name) if !is_nested => format!("`{name}`"),
        _ => subject,
    };
    let takes = match all.as_slice() {
        [] => format!("{owner} takes no settings"),
        [first @ .., _, _] if first.len() >= LISTED_MAX => {
            let quoted = in_words(&first[..LISTED_MAX], ",").replace(" , ", ", ");
            format!("{owner} takes {quoted} and {} more", all.len() - LISTED_MAX)
        }
        all => format!("{owner} takes {}", in_words(all, "and")),
    };
    diagnostic.help(match type_name {
        Some(name) => format!("{takes}; see `weir help {name}`"),
        None => takes,
    })
}

/// Settings that must be set and are not.
pub(crate) fn missing(table: &Table<'_>, rows: &[SettingRow]) -> Diagnostic {
    let names: Vec<&str> = rows.iter().map(|row| row.name.as_str()).collect();
    let (place, words) = table.place();
    let title = format!("{} needs {}", table.subject(), in_words(&names, "and"));
    let mut diagnostic = Diagnostic::error(title).at(place, words);
    for row in rows {
        let line = row.example_line();
        let purpose = row.doc.lines().next().unwrap_or_default().trim_end_matches('.');
        diagnostic = diagnostic.help(if purpose.is_empty() {
            format!("add a line like `{line}`")
        } else {
            format!("add a line like `{line}`: {purpose}")
        });
    }
    diagnostic
}
