//! The `access-log` filter: logs of load balancers, networks and servers whose columns are fixed.

mod columns;
mod split;
mod values;

use schemars::JsonSchema;
use serde::Deserialize;
use weir_component::spec::{Configure, FilterConfig};
use weir_component::{FieldPath, Filter, FilterError, Keep};
use weir_config::{At, Diagnostic};
use weir_event::{EventMut, Key, Span, Value};

use self::columns::{Column, Kind};
use self::values::{Values, instant, read};
use crate::learnt::Learnt;
use crate::source;

const FAILURE: &str = "_accesslogfailure";

/// The fewest columns that a line has of which some may be missing at its end.
const COLUMNS_MIN: usize = 10;

/// Most columns of `fields`; real lists have a third of it.
const COLUMNS_MAX: usize = 128;

/// Reads log lines of load balancers, networks and web servers whose columns are fixed.
///
/// | `format` | what it reads |
/// |---|---|
/// | `elb` | classic load balancers of AWS |
/// | `alb` | application load balancers of AWS |
/// | `cloudfront` | standard logs of CloudFront |
/// | `w3c` | the extended format of the W3C, as IIS writes it |
/// | `vpc-flow` | flow logs of networks in AWS |
///
/// Columns become fields of the Elastic Common Schema where there is one: client addresses are
/// `source.ip` (and `source.address`, even if they are none), requests `http.request.method` and
/// `url.original` or `url.path`, times `@timestamp`, durations `event.duration` in nanoseconds. The
/// rest goes below `aws.elb`, `aws.cloudfront`, `aws.vpcflow`, `iis.access` or `w3c`. A column that is
/// `-` or empty is no field. Blanks that are written as `+` or `%20` in agents, referrers and
/// cookies are blanks.
///
/// What the columns of `w3c`, `cloudfront` and `vpc-flow` are, `fields` says, written as in the
/// file's line `#Fields:`. Without `fields` they are those of the file's header, which the `file`
/// input knows with `header-pattern = "^#"` (for flow logs `header-lines = 1`): of each file its own,
/// also where they change in the middle. Without a header they are those of IIS, CloudFront and AWS.
/// Where header lines come as events they are dropped, but if a line `#Fields:` names other columns
/// than those that count, it gets the tag `_accesslogfailure` and goes on.
///
/// Of load balancers, columns may be missing at the end of a line or be more, since AWS adds some
/// now and then; all others must have the number that `fields` says. A line with another number, or
/// with a column that is not what it should be, earns the event the tag `_accesslogfailure`, and no
/// field of it changes. An event without the field passes unchanged.
///
/// # Example
///
/// ```toml
/// type = "access-log"
/// format = "elb"
/// ```
/// ```json
/// {"message": "2026-11-23T09:59:59.500000Z lb-1 192.0.2.1:2817 10.0.0.1:80 0.01 0.2 0.001 200 200 0 29 \"GET http://shop.example:80/ HTTP/1.1\" \"curl/8.5\" - -"}
/// ```
/// becomes
/// ```json
/// {
///   "@timestamp": "2026-11-23T09:59:59.500Z",
///   "message": "2026-11-23T09:59:59.500000Z lb-1 192.0.2.1:2817 10.0.0.1:80 0.01 0.2 0.001 200 200 0 29 \"GET http://shop.example:80/ HTTP/1.1\" \"curl/8.5\" - -",
///   "aws": {
///     "elb": {
///       "name": "lb-1",
///       "backend": {
///         "address": "10.0.0.1",
///         "ip": "10.0.0.1",
///         "port": 80,
///         "http": {"response": {"status_code": 200}}
///       },
///       "request_processing_time": {"sec": 0.01},
///       "backend_processing_time": {"sec": 0.2},
///       "response_processing_time": {"sec": 0.001}
///     }
///   },
///   "source": {"address": "192.0.2.1", "ip": "192.0.2.1", "port": 2817},
///   "http": {
///     "response": {"status_code": 200, "bytes": 29},
///     "request": {"bytes": 0, "method": "GET"},
///     "version": "1.1"
///   },
///   "url": {"original": "http://shop.example:80/"},
///   "user_agent": {"original": "curl/8.5"}
/// }
/// ```
/// What is no such line:
/// ```json
/// {"message": "hello world"}
/// ```
/// becomes
/// ```json
/// {
///   "message": "hello world",
///   "tags": ["_accesslogfailure"],
///   "error": {"message": "access-log-1: `message` has 2 columns, not 15"}
/// }
/// ```
///
/// Columns as the file names them:
///
/// ```toml
/// type = "access-log"
/// format = "w3c"
/// fields = "date time c-ip cs-method cs-uri-stem cs(User-Agent) sc-status time-taken x-id"
/// ```
/// ```json
/// {"message": "2026-11-23 09:59:58 192.0.2.1 GET /a Mozilla/5.0+(X11) 200 15 7f"}
/// ```
/// becomes
/// ```json
/// {
///   "@timestamp": "2026-11-23T09:59:58.000Z",
///   "message": "2026-11-23 09:59:58 192.0.2.1 GET /a Mozilla/5.0+(X11) 200 15 7f",
///   "source": {"address": "192.0.2.1", "ip": "192.0.2.1"},
///   "http": {"request": {"method": "GET"}, "response": {"status_code": 200}},
///   "url": {"path": "/a"},
///   "user_agent": {"original": "Mozilla/5.0 (X11)"},
///   "event": {"duration": 15000000},
///   "w3c": {"id": "7f"}
/// }
/// ```
/// The line of the columns
/// ```json
/// {"message": "#Fields: date time c-ip cs-method cs-uri-stem cs(User-Agent) sc-status time-taken x-id"}
/// ```
/// is dropped.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct AccessLog {
    /// The field that holds the line.
    #[serde(default = "FieldPath::message")]
    field: FieldPath,
    /// What wrote the line.
    format: At<Format>,
    /// The columns, as a line `#Fields:` names them; for `w3c`, `cloudfront` and `vpc-flow`.
    fields: Option<At<String>>,
}

/// What wrote a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Format {
    /// A classic load balancer of AWS.
    Elb,
    /// An application load balancer of AWS.
    Alb,
    /// CloudFront.
    Cloudfront,
    /// A server that writes the extended format of the W3C, such as IIS.
    #[serde(alias = "iis")]
    W3c,
    /// A network in AWS.
    VpcFlow,
}

impl Configure for AccessLog {
    const NAME: &'static str = "access-log";
}

impl FilterConfig for AccessLog {
    type Filter = LineReader;

    fn build(self) -> Result<LineReader, Diagnostic> {
        let usual = match *self.format {
            Format::W3c => columns::IIS,
            Format::Cloudfront => columns::CLOUDFRONT,
            _ => "",
        };
        let written = self.fields.as_deref().map_or(usual, String::as_str);
        let written = written.trim().trim_start_matches("#Fields:");
        let fields: Vec<&str> = written.split_ascii_whitespace().collect();
        if let Some(given) = &self.fields {
            if matches!(*self.format, Format::Elb | Format::Alb) {
                return Err(Diagnostic::error("load balancers always have the same columns")
                    .at(given, "")
                    .help("take `fields` out"));
            }
            if fields.is_empty() || fields.len() > COLUMNS_MAX {
                return Err(Diagnostic::error(format!(
                    "`fields` names 1 to {COLUMNS_MAX} columns"
                ))
                .at(given, "")
                .help("copy the line `#Fields:` of the file"));
            }
        }
        Ok(LineReader {
            field: self.field.key(),
            format: *self.format,
            columns: self.format.columns(&fields),
            learnt: self.fields.is_none().then(Learnt::default),
        })
    }
}

impl Format {
    fn columns(self, fields: &[&str]) -> Vec<Column> {
        match self {
            Self::Elb => columns::elb(),
            Self::Alb => columns::alb(),
            Self::Cloudfront => columns::cloudfront(fields),
            Self::W3c => columns::w3c(fields),
            Self::VpcFlow => columns::flow(fields),
        }
    }

    /// The columns that a file's header names; nothing when it names none.
    fn columns_of(self, header: &str) -> Option<Vec<Column>> {
        let mut lines = header.lines().rev();
        let names = match self {
            Self::Elb | Self::Alb => None,
            Self::Cloudfront | Self::W3c => lines.find_map(|line| line.strip_prefix("#Fields:")),
            Self::VpcFlow => lines.next(),
        };
        let names: Vec<&str> = names?.split_ascii_whitespace().take(COLUMNS_MAX + 1).collect();
        (1..=COLUMNS_MAX).contains(&names.len()).then(|| self.columns(&names))
    }
}

/// Reads lines.
#[derive(Debug)]
pub(crate) struct LineReader {
    field: Key,
    format: Format,
    /// The columns without a header.
    columns: Vec<Column>,
    /// Those of headers, if their names count.
    learnt: Option<Learnt<Vec<Column>>>,
}

impl Filter for LineReader {
    fn apply(&self, event: &mut EventMut<'_>) -> Result<Keep, FilterError> {
        let Some(span) = source::text(event, self.field, FAILURE)? else { return Ok(Keep::Yes) };
        let text = event.text_of(span);
        let len = text.trim_ascii_end().len();
        let header = event.as_ref().origin().header.as_ref();
        let learnt = self.learnt.as_ref().zip(header);
        let learnt =
            learnt.and_then(|(it, header)| it.of(header, |text| self.format.columns_of(text)));
        let columns = learnt.as_deref().unwrap_or(&self.columns);
        if self.is_header(columns, &text[..len])? {
            return Ok(Keep::No);
        }
        let wanted = columns.len();
        let count = self.cut(event, span.slice(0, len), wanted);
        let is_balancer = matches!(self.format, Format::Elb | Format::Alb);
        if count != wanted && !(is_balancer && count >= COLUMNS_MIN) {
            return Err(self.failure(&format!("has {count} columns, not {wanted}")));
        }
        self.set(event, span, &columns[..count.min(wanted)])?;
        Ok(Keep::Yes)
    }
}

impl LineReader {
    /// Whether the line is no entry of the log but says what its columns are.
    fn is_header(&self, columns: &[Column], text: &[u8]) -> Result<bool, FilterError> {
        match self.format {
            Format::Elb | Format::Alb => Ok(false),
            // The names of the columns stand in the first line; versions are numbers.
            Format::VpcFlow => {
                let mut words = text.split(|byte| *byte == b' ');
                let is_name = |word: &[u8]| {
                    let name = String::from_utf8_lossy(word).replace('_', "-");
                    columns.iter().any(|column| column.name.replace('_', "-") == name)
                };
                Ok(!text.is_empty() && words.all(is_name))
            }
            Format::W3c | Format::Cloudfront => {
                let Some(names) = text.strip_prefix(b"#Fields:") else {
                    return Ok(text.first() == Some(&b'#'));
                };
                let names = String::from_utf8_lossy(names);
                let names = names.split_ascii_whitespace();
                let ours = columns.iter().map(|column| column.name.as_str());
                if names.map(str::to_ascii_lowercase).eq(ours.map(str::to_ascii_lowercase)) {
                    return Ok(true);
                }
                Err(self.failure("names other columns than the setting `fields`"))
            }
        }
    }

    /// Finds the columns and leaves the first ones in the scratch; how many there are.
    fn cut(&self, event: &mut EventMut<'_>, line: Span, wanted: usize) -> usize {
        let separator = if self.format == Format::Cloudfront { b'\t' } else { b' ' };
        let (arena, scratch) = event.arena_and_scratch();
        scratch.spans.clear();
        let mut count = 0;
        split::split(arena.get(line), separator, |column| {
            count += 1;
            if count <= wanted {
                scratch.spans.push(Some(column));
            }
        });
        count
    }

    fn set(
        &self,
        event: &mut EventMut<'_>,
        line: Span,
        columns: &[Column],
    ) -> Result<(), FilterError> {
        let mut values = Values::with_capacity(columns.len() + 8);
        let mut date = None;
        for (at, column) in columns.iter().enumerate() {
            let (_, scratch) = event.arena_and_scratch();
            let Some(Some((start, end))) = scratch.spans.get(at).copied() else { continue };
            let span = line.slice(start, end);
            if matches!(event.text_of(span), b"" | b"-") {
                continue;
            }
            match (column.kind, date) {
                (Kind::Date, _) => date = Some(span),
                (Kind::Clock, Some(date)) => {
                    let time = instant(event.text_of(date), event.text_of(span));
                    let time = time.ok_or_else(|| self.wrong(column))?;
                    values.push((Key::TIME, Value::Time(time)));
                }
                _ => read(event, column, span, &mut values).ok_or_else(|| self.wrong(column))?,
            }
        }
        if self.format == Format::VpcFlow
            && let Some((_, end)) = values.iter().find(|(key, _)| key.name() == "event.end")
        {
            // A flow is known once it ends.
            values.push((Key::TIME, end.clone()));
        }
        for (key, value) in values {
            event.set(key, value);
        }
        Ok(())
    }

    #[cold]
    fn failure(&self, what: &str) -> FilterError {
        FilterError::because(FAILURE, format!("`{}` {what}", self.field))
    }

    #[cold]
    fn wrong(&self, column: &Column) -> FilterError {
        self.failure(&format!("has something else than it should in the column `{}`", column.name))
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use serde_json::{Value as Json, json};
    use weir_testkit::pages::Bench;

    use crate::FILTERS;

    fn read(settings: &str, text: &str) -> Option<Json> {
        let bench = Bench::new(FILTERS, &format!("type = \"access-log\"\n{settings}")).unwrap();
        bench.pass(&json!({ "message": text })).unwrap()
    }

    #[test]
    fn cloudfront_has_tabs_and_seconds() {
        let line = "2026-11-23\t10:00:01\tFRA2\t2390\t2001:db8::1\tGET\td1.cloudfront.net\t/a.html\t200\t-\tMozilla/4.0%20(x)\t-\t-\tHit\tid==\td1.example\thttps\t23\t0.001\t-\tTLSv1.2\tAES\tHit\tHTTP/2.0\t-\t-\t11040\t0.001\tHit\ttext/html\t78\t-\t-";
        let became = read("format = \"cloudfront\"", line).unwrap();
        assert_eq!(became["@timestamp"], "2026-11-23T10:00:01.000Z", "{became:#}");
        assert_eq!(became["event"]["duration"], 1_000_000);
        assert_eq!(became["user_agent"]["original"], "Mozilla/4.0 (x)");
        assert_eq!(
            became["source"],
            json!({"address": "2001:db8::1", "ip": "2001:db8::1", "port": 11040})
        );
        assert_eq!(became["aws"]["cloudfront"]["edge_location"], "FRA2");
        assert_eq!(became["http"]["version"], "2.0");
        assert!(read("format = \"cloudfront\"", "#Version: 1.0").is_none());
    }

    #[test]
    fn a_line_of_other_columns_is_told() {
        let became = read("format = \"w3c\"", "#Fields: date time c-ip").unwrap();
        assert_eq!(became["tags"], json!(["_accesslogfailure"]));
        assert!(read("format = \"w3c\"", "#Software: Microsoft IIS").is_none());
    }

    #[test]
    fn flows_have_a_header_and_names_of_protocols() {
        let settings = "format = \"vpc-flow\"";
        let line =
            "2 1234 eni-1 10.0.0.1 10.0.0.2 443 50000 6 10 840 1431280876 1431280934 ACCEPT OK";
        let became = read(settings, line).unwrap();
        assert_eq!(
            became["network"],
            json!({"iana_number": "6", "transport": "tcp", "packets": 10, "bytes": 840})
        );
        assert_eq!(became["@timestamp"], "2015-05-10T18:02:14.000Z");
        assert_eq!(became["event"]["action"], "accept");
        let header = "version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status";
        assert!(read(settings, header).is_none());
    }

    #[test]
    fn columns_that_are_something_else_are_failures() {
        let line =
            "2 1234 eni-1 10.0.0.1 10.0.0.2 x 50000 6 10 840 1431280876 1431280934 ACCEPT OK";
        let became = read("format = \"vpc-flow\"", line).unwrap();
        let why =
            "access-log-1: `message` has something else than it should in the column `srcport`";
        assert_eq!(became["error"]["message"], why);
        assert!(became["source"].is_null());
    }

    #[test]
    fn columns_are_those_of_the_files_header() {
        let under = |settings: &str, header: &str, text: &str| {
            let bench = Bench::new(FILTERS, &format!("type = \"access-log\"\n{settings}")).unwrap();
            bench.pass_under(header, &[json!({ "message": text })]).unwrap().remove(0)
        };
        let header = "#Version: 1.0\n#Fields: date time c-ip sc-status -() \n";
        let line = "2026-11-23 09:59:58 192.0.2.1 404 y";
        let became = under("format = \"w3c\"", header, line);
        assert_eq!(became["http"]["response"]["status_code"], 404, "{became:#}");
        assert_eq!(became["@timestamp"], "2026-11-23T09:59:58.000Z");
        assert_eq!(became["w3c"], json!({"_": "y"}));
        let flow =
            under("format = \"vpc-flow\"", "srcaddr dstaddr action\n", "10.0.0.1 10.0.0.2 REJECT");
        assert_eq!(flow["event"]["action"], "reject", "{flow:#}");
        // The settings win, and a header without names says nothing.
        let own = under("format = \"w3c\"\nfields = \"date time c-ip\"", header, line);
        assert_eq!(own["error"]["message"], "access-log-1: `message` has 5 columns, not 3");
        let usual = under("format = \"w3c\"", "#Version: 1.0\n", line);
        assert_eq!(usual["error"]["message"], "access-log-1: `message` has 5 columns, not 15");
        // Names that the table of names does not take stay in the line.
        let long = format!("#Fields: c-ip {}\n", "x".repeat(5000));
        let became = under("format = \"w3c\"", &long, "192.0.2.1 y");
        assert_eq!(became["source"]["ip"], "192.0.2.1");
        assert!(became["w3c"].is_null() && became["tags"].is_null(), "{became:#}");
    }

    #[test]
    fn mistakes_in_settings_are_found() {
        for settings in [
            "",
            "format = \"nginx\"",
            "format = \"alb\"\nfields = \"a\"",
            "format = \"w3c\"\nfields = \"\"",
        ] {
            let settings = format!("type = \"access-log\"\n{settings}");
            assert!(Bench::new(FILTERS, &settings).is_err(), "{settings}");
        }
    }
}
