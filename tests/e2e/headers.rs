//! Columns named by the files themselves, while files change their headers, are renamed, and the
//! process is killed.

use anyhow::{Context as _, Result, ensure};
use libtest_mimic::Trial;
use serde_json::Value;

use crate::kit::{Dice, Folder, Seen, Weir, fake_server, file_input, search_output, trial};

pub(crate) fn trials() -> Vec<Trial> {
    vec![trial("each_row_has_the_names_above_it_through_kills", names_through_kills)]
}

const ROUNDS: usize = 5;
const ROWS: usize = 300;

fn header(column: &str) -> String {
    format!("#made by a test\n#fields,n,{column}\n")
}

/// Rows of which one value is the name that it has to get.
fn names_through_kills() -> Result<()> {
    let folder = Folder::new()?;
    let server = fake_server();
    let files = ["a.csv", "b.csv", "c.csv"];
    let mut columns = files.map(|file| format!("of_{file}").replace('.', "_"));
    for (file, column) in files.iter().zip(&columns) {
        folder.write(file, header(column))?;
    }
    let input = file_input(&folder.path("*.csv*")).trim_end().to_owned()
        + "\nheader-pattern = \"^#\"\n\n[[filter]]\ntype = \"csv\"\n\
           autodetect-column-names = true\nheader-prefix = \"#fields,\"\ntarget = \"row\"\n\n";
    let output = search_output(&server.url(), "headers") + "batch-size = 50\n";
    let pipeline = folder.write("p.toml", input + &output)?;
    let mut dice = Dice::new(17);
    let mut number = 0;
    for round in 0..ROUNDS {
        let mut running = Weir::run(&pipeline, &[])?;
        for row in 0..ROWS {
            let file = usize::try_from(dice.number(0..3))?;
            if row % 40 == 0 {
                columns[file] = format!("col_{round}_{row}_{file}");
                folder.append(files[file], header(&columns[file]))?;
            }
            folder.append(files[file], format!("{number},{}\n", columns[file]))?;
            number += 1;
        }
        if round == 2 {
            std::fs::rename(folder.path("a.csv"), folder.path("a.csv.1"))?;
            folder.write("a.csv", header(&columns[0]))?;
        }
        // Some of it is delivered, some is under way.
        let half = number - usize::try_from(dice.number(0..150))?;
        running.comes_to("some rows", |_| server.documents().len() >= half)?;
        running.kill()?;
    }
    Weir::once(&pipeline)?.with(0)?;
    let mut seen = Seen::default();
    for document in server.documents() {
        let document: Value = serde_json::from_str(&document.document)?;
        let row = document["row"].as_object().context("a row")?;
        let n = row.get("n").and_then(Value::as_str).context("a number")?;
        seen.add(n.parse()?);
        ensure!(row.iter().any(|(name, value)| value == name), "{document}");
    }
    seen.once_each(number)
}
