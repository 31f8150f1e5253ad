//! The `csv` filter: a row of values between separators.

mod quote;
mod row;

use std::sync::Arc;

use schemars::JsonSchema;
use serde::Deserialize;
use weir_component::spec::{Configure, FilterConfig};
use weir_component::{FieldPath, Filter, FilterError, Keep};
use weir_config::{At, Diagnostic};
use weir_event::{Arena, EventMut, Key, Span, Value};

use self::quote::QuoteChar;
use self::row::{Cell, Format, Malformed, Row};
use crate::convert;
use crate::date::iso;
use crate::found::{FIELDS_MAX, Harvest, Name, Owner, harvest};
use crate::learnt::Learnt;
use crate::pairs::Pairs;
use crate::source;

const FAILURE: &str = "_csvparsefailure";

/// The tag of a row without values; Logstash's.
const EMPTY: &str = "_csvskippedemptyfield";

/// Reads a row of values with separators between them, such as a line of a CSV file.
///
/// A value may stand in quotes; in them separators and line ends mean nothing, and two quotes are
/// one. A value that is empty and has no quotes is null. Columns without a name are called
/// `column1`, `column2` and so on after their place. What follows the row's line end is not looked
/// at.
///
/// Column names are settings, or those of the file: with `autodetect-column-names` they are taken
/// from the file's header, which the `file` input knows with `header-lines` or `header-pattern`. Each
/// file has its own, and keeps it over restarts; the names of an event without a header are those of
/// `columns`, and where there are none the event gets the tag `_csvparsefailure`. Where header lines
/// come as events, `skip-header` drops those that repeat `columns`.
///
/// An event without the field passes unchanged. A row whose quotes are not in order, an empty one
/// or one with more than 10,000 columns earns the event the tag `_csvparsefailure`, and no field of
/// it changes. A value that cannot be converted stays text, and the event gets the tag
/// `_convertfailure`.
///
/// # Example
///
/// ```toml
/// type = "csv"
/// columns = ["time", "user.name", "amount"]
/// convert = { "amount" = "float" }
/// skip-header = true
/// ```
/// ```json
/// {"message": "10:00,\"Smith, Ann\",12.5,extra"}
/// ```
/// becomes
/// ```json
/// {
///   "message": "10:00,\"Smith, Ann\",12.5,extra",
///   "time": "10:00",
///   "user": {"name": "Smith, Ann"},
///   "amount": 12.5,
///   "column4": "extra"
/// }
/// ```
/// The header line
/// ```json
/// {"message": "time,user.name,amount"}
/// ```
/// is dropped. What is no row is tagged:
/// ```json
/// {"message": "10:00,\"Smith, Ann"}
/// ```
/// becomes
/// ```json
/// {
///   "message": "10:00,\"Smith, Ann",
///   "tags": ["_csvparsefailure"],
///   "error": {"message": "csv-1: a quote at byte 6 of `message` is not closed"}
/// }
/// ```
///
/// Names out of each file's first line, in a whole pipeline:
///
/// ```text
/// [[input]]
/// type = "file"
/// paths = ["/srv/export/*.csv"]
/// header-lines = 1
///
/// [[filter]]
/// type = "csv"
/// autodetect-column-names = true
/// convert = { "amount" = "float" }
/// ```
///
/// Other separators, below a field of its own:
///
/// ```toml
/// type = "csv"
/// columns = ["id", "name"]
/// separator = "\t"
/// target = "row"
/// skip-empty-columns = true
/// autogenerate-column-names = false
/// ```
/// ```json
/// {"message": "7\t\tmore"}
/// ```
/// becomes
/// ```json
/// {"message": "7\t\tmore", "row": {"id": "7"}}
/// ```
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[expect(clippy::struct_excessive_bools, reason = "settings that people know from Logstash")]
pub(crate) struct Csv {
    /// The field that holds the row.
    #[serde(default = "FieldPath::message")]
    field: FieldPath,
    /// The field below which the columns go; without it they become fields of the event itself.
    target: Option<FieldPath>,
    /// The names of the columns in order.
    #[serde(default)]
    columns: Vec<At<FieldPath>>,
    /// Whether the names are those of the header of the event's file.
    #[serde(default)]
    autodetect_column_names: bool,
    /// What the header's line with the names begins with, if there are other lines in it; the names
    /// follow. Without it they are the header's last line.
    #[schemars(example = "#fields\t")]
    header_prefix: Option<At<String>>,
    /// What stands between columns; one character or several.
    #[serde(default = "comma")]
    separator: At<String>,
    /// The character around values that hold separators; empty for none.
    #[serde(default)]
    quote_char: QuoteChar,
    /// Whether blanks at the beginning of a value are left away.
    #[serde(default)]
    trim_leading_space: bool,
    /// Whether columns that are empty get no field.
    #[serde(default)]
    skip_empty_columns: bool,
    /// Whether an empty text passes with the tag `_csvskippedemptyfield`.
    #[serde(default)]
    skip_empty_rows: bool,
    /// Whether a row that holds the names of `columns` is dropped.
    #[serde(default)]
    skip_header: bool,
    /// Whether columns without a name become fields.
    #[serde(default = "yes")]
    autogenerate_column_names: bool,
    /// The columns whose values become other than text, each with the type it gets.
    convert: Option<Pairs<At<ColumnKind>>>,
}

/// What a column's text can become.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, serde::Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum ColumnKind {
    /// A whole number.
    #[serde(alias = "int")]
    Integer,
    /// A number with a fraction.
    Float,
    /// True for `true`, false for `false`, in any case.
    #[serde(alias = "bool")]
    Boolean,
    /// The time at which a date begins, in UTC: `2026-11-23`.
    Date,
    /// A time as in ISO 8601; without an offset it is UTC.
    #[serde(alias = "date_time")]
    DateTime,
}

fn comma() -> At<String> {
    At::from(",".to_owned())
}

fn yes() -> bool {
    true
}

impl Configure for Csv {
    const NAME: &'static str = "csv";
}

impl FilterConfig for Csv {
    type Filter = CsvReader;

    fn build(self) -> Result<CsvReader, Diagnostic> {
        if self.separator.is_empty() || self.quote_char.0 == self.separator.bytes().next() {
            return Err(Diagnostic::error("the separator separates nothing")
                .at(&self.separator, "empty, or it begins with the quote")
                .help("write it like `separator = \";\"`"));
        }
        if let Some(prefix) = self.header_prefix.as_ref().filter(|_| !self.autodetect_column_names)
        {
            return Err(Diagnostic::error("`header-prefix` is for names out of a header")
                .at(prefix, "")
                .help("add `autodetect-column-names = true`"));
        }
        let mut columns: Vec<Column> = Vec::new();
        let kinds = self.convert.map(Pairs::into_vec).unwrap_or_default();
        let kind_of = |name: &str| {
            let kind = kinds.iter().find(|(field, _)| field.key().name() == name);
            kind.map(|(_, kind)| **kind)
        };
        for column in &self.columns {
            let name = column.key().name();
            if columns.iter().any(|it| it.name.as_deref() == Some(name.as_bytes())) {
                return Err(Diagnostic::error(format!("the column `{name}` stands there twice"))
                    .at(column, "the same name again")
                    .help("give each column a name of its own"));
            }
            if column.key() == Key::TIME && self.target.is_none() {
                return Err(Diagnostic::error("`@timestamp` takes a time, not a text")
                    .at(column, "")
                    .help("choose another name, and read that field with the filter `date`"));
            }
            columns.push(Column { name: Some(name.as_bytes().into()), kind: kind_of(name) });
        }
        let is_known = |name: &str| {
            let number = name.strip_prefix("column").filter(|_| self.autogenerate_column_names);
            self.autodetect_column_names
                || self.columns.iter().any(|it| it.key().name() == name)
                || number.is_some_and(|it| it.parse::<usize>().is_ok())
        };
        if let Some((field, kind)) = kinds.iter().find(|(it, _)| !is_known(it.key().name())) {
            let title = format!("there is no column `{}` to convert", field.key());
            return Err(Diagnostic::error(title).at(kind, "").help("name it in `columns`"));
        }
        let generated = kinds.iter().map(|(field, kind)| (field.key().name(), **kind));
        Ok(CsvReader {
            owner: Owner::new(),
            field: self.field.key(),
            target: self.target.map(FieldPath::key),
            columns,
            learnt: self.autodetect_column_names.then(Learnt::default),
            header_prefix: self.header_prefix.map(At::into_inner).unwrap_or_default(),
            converted: generated.collect(),
            format: Format {
                separator: self.separator.into_inner().into_bytes(),
                quote: self.quote_char.0,
                trims: self.trim_leading_space,
            },
            skips_empty_columns: self.skip_empty_columns,
            skips_empty_rows: self.skip_empty_rows,
            skips_header: self.skip_header,
            names_columns: self.autogenerate_column_names,
        })
    }
}

/// A column whose name is known, or at least its place.
#[derive(Debug, Default)]
struct Column {
    /// Nothing if it has none of its own.
    name: Option<Box<[u8]>>,
    kind: Option<ColumnKind>,
}

/// Reads rows.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "what the settings say")]
pub(crate) struct CsvReader {
    owner: Owner,
    field: Key,
    target: Option<Key>,
    columns: Vec<Column>,
    /// The columns of headers, if their names count.
    learnt: Option<Learnt<Vec<Column>>>,
    header_prefix: String,
    /// The columns that are converted, whoever names them.
    converted: Vec<(&'static str, ColumnKind)>,
    format: Format,
    skips_empty_columns: bool,
    skips_empty_rows: bool,
    skips_header: bool,
    names_columns: bool,
}

impl Filter for CsvReader {
    fn apply(&self, event: &mut EventMut<'_>) -> Result<Keep, FilterError> {
        let Some(span) = source::text(event, self.field, FAILURE)? else { return Ok(Keep::Yes) };
        let text = event.text_of(span);
        if text.is_empty() {
            return Err(if self.skips_empty_rows {
                FilterError::tagged(EMPTY)
            } else {
                FilterError::because(FAILURE, format!("`{}` is empty", self.field))
            });
        }
        if self.skips_header && self.is_header(text) {
            return Ok(Keep::No);
        }
        let learnt = self.learn(event)?;
        let columns = learnt.as_deref().unwrap_or(&self.columns);
        let mut is_converted = true;
        harvest(&self.owner, b"", event, |event, harvest| {
            is_converted = self.read(columns, event.arena(), span, harvest)?;
            Ok(())
        })?;
        if self.target == Some(self.field) {
            // Text and object of one name cannot both be delivered.
            event.remove(self.field);
        }
        if is_converted { Ok(Keep::Yes) } else { Err(FilterError::tagged(convert::FAILURE)) }
    }

    fn needs_header(&self) -> bool {
        self.learnt.is_some() && self.columns.is_empty()
    }
}

impl CsvReader {
    fn is_header(&self, text: &[u8]) -> bool {
        let mut columns = self.columns.iter();
        let is_same = Row::new(text, &self.format).all(|cell| {
            let name = columns.next().and_then(|it| it.name.as_deref());
            cell.is_ok_and(|cell| name.is_some_and(|name| cell.is(text, name)))
        });
        is_same && columns.next().is_none() && !self.columns.is_empty()
    }

    /// The columns of the header that the event's source has; nothing if there is none and the
    /// settings have names.
    fn learn(&self, event: &EventMut<'_>) -> Result<Option<Arc<Vec<Column>>>, FilterError> {
        let Some(learnt) = &self.learnt else { return Ok(None) };
        let header = event.as_ref().origin().header.as_ref();
        let columns = header.and_then(|header| learnt.of(header, |text| self.columns_of(text)));
        if columns.is_some() || !self.columns.is_empty() {
            return Ok(columns);
        }
        Err(FilterError::because(
            FAILURE,
            match header {
                None => {
                    "the event has no header: set `header-lines` in the `file` input".to_owned()
                }
                Some(_) if self.header_prefix.is_empty() => "the header is no row".to_owned(),
                Some(_) => format!("no line of the header begins with `{}`", self.header_prefix),
            },
        ))
    }

    /// The columns that a header names.
    fn columns_of(&self, header: &str) -> Option<Vec<Column>> {
        let names = header.lines().rev().find_map(|line| line.strip_prefix(&self.header_prefix))?;
        let text = names.as_bytes();
        let column = |cell: Result<Cell, Malformed>| {
            let cell = cell.ok()?;
            let mut name = Vec::new();
            match cell.plain(text) {
                Some(plain) => name.extend_from_slice(plain),
                None => cell.write(text, &self.format, &mut name),
            }
            let kind = self.kind_of(&name);
            let name = (!name.is_empty()).then(|| name.into_boxed_slice());
            Some(Column { name, kind })
        };
        Row::new(text, &self.format).take(FIELDS_MAX).map(column).collect()
    }

    /// Gathers the columns; false when one could not be converted.
    fn read(
        &self,
        columns: &[Column],
        arena: &Arena,
        whole: Span,
        harvest: &mut Harvest,
    ) -> Result<bool, FilterError> {
        let text = arena.get(whole);
        let mut is_converted = true;
        for (at, cell) in Row::new(text, &self.format).enumerate() {
            let cell = cell.map_err(|wrong| {
                FilterError::because(
                    FAILURE,
                    format!("{wrong} of `{}` {}", self.field, wrong.why()),
                )
            })?;
            if at >= FIELDS_MAX {
                let reason = format!("`{}` has more than {FIELDS_MAX} columns", self.field);
                return Err(FilterError::because(FAILURE, reason));
            }
            let number = Number::of(at + 1);
            let column = columns.get(at);
            let (name, kind) = match column.and_then(|it| Some((it.name.as_deref()?, it.kind))) {
                Some(named) => named,
                None if self.names_columns => (number.name(), self.kind_of(number.name())),
                None => continue,
            };
            if self.skips_empty_columns && cell.is_empty() {
                continue;
            }
            let place =
                harvest.name(name, |name| Name::of(self.target, &String::from_utf8_lossy(name)));
            let value = match cell {
                Cell::Null => Value::Null,
                Cell::Text { start, end, is_doubled: false } => {
                    Value::Text(whole.slice(start, end))
                }
                Cell::Text { .. } => {
                    Value::Text(harvest.keep_with(|out| cell.write(text, &self.format, out)))
                }
            };
            let converted = kind.and_then(|kind| {
                cell.plain(text).and_then(|text| kind.convert(text)).or_else(|| {
                    is_converted &= cell.is_empty();
                    None
                })
            });
            harvest.put(place, name, converted.unwrap_or(value));
        }
        Ok(is_converted)
    }

    fn kind_of(&self, name: &[u8]) -> Option<ColumnKind> {
        let kind = self.converted.iter().find(|(it, _)| it.as_bytes() == name);
        kind.map(|(_, kind)| *kind)
    }
}

impl ColumnKind {
    fn convert(self, text: &[u8]) -> Option<Value> {
        let text = text.trim_ascii();
        match self {
            Self::Integer => std::str::from_utf8(text).ok()?.parse().ok().map(Value::Int),
            Self::Float => convert::number(text).map(Value::Float),
            Self::Boolean if text.eq_ignore_ascii_case(b"true") => Some(Value::Bool(true)),
            Self::Boolean if text.eq_ignore_ascii_case(b"false") => Some(Value::Bool(false)),
            Self::Boolean => None,
            Self::Date | Self::DateTime => iso::instant(text).map(Value::Time),
        }
    }
}

/// The name of a column without one.
struct Number {
    text: [u8; 26],
    start: usize,
}

impl Number {
    fn of(mut number: usize) -> Self {
        // Twenty digits hold any number of 64 bits.
        let mut text = [0; 26];
        let mut start = text.len();
        loop {
            start -= 1;
            text[start] = b'0' + u8::try_from(number % 10).unwrap_or(0);
            number /= 10;
            if number == 0 {
                break;
            }
        }
        start -= b"column".len();
        text[start..start + 6].copy_from_slice(b"column");
        Self { text, start }
    }

    fn name(&self) -> &[u8] {
        &self.text[self.start..]
    }
}

#[cfg(test)]
mod tests;
