//! Turns filter tables into stages; filters that hold others use it for theirs.

use weir_config::{At, Diagnostic, Diagnostics, Table};

use crate::condition::Condition;
use crate::metrics::Meters;
use crate::spec::Catalogue;
use crate::stage::{OnError, Stage};

/// What building a pipeline's filters needs besides their tables.
pub struct Workshop<'a> {
    /// Which filters there are.
    pub catalogue: Catalogue,
    /// Where they count.
    pub meters: &'a Meters,
    /// The pipeline's name, for the metrics.
    pub pipeline: &'a str,
}

impl Workshop<'_> {
    /// Builds the filters of a pipeline in their order, reporting every mistake.
    pub fn stages(&self, tables: Vec<Table<'_>>) -> Result<Vec<Stage>, Diagnostics> {
        let mut stages = self.build(tables, |_, _| None)?;
        let makers = stages.iter_mut().filter(|stage| !stage.is_plain());
        makers.zip(0..).for_each(|(stage, maker)| stage.maker = maker);
        Ok(stages)
    }

    /// Builds the filters inside of another, which works on one event alone.
    pub fn inner_stages(&self, tables: Vec<Table<'_>>) -> Result<Vec<Stage>, Diagnostics> {
        self.build(tables, |stage, kind| {
            let title = format!("`{}` cannot stand inside another filter", stage.kind);
            let wrong = Diagnostic::error(title).at(kind, "it needs to see all events");
            let help = "put it beside the other one, with a `when` of its own";
            (!stage.is_plain()).then(|| wrong.help(help))
        })
    }

    fn build(
        &self,
        tables: Vec<Table<'_>>,
        wrong: impl Fn(&Stage, &At<String>) -> Option<Diagnostic>,
    ) -> Result<Vec<Stage>, Diagnostics> {
        let mut mistakes = Diagnostics::new();
        let mut stages = Vec::with_capacity(tables.len());
        for (i, mut table) in tables.into_iter().enumerate() {
            let Some(stage) = mistakes.take(self.stage(&mut table, i)) else { continue };
            let kind = table.type_name();
            if let Some(wrong) = kind.and_then(|kind| wrong(&stage, kind)) {
                mistakes.push(table.locate(wrong));
            }
            stages.push(stage);
        }
        mistakes.or_ok(stages)
    }

    fn stage(&self, table: &mut Table<'_>, i: usize) -> Result<Stage, Diagnostics> {
        let mut mistakes = Diagnostics::new();
        let known: Vec<&str> = self.catalogue.filters.iter().map(|spec| spec.name).collect();
        let kind = table.take_type(&known);
        let name: Option<At<String>> = mistakes.take(table.take_str("name")).flatten();
        let when: Option<Condition> = mistakes.take(table.take("when")).flatten();
        let on_error: Option<OnError> = mistakes.take(table.take("on-error")).flatten();
        let Some(kind) = mistakes.take(kind) else { return Err(mistakes) };
        let spec = self.catalogue.filters.iter().find(|spec| spec.name == *kind);
        let spec = spec.expect("the type was found among the catalogue's names");
        let work = mistakes.take(spec.build(table, self));
        let Some(work) = work.filter(|_| mistakes.is_empty()) else { return Err(mistakes) };
        let name = name.map_or_else(|| format!("{}-{}", spec.name, i + 1), At::into_inner);
        let counters = self.meters.filter(self.pipeline, &name);
        let on_error = on_error.unwrap_or_default();
        Ok(Stage {
            name,
            kind: spec.name,
            when,
            on_error,
            counters,
            work,
            maker: 0,
            leaves_joined: false,
        })
    }
}
