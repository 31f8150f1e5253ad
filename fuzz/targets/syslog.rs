//! The filters of the ready-made pipeline for syslog, and `syslog-pri`.

#![no_main]

use weir_fuzz::{Fate, Texts, bed};

bed!(
    Texts::Lines,
    Fate::MayShrink,
    &[
        r#"
[[filter]]
type = "grok"
pattern = '^%{SYSLOGLINE}$'
overwrite = "message"

[[filter]]
type = "date"
field = "timestamp"
formats = ["MMM d HH:mm:ss", "ISO8601"]

[[filter]]
type = "remove"
when = 'not has_tag("_dateparsefailure")'
fields = "timestamp"

[[filter]]
type = "set"
field = "event.dataset"
value = "system.syslog"
"#,
        "type = 'syslog-pri'\nfield = 'message'",
        r#"
[[filter]]
type = "grok"
pattern = '^<%{NONNEGINT:log.syslog.priority}>%{GREEDYDATA:message}$'
overwrite = "message"

[[filter]]
type = "syslog-pri"
field = "log.syslog.priority"
"#,
    ],
);
