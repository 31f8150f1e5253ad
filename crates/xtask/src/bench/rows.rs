//! What is measured: the input, the pipeline, and how the far end counts.

use std::path::Path;

use weir_testkit::sample::{Kind, REAL_MARK};

use super::measure::Far;

/// A row of the table.
#[derive(Clone, Copy, Debug)]
pub(super) struct Row {
    pub(super) name: &'static str,
    pub(super) group: Group,
    pub(super) source: Source,
    pub(super) far: Far,
    /// TOML between the input and the output; `DATABASE` stands for a database of places.
    pub(super) filters: &'static str,
    /// How much input, of that which was asked for.
    pub(super) size: Size,
    /// So many processors, when not all of them.
    pub(super) cores: Option<u16>,
    /// Whether the input comes from the disk.
    pub(super) is_cold: bool,
    /// Whether others do the same work beside it.
    pub(super) has_others: bool,
}

/// Rows that answer one question.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Group {
    /// The usual work.
    Main,
    /// Grok where it is hard.
    Grok,
    /// Other filters, and several outputs.
    More,
    /// Four and sixteen times the input.
    Growth,
    /// From the disk.
    Cold,
    /// One and two processors.
    Cores,
    /// Logs of real programs.
    Real,
}

impl Group {
    pub(super) const EVERY: [Self; 7] =
        [Self::Main, Self::Grok, Self::More, Self::Growth, Self::Cold, Self::Cores, Self::Real];

    /// What the question is.
    pub(super) fn title(self) -> &'static str {
        match self {
            Self::Main => "The usual work",
            Self::Grok => "Grok where it is hard",
            Self::More => "More filters and outputs",
            Self::Growth => "Four and sixteen times the input",
            Self::Cold => "From the disk",
            Self::Cores => "One and two processors",
            Self::Real => "Logs of real programs",
        }
    }
}

/// Where the input comes from.
#[derive(Clone, Copy, Debug)]
pub(super) enum Source {
    /// A generator.
    Made(Kind),
    /// Files below `../shared/data`, again and again.
    Real(&'static [&'static str]),
}

/// How much input.
#[derive(Clone, Copy, Debug)]
pub(super) struct Size {
    pub(super) times: u64,
    pub(super) of: u64,
}

/// As much as was asked for.
const WHOLE: Size = Size { times: 1, of: 1 };

const ACCESS: &str = "[[filter]]\ntype = \"grok\"\npattern = \"%{COMBINEDAPACHELOG}\"\n\n\
                      [[filter]]\ntype = \"date\"\nfield = \"timestamp\"\n\
                      formats = \"dd/MMM/yyyy:HH:mm:ss Z\"\n\n";

const ENRICH: &str = "[[filter]]\ntype = \"grok\"\npattern = \"%{COMBINEDAPACHELOG}\"\n\n\
                      [[filter]]\ntype = \"date\"\nfield = \"timestamp\"\n\
                      formats = \"dd/MMM/yyyy:HH:mm:ss Z\"\n\n\
                      [[filter]]\ntype = \"geoip\"\nfield = \"source.address\"\n\
                      target = \"source\"\ndatabase = \"DATABASE\"\n\n\
                      [[filter]]\ntype = \"user-agent\"\n\n";

const JSON: &str = "[[filter]]\ntype = \"json\"\n\n";

const DISSECT: &str = "[[filter]]\ntype = \"dissect\"\n\
                       pattern = '%{source.ip} %{} %{user.name} [%{timestamp}] \"%{method} %{path} \
                       %{}\" %{status} %{bytes} \"%{referrer}\" \"%{agent}\"'\n\n";

/// None of the first nine matches an access log.
const TEN_PATTERNS: &str = "[[filter]]\ntype = \"grok\"\npatterns = [\n  \"^%{SYSLOGBASE} %{GREEDYDATA:message}\",\n  \
                            \"%{HAPROXYHTTP}\",\n  \"%{NAGIOSLOGLINE}\",\n  \"%{REDISLOG}\",\n  \
                            \"%{TOMCATLOG}\",\n  \"%{POSTGRESQL}\",\n  \"%{MONGO3_LOG}\",\n  \
                            \"%{CISCOFW106001}\",\n  \"%{RUBY_LOGGER}\",\n  \
                            \"%{COMBINEDAPACHELOG}\",\n]\n\n";

/// How far ahead it looks has no limit, which no linear engine does.
const LOOK_AROUND: &str = "[[filter]]\ntype = \"grok\"\n\
                           pattern = '^(?=.*HTTP/1\\.[01]\")%{COMBINEDAPACHELOG}'\n\n";

const BYTES: Far = Far::Bulk { marker: "\"bytes\":" };
const SEQUENCE: Far = Far::Bulk { marker: "seq=" };

const fn row(name: &'static str, group: Group, kind: Kind, far: Far, filters: &'static str) -> Row {
    Row {
        name,
        group,
        source: Source::Made(kind),
        far,
        filters,
        size: WHOLE,
        cores: None,
        is_cold: false,
        has_others: false,
    }
}

const fn growth(name: &'static str, times: u64) -> Row {
    let size = Size { times, of: 8 };
    Row { size, ..row(name, Group::Growth, Kind::Access, BYTES, ACCESS) }
}

const fn cores(name: &'static str, cores: u16, filters: &'static str, kind: Kind) -> Row {
    let cores = Some(cores);
    Row { cores, ..row(name, Group::Cores, kind, Far::Discard, filters) }
}

const fn real(name: &'static str, files: &'static [&'static str], filters: &'static str) -> Row {
    let far = Far::Bulk { marker: REAL_MARK };
    let source = Source::Real(files);
    Row { source, ..row(name, Group::Real, Kind::App, far, filters) }
}

const LOGHUB: [&str; 8] = [
    "loghub/Apache.log",
    "loghub/HDFS.log",
    "loghub/HealthApp.log",
    "loghub/Linux.log",
    "loghub/OpenSSH.log",
    "loghub/OpenStack.log",
    "loghub/Spark.log",
    "loghub/Zookeeper.log",
];

/// Every row. A marker must come once in each document: inside of texts, quotes are escaped.
pub(super) static ROWS: [Row; 24] = [
    Row { has_others: true, ..row("file-to-file", Group::Main, Kind::Access, Far::File, "") },
    row("raw-to-bulk", Group::Main, Kind::App, SEQUENCE, ""),
    row("access-to-bulk", Group::Main, Kind::Access, BYTES, ACCESS),
    row("json-to-bulk", Group::Main, Kind::Json, Far::Bulk { marker: "\"seq\":" }, JSON),
    row(
        "dissect-to-bulk",
        Group::Main,
        Kind::Access,
        Far::Bulk { marker: "\"bytes\":\"" },
        DISSECT,
    ),
    row("enrich-to-bulk", Group::Main, Kind::Access, BYTES, ENRICH),
    row("ten-patterns-to-bulk", Group::Grok, Kind::Access, BYTES, TEN_PATTERNS),
    row("look-around-to-bulk", Group::Grok, Kind::Access, BYTES, LOOK_AROUND),
    row(
        "kv-to-bulk",
        Group::More,
        Kind::Pairs,
        Far::Bulk { marker: "\"seq\":\"" },
        "[[filter]]\ntype = \"kv\"\n\n",
    ),
    row(
        "multiline-to-bulk",
        Group::More,
        Kind::Trace,
        SEQUENCE,
        "[[filter]]\ntype = \"multiline\"\nstart = '^\\d{4}-\\d\\d-\\d\\d'\n\n",
    ),
    row("bulk-and-file", Group::More, Kind::App, Far::BulkAndFile { marker: "seq=" }, ""),
    growth("access-x1", 1),
    growth("access-x4", 4),
    growth("access-x16", 16),
    Row { is_cold: true, ..row("cold-file-to-file", Group::Cold, Kind::Access, Far::File, "") },
    Row { is_cold: true, ..row("cold-raw-to-bulk", Group::Cold, Kind::App, SEQUENCE, "") },
    cores("access-1-core", 1, ACCESS, Kind::Access),
    cores("access-2-cores", 2, ACCESS, Kind::Access),
    cores("raw-1-core", 1, "", Kind::App),
    cores("raw-2-cores", 2, "", Kind::App),
    cores("json-1-core", 1, JSON, Kind::Json),
    cores("json-2-cores", 2, JSON, Kind::Json),
    real("real-mixed-to-bulk", &LOGHUB, ""),
    real("real-access-to-bulk", &["nginx-live/access.log"], ACCESS),
];

impl Row {
    /// The types of its filters.
    pub(super) fn filter_types(&self) -> impl Iterator<Item = &'static str> {
        self.filters.split("type = \"").skip(1).filter_map(|it| it.split('"').next())
    }

    /// The pipeline file; `to` is where the far ends are.
    pub(super) fn pipeline(&self, from: &Path, database: &Path, to: &Ends<'_>) -> String {
        let input = format!("[[input]]\ntype = \"file\"\npaths = [\"{}\"]\n\n", from.display());
        let filters = self.filters.replace("DATABASE", &database.display().to_string());
        let file = format!(
            "[[output]]\ntype = \"file\"\npath = \"{}\"\ncodec = \"text\"\n",
            to.file.display()
        );
        let bulk = format!(
            "[[output]]\ntype = \"elasticsearch\"\nurl = \"{}\"\nindex = \"bench\"\n\
             compression = \"gzip\"\n",
            to.url
        );
        let outputs = match self.far {
            Far::File => file,
            Far::Bulk { .. } => bulk,
            Far::BulkAndFile { .. } => format!("{bulk}\n{file}"),
            Far::Discard => "[[output]]\ntype = \"discard\"\ncodec = \"bulk\"\n".to_owned(),
        };
        format!("{input}{filters}{outputs}")
    }
}

/// Where far ends are.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ends<'a> {
    pub(super) url: &'a str,
    pub(super) file: &'a Path,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_told_apart_and_rows_of_a_group_stand_together() {
        let mut groups: Vec<Group> = ROWS.iter().map(|row| row.group).collect();
        groups.dedup();
        assert_eq!(groups, Group::EVERY);
        let mut names: Vec<&str> = ROWS.iter().map(|row| row.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), ROWS.len());
    }
}
