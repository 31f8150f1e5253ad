//! The stock pattern files, built into the binary.

macro_rules! files {
    ($family:literal: $($name:literal),* $(,)?) => {
        &[$(($name, include_str!(concat!("../patterns/", $family, "/", $name)))),*]
    };
}

/// Names of `[event][dataset]` style, the Elastic Common Schema version 1.
pub(crate) const ECS_V1: &[(&str, &str)] = files!("ecs-v1":
    "grok-patterns", "aws", "bacula", "bind", "bro", "exim", "firewalls", "haproxy", "httpd",
    "java", "junos", "linux-syslog", "maven", "mcollective", "mongodb", "nagios", "postgresql",
    "rails", "redis", "ruby", "squid", "zeek",
);

/// The flat names from before the Elastic Common Schema.
pub(crate) const LEGACY: &[(&str, &str)] = files!("legacy":
    "grok-patterns", "aws", "bacula", "bind", "bro", "exim", "firewalls", "haproxy", "httpd",
    "java", "junos", "linux-syslog", "maven", "mcollective", "mcollective-patterns", "mongodb",
    "nagios", "postgresql", "rails", "redis", "ruby", "squid",
);
