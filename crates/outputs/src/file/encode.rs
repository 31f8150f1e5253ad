//! Sorts a batch's lines by the file they belong to.

use std::collections::HashMap;

use weir_codec::gzip::Squeezer;
use weir_component::template::MissingField;
use weir_component::{Chunk, Encode, Encoded, Selection, Spares};
use weir_event::EventRef;

use super::path::PathTemplate;
use crate::line::{Line, Liner};
use crate::squeeze;

/// Makes one stretch of lines for each file.
pub(crate) struct Sorter {
    path: PathTemplate,
    liner: Liner,
    squeezer: Option<Squeezer>,
    sheets: Vec<Sheet>,
    by_path: HashMap<String, usize>,
    last: usize,
    rendered: String,
    value: Vec<u8>,
}

/// The lines for one file.
struct Sheet {
    path: String,
    lines: Vec<u8>,
    ends: Vec<u32>,
}

impl Sorter {
    pub(crate) fn new(path: PathTemplate, line: Line, is_gzip: bool) -> Self {
        Self {
            path,
            liner: Liner::new(line),
            squeezer: is_gzip.then(|| Squeezer::new(1)),
            sheets: Vec::new(),
            by_path: HashMap::new(),
            last: 0,
            rendered: String::new(),
            value: Vec::new(),
        }
    }

    fn write(&mut self, event: EventRef<'_>, spares: &Spares) -> Result<(), MissingField> {
        let sheet = self.sheet(event, spares)?;
        let sheet = &mut self.sheets[sheet];
        let start = sheet.lines.len();
        self.liner.write(event, &mut sheet.lines).inspect_err(|_| sheet.lines.truncate(start))?;
        sheet.ends.push(u32::try_from(sheet.lines.len()).unwrap_or(u32::MAX));
        Ok(())
    }

    /// The place of the sheet of the event's file.
    fn sheet(&mut self, event: EventRef<'_>, spares: &Spares) -> Result<usize, MissingField> {
        if self.path.fixed().is_some() && !self.sheets.is_empty() {
            return Ok(0);
        }
        self.rendered.clear();
        self.path.render(event, &mut self.value, &mut self.rendered)?;
        if self.sheets.get(self.last).is_some_and(|sheet| sheet.path == self.rendered) {
            return Ok(self.last);
        }
        self.last = match self.by_path.get(&self.rendered) {
            Some(known) => *known,
            None => {
                let path = self.rendered.clone();
                self.by_path.insert(path.clone(), self.sheets.len());
                self.sheets.push(Sheet { path, lines: spares.take(), ends: Vec::new() });
                self.sheets.len() - 1
            }
        };
        Ok(self.last)
    }
}

impl Encode for Sorter {
    fn encode(&mut self, events: Selection<'_>, out: &mut Encoded) {
        events.for_each(|event| {
            if let Err(missing) = self.write(event, &out.spares) {
                self.liner.refuse(event, missing, out);
            }
        });
        self.by_path.clear();
        self.last = 0;
        for sheet in self.sheets.drain(..).filter(|sheet| !sheet.ends.is_empty()) {
            let text = out.spares.body(sheet.lines);
            let mut chunk = match &mut self.squeezer {
                None => Chunk::plain(text, sheet.ends),
                Some(squeezer) => squeeze::pack(squeezer, &out.spares, &text, sheet.ends),
            };
            chunk.target = sheet.path.into();
            out.chunks.push(chunk);
        }
    }
}
