//! Finds all mistakes of one table, although serde stops at the first.
//!
//! After a mistake the bad value is left out and the table is read again, until it reads well,
//! or only complaints about what was left out remain.

use crate::diagnostic::Diagnostics;
use crate::fault::{Fault, What};
use crate::read::Session;
use crate::report;
use crate::settings::SettingRow;
use crate::suggest::did_you_mean;
use crate::table::Table;

/// More mistakes in one table are not collected, because each costs another reading.
pub(crate) const MISTAKES_MAX: usize = 50;

/// Reads until nothing new is found. `rows` describes the settings, if they are known.
pub(crate) fn collect<T>(
    table: &Table<'_>,
    attempt: impl Fn(&Session<'_>) -> Result<T, Fault>,
    rows: impl Fn() -> Vec<SettingRow>,
) -> Result<T, Diagnostics> {
    let mut session = table.session();
    let mut mistakes = Diagnostics::new();
    let mut meant: Vec<String> = Vec::new();
    let mut described: Option<Vec<SettingRow>> = None;
    loop {
        let fault = match attempt(&session) {
            Ok(value) => return mistakes.or_ok(value),
            Err(fault) => fault,
        };
        let rows = described.get_or_insert_with(&rows);
        let is_about_table = fault.culprit() == Some(table.id());
        if let (What::Missing { setting }, true) = (fault.what(), is_about_table) {
            let certain = (!fault.is_echo()).then_some(*setting);
            let mut missing = missing_settings(table, certain, rows, &session);
            missing.retain(|row| !meant.contains(&row.name));
            if !missing.is_empty() {
                mistakes.push(table.locate(report::missing(table, &missing)));
            }
            return Err(mistakes);
        }
        let is_new = fault.culprit().is_some_and(|culprit| session.left_out.insert(culprit));
        if is_new && !fault.is_echo() {
            if let (What::UnknownSetting { known }, [key]) = (fault.what(), &*fault.keys()) {
                meant.extend(did_you_mean(key, known).map(str::to_owned));
            }
            mistakes.push(table.locate(report::report(table, &fault, rows)));
        }
        if !is_new || is_about_table || mistakes.len() >= MISTAKES_MAX {
            return Err(mistakes);
        }
    }
}

/// The required settings that are not set: all of them, where the schema can be trusted.
///
/// `certain` is the one serde missed; without one, serde only missed a value we left out. A key
/// that was read but is not in the schema is an old name (serde's `alias`) of some setting, and
/// then the schema can't say which of the others is missing.
fn missing_settings(
    table: &Table<'_>,
    certain: Option<&'static str>,
    rows: &[SettingRow],
    session: &Session<'_>,
) -> Vec<SettingRow> {
    let has_old_names = table.rest().any(|entry| {
        let is_described = rows.iter().any(|row| row.name == entry.key);
        !is_described && !session.left_out.contains(&entry.node.id)
    });
    let is_missing = |row: &&SettingRow| {
        certain == Some(row.name.as_str())
            || (row.required && !has_old_names && !row.name.contains('.') && !table.has(&row.name))
    };
    let mut missing: Vec<SettingRow> = rows.iter().filter(is_missing).cloned().collect();
    if let Some(name) = certain.filter(|name| missing.iter().all(|row| row.name != *name)) {
        missing.push(SettingRow::named(name));
    }
    missing
}
