//! What is measured: the input, the pipeline, and how the far end counts.

use std::path::Path;

use weir_testkit::sample::Kind;

use super::measure::Far;

/// A row of the table.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) name: &'static str,
    pub(super) sample: Kind,
    pub(super) far: Far,
    /// TOML between the input and the output.
    filters: &'static str,
}

/// Every row. A marker must come once in each document: inside of texts, quotes are escaped.
pub(super) static ROWS: [Row; 4] = [
    Row { name: "file-to-file", sample: Kind::Access, far: Far::File, filters: "" },
    Row { name: "raw-to-bulk", sample: Kind::App, far: Far::Bulk { marker: "seq=" }, filters: "" },
    Row {
        name: "access-to-bulk",
        sample: Kind::Access,
        far: Far::Bulk { marker: "\"bytes\":" },
        filters: "[[filter]]\n\
                  type = \"grok\"\n\
                  pattern = \"%{COMBINEDAPACHELOG}\"\n\n\
                  [[filter]]\n\
                  type = \"date\"\n\
                  field = \"timestamp\"\n\
                  formats = \"dd/MMM/yyyy:HH:mm:ss Z\"\n\n",
    },
    Row {
        name: "json-to-bulk",
        sample: Kind::Json,
        far: Far::Bulk { marker: "\"seq\":" },
        filters: "[[filter]]\ntype = \"json\"\n\n",
    },
];

impl Row {
    /// The pipeline file; `to` is a path or an address.
    pub(super) fn pipeline(&self, from: &Path, to: &str) -> String {
        let input = format!("[[input]]\ntype = \"file\"\npaths = [\"{}\"]\n\n", from.display());
        let output = match self.far {
            Far::File => format!("type = \"file\"\npath = \"{to}\"\ncodec = \"text\"\n"),
            Far::Bulk { .. } => format!(
                "type = \"elasticsearch\"\nurl = \"{to}\"\nindex = \"bench\"\ncompression = \"gzip\"\n"
            ),
        };
        format!("{input}{}[[output]]\n{output}", self.filters)
    }
}
