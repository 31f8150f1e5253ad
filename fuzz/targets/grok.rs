//! `grok`: stock patterns, users' own with look-around, several patterns, casts.

#![no_main]

use weir_fuzz::{Fate, Texts, bed};

bed!(
    Texts::Lines,
    Fate::MayShrink,
    &[
        "type = 'grok'\npattern = '^%{SYSLOGLINE}$'\noverwrite = 'message'",
        "type = 'grok'\npattern = '%{HTTPD_COMBINEDLOG}'",
        "type = 'grok'\npattern = ['%{HTTPD_ERRORLOG}', '%{HAPROXYHTTP}', '%{TIMESTAMP_ISO8601:time} %{LOGLEVEL:log.level} %{GREEDYDATA:rest}']",
        "type = 'grok'\npattern = '(?<a>(?<!x)\\w+)(?=\\s)%{DATA:b} %{NUMBER:c:float} %{INT:d:int}$'",
        "type = 'grok'\npattern = '%{IP:a}|%{URI:b}|%{PATH:c}|%{QUOTEDSTRING:d}|%{EMAILADDRESS:e}|%{UUID:f}|%{MAC:g}'",
        "type = 'grok'\npattern = '^(?:%{WORD:a} ?)+%{DATA:message}$'\noverwrite = 'message'",
    ],
);
