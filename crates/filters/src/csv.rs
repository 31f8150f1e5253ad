//! The `csv` filter: a row of values between separators.

mod quote;
mod row;

use schemars::JsonSchema;
use serde::Deserialize;
use weir_component::spec::{Configure, FilterConfig};
use weir_component::{FieldPath, Filter, FilterError, Keep};
use weir_config::{At, Diagnostic};
use weir_event::{Arena, EventMut, Key, Span, Value};

use self::quote::QuoteChar;
use self::row::{Cell, Format, Row};
use crate::convert;
use crate::date::iso;
use crate::found::{FIELDS_MAX, Harvest, Name, Owner, harvest};
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
/// Column names are settings: a filter sees each event by itself, and several workers share a
/// file's lines, so that a header line cannot be known to those behind it. `skip-header` drops
/// lines that are the header.
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
        let mut columns: Vec<Column> = Vec::new();
        let kinds = self.convert.map(Pairs::into_vec).unwrap_or_default();
        let kind_of = |name: &str| {
            let kind = kinds.iter().find(|(field, _)| field.key().name() == name);
            kind.map(|(_, kind)| **kind)
        };
        for column in &self.columns {
            let name = column.key().name();
            if columns.iter().any(|it| &*it.name == name.as_bytes()) {
                return Err(Diagnostic::error(format!("the column `{name}` stands there twice"))
                    .at(column, "the same name again")
                    .help("give each column a name of its own"));
            }
            if column.key() == Key::TIME && self.target.is_none() {
                return Err(Diagnostic::error("`@timestamp` takes a time, not a text")
                    .at(column, "")
                    .help("choose another name, and read that field with the filter `date`"));
            }
            columns.push(Column { name: name.as_bytes().into(), kind: kind_of(name) });
        }
        let is_known = |name: &str| {
            let number = name.strip_prefix("column").filter(|_| self.autogenerate_column_names);
            self.columns.iter().any(|it| it.key().name() == name)
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
            generated: generated.collect(),
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

#[derive(Debug)]
struct Column {
    name: Box<[u8]>,
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
    /// The columns that are converted, named or not.
    generated: Vec<(&'static str, ColumnKind)>,
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
        let mut is_converted = true;
        harvest(&self.owner, b"", event, |event, harvest| {
            is_converted = self.read(event.arena(), span, harvest)?;
            Ok(())
        })?;
        if self.target == Some(self.field) {
            // Text and object of one name cannot both be delivered.
            event.remove(self.field);
        }
        if is_converted { Ok(Keep::Yes) } else { Err(FilterError::tagged(convert::FAILURE)) }
    }
}

impl CsvReader {
    fn is_header(&self, text: &[u8]) -> bool {
        let mut columns = self.columns.iter();
        let is_same = Row::new(text, &self.format).all(|cell| {
            cell.is_ok_and(|cell| columns.next().is_some_and(|it| cell.is(text, &it.name)))
        });
        is_same && columns.next().is_none() && !self.columns.is_empty()
    }

    /// Gathers the columns; false when one could not be converted.
    fn read(&self, arena: &Arena, whole: Span, harvest: &mut Harvest) -> Result<bool, FilterError> {
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
            let (name, kind) = match self.columns.get(at) {
                Some(column) => (&*column.name, column.kind),
                None if self.names_columns => (number.name(), self.generated_kind(number.name())),
                None => break,
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

    fn generated_kind(&self, name: &[u8]) -> Option<ColumnKind> {
        let kind = self.generated.iter().find(|(it, _)| it.as_bytes() == name);
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
