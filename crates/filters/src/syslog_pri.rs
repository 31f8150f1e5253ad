//! The `syslog-pri` filter: the number in `<34>` to facility and severity.

use std::borrow::Cow;

use schemars::JsonSchema;
use serde::Deserialize;
use weir_component::spec::{Configure, FilterConfig};
use weir_component::{FieldPath, Filter, FilterError, Keep};
use weir_config::Diagnostic;
use weir_event::{EventMut, Key, Value, ValueRef};

const FAILURE: &str = "_syslogpriparsefailure";

/// The highest priority there is: 24 facilities of 8 severities.
const PRIORITY_MAX: i64 = 191;

/// Three digits are all that syslog has for a priority.
const DIGITS_MAX: i64 = 999;

/// `user-level` and `notice`, which RFC 3164 (section 4.3.3) gives to messages without a priority.
const DEFAULT: i64 = 13;

/// The facilities in words, as Logstash has them.
const FACILITIES: [&str; 24] = [
    "kernel",
    "user-level",
    "mail",
    "daemon",
    "security/authorization",
    "syslogd",
    "line printer",
    "network news",
    "uucp",
    "clock",
    "security/authorization",
    "ftp",
    "ntp",
    "log audit",
    "log alert",
    "clock",
    "local0",
    "local1",
    "local2",
    "local3",
    "local4",
    "local5",
    "local6",
    "local7",
];

/// The severities in words, as Logstash has them.
const SEVERITIES: [&str; 8] =
    ["emergency", "alert", "critical", "error", "warning", "notice", "informational", "debug"];

/// The facilities in the keywords of syslog programs.
const SHORT_FACILITIES: [&str; 24] = [
    "kern",
    "user",
    "mail",
    "daemon",
    "auth",
    "syslog",
    "lpr",
    "news",
    "uucp",
    "cron",
    "authpriv",
    "ftp",
    "ntp",
    "security",
    "console",
    "solaris-cron",
    "local0",
    "local1",
    "local2",
    "local3",
    "local4",
    "local5",
    "local6",
    "local7",
];

/// The severities in the keywords of syslog programs.
const SHORT_SEVERITIES: [&str; 8] =
    ["emerg", "alert", "crit", "err", "warning", "notice", "info", "debug"];

/// Takes a syslog priority, the number in `<34>`, apart into facility and severity.
///
/// The result goes to `log.syslog.facility.code`, `log.syslog.facility.name`,
/// `log.syslog.severity.code` and `log.syslog.severity.name`. An event without a priority counts as
/// 13, a notice of user level, as RFC 3164 wants it.
///
/// If the field holds no whole number from 0 to 999, the event gets the tag
/// `_syslogpriparsefailure`, and no field of it changes. Above 191 there are no facilities with
/// names: the event gets the codes, and the tag unless `labels` is `none`.
///
/// # Example
///
/// ```toml
/// type = "syslog-pri"
/// ```
/// ```json
/// {"log": {"syslog": {"priority": 34}}}
/// ```
/// becomes
/// ```json
/// {
///   "log": {
///     "syslog": {
///       "priority": 34,
///       "facility": {"code": 4, "name": "security/authorization"},
///       "severity": {"code": 2, "name": "critical"}
///     }
///   }
/// }
/// ```
///
/// With the keywords of syslog programs, out of another field:
///
/// ```toml
/// type = "syslog-pri"
/// field = "pri"
/// labels = "short"
/// ```
/// ```json
/// {"pri": "165"}
/// ```
/// becomes
/// ```json
/// {
///   "pri": "165",
///   "log": {
///     "syslog": {
///       "facility": {"code": 20, "name": "local4"},
///       "severity": {"code": 5, "name": "notice"}
///     }
///   }
/// }
/// ```
/// What is no priority:
/// ```json
/// {"pri": "high"}
/// ```
/// becomes
/// ```json
/// {
///   "pri": "high",
///   "tags": ["_syslogpriparsefailure"],
///   "error": {"message": "syslog-pri-1: `pri` holds no priority from 0 to 191"}
/// }
/// ```
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct SyslogPri {
    /// The field that holds the priority, as a number or its digits.
    #[serde(default = "priority")]
    field: FieldPath,
    /// Which names facility and severity get.
    #[serde(default)]
    labels: Labels,
    /// Names of the facilities from 0 on, in place of the usual ones.
    #[serde(default)]
    facility_labels: Vec<String>,
    /// Names of the severities from 0 on, in place of the usual ones.
    #[serde(default)]
    severity_labels: Vec<String>,
}

/// Which names facility and severity get.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, serde::Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Labels {
    /// Words, as Logstash has them: `user-level`, `informational`.
    #[default]
    Long,
    /// The keywords of syslog programs: `user`, `info`.
    Short,
    /// No names.
    None,
}

fn priority() -> FieldPath {
    FieldPath::try_from("log.syslog.priority".to_owned()).expect("the name is in order")
}

impl Configure for SyslogPri {
    const NAME: &'static str = "syslog-pri";
}

impl FilterConfig for SyslogPri {
    type Filter = Prioritizer;

    fn build(self) -> Result<Prioritizer, Diagnostic> {
        let texts = |own: Vec<String>, long: &[&'static str], short: &[&'static str]| {
            let usual = match self.labels {
                Labels::Long => long,
                Labels::Short => short,
                Labels::None => &[],
            };
            if own.is_empty() {
                return usual.iter().map(|it| Cow::Borrowed(*it)).collect();
            }
            own.into_iter().map(Cow::Owned).collect::<Vec<_>>()
        };
        Ok(Prioritizer {
            field: self.field.key(),
            facilities: texts(self.facility_labels, &FACILITIES, &SHORT_FACILITIES),
            severities: texts(self.severity_labels, &SEVERITIES, &SHORT_SEVERITIES),
            facility: Target::new("facility"),
            severity: Target::new("severity"),
        })
    }
}

/// Takes priorities apart.
#[derive(Debug)]
pub(crate) struct Prioritizer {
    field: Key,
    facilities: Vec<Cow<'static, str>>,
    severities: Vec<Cow<'static, str>>,
    facility: Target,
    severity: Target,
}

/// Where a code and its name go.
#[derive(Debug)]
struct Target {
    code: Key,
    name: Key,
}

impl Target {
    fn new(what: &str) -> Self {
        let key = |part| Key::named(&format!("log.syslog.{what}.{part}"));
        Self { code: key("code"), name: key("name") }
    }

    fn set(&self, event: &mut EventMut<'_>, code: i64, names: &[Cow<'static, str>]) {
        event.set(self.code, Value::Int(code));
        let name = usize::try_from(code).ok().and_then(|code| names.get(code));
        if let Some(name) = name {
            event.set_text(self.name, name.as_bytes());
        }
    }
}

impl Filter for Prioritizer {
    fn apply(&self, event: &mut EventMut<'_>) -> Result<Keep, FilterError> {
        let number = match event.as_ref().view(self.field) {
            None | Some(ValueRef::Null) => Some(DEFAULT),
            Some(ValueRef::Int(number)) => Some(number),
            Some(ValueRef::Text(text)) => {
                std::str::from_utf8(text).ok().and_then(|text| text.trim().parse().ok())
            }
            Some(_) => None,
        };
        let failure = || {
            let reason = format!("`{}` holds no priority from 0 to {PRIORITY_MAX}", self.field);
            FilterError::because(FAILURE, reason)
        };
        let number =
            number.filter(|number| (0..=DIGITS_MAX).contains(number)).ok_or_else(failure)?;
        self.facility.set(event, number / 8, &self.facilities);
        self.severity.set(event, number % 8, &self.severities);
        let has_name = number <= PRIORITY_MAX || self.facilities.is_empty();
        if has_name { Ok(Keep::Yes) } else { Err(failure()) }
    }
}
