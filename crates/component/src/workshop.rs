//! Turns filter tables into stages; filters that hold others use it for theirs.

use weir_config::{At, Diagnostic, Diagnostics, OneOrMany, Table};

use crate::condition::Condition;
use crate::group::Group;
use crate::metrics::Meters;
use crate::preset::Preset;
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

/// Where filters stand.
#[derive(Clone, Copy)]
struct Place<'a> {
    /// What their names begin with, when they are those of a preset.
    preset: Option<&'a str>,
    /// Whether they see one event alone: inside of another filter, or below one condition.
    is_inside: bool,
}

impl Workshop<'_> {
    /// Builds the filters of a pipeline in their order, reporting every mistake. Those of the
    /// preset come first.
    pub fn stages(
        &self,
        preset: Option<&Preset>,
        tables: Vec<Table<'_>>,
    ) -> Result<Vec<Stage>, Diagnostics> {
        let mut mistakes = Diagnostics::new();
        let first = preset.map(|preset| self.stages_of(preset, preset.name()));
        let first = first.and_then(|stages| mistakes.take(stages));
        let own = mistakes.take(self.build(tables, Place { preset: None, is_inside: false }));
        let mut stages = first.unwrap_or_default();
        stages.extend(own.unwrap_or_default());
        let makers = stages.iter_mut().filter(|stage| !stage.is_plain());
        makers.zip(0..).for_each(|(stage, maker)| stage.maker = maker);
        mistakes.or_ok(stages)
    }

    /// Builds the filters inside of another, which works on one event after the other.
    pub fn group(&self, tables: Vec<Table<'_>>) -> Result<Group, Diagnostics> {
        self.build(tables, Place { preset: None, is_inside: true }).map(Group::new)
    }

    fn build(&self, tables: Vec<Table<'_>>, place: Place<'_>) -> Result<Vec<Stage>, Diagnostics> {
        let mut mistakes = Diagnostics::new();
        let mut stages = Vec::with_capacity(tables.len());
        for (i, mut table) in tables.into_iter().enumerate() {
            if names_preset(&table) {
                stages.extend(mistakes.take(self.preset(table, place)).into_iter().flatten());
                continue;
            }
            let Some(stage) = mistakes.take(self.stage(&mut table, i, place)) else { continue };
            if place.is_inside && stage.is_fold() {
                let title = format!("`{}` cannot stand inside another filter", stage.kind);
                let wrong = Diagnostic::error(title)
                    .at(
                        table.type_name().and_then(At::span),
                        "it needs to see all events in their order",
                    )
                    .help("put it beside the other one, with a `when` of its own");
                mistakes.push(table.locate(wrong));
            }
            stages.push(stage);
        }
        mistakes.or_ok(stages)
    }

    /// The filters of the preset that a table names in place of a type.
    fn preset(&self, mut table: Table<'_>, place: Place<'_>) -> Result<Vec<Stage>, Diagnostics> {
        let mut mistakes = Diagnostics::new();
        let preset = mistakes.take(Preset::take(&mut table, self.catalogue)).flatten();
        let name: Option<At<String>> = mistakes.take(table.take_str("name")).flatten();
        let when: Option<Condition> = mistakes.take(table.take("when")).flatten();
        mistakes.extend(table.unknown_keys(&[]));
        let Some(preset) = preset else { return Err(mistakes) };
        if let Some(outer) = place.preset {
            // No preset can contain itself this way.
            let title = format!("the preset `{outer}` cannot contain another one");
            let wrong = Diagnostic::error(title).at(preset.name(), "");
            mistakes.push(table.locate(wrong.help("write its filters here")));
            return Err(mistakes);
        }
        let is_inside = place.is_inside || when.is_some();
        let name = name.as_ref().unwrap_or(preset.name());
        let stages = mistakes.take(self.stages_of(&preset, name));
        let Some(stages) = stages.filter(|_| mistakes.is_empty()) else { return Err(mistakes) };
        if let Some(whole) = stages.iter().find(|stage| is_inside && stage.is_fold()) {
            let title = format!("the preset `{}` cannot stand here", **preset.name());
            let help = if place.is_inside {
                "put it beside the other filter"
            } else {
                "leave out the `when`, or give it a pipeline of its own"
            };
            let why = format!("its filter `{}` needs to see all events in their order", whole.kind);
            return Err(table
                .locate(Diagnostic::error(title).at(preset.name(), why).help(help))
                .into());
        }
        let Some(when) = when else { return Ok(stages) };
        // One question before all of them: what they change must not change the answer.
        Ok(vec![Stage {
            name: (*name).to_string(),
            kind: "preset",
            when: Some(when),
            on_error: OnError::default(),
            failure_tags: None,
            counters: self.meters.filter(self.pipeline, name),
            work: Group::new(stages).into_work(),
            maker: 0,
            leaves_joined: false,
        }])
    }

    /// The filters in a preset's file; their names begin with the one given.
    fn stages_of(&self, preset: &Preset, name: &str) -> Result<Vec<Stage>, Diagnostics> {
        let tables = preset.document().tables("filter")?;
        self.build(tables, Place { preset: Some(name), is_inside: false })
    }

    fn stage(
        &self,
        table: &mut Table<'_>,
        i: usize,
        place: Place<'_>,
    ) -> Result<Stage, Diagnostics> {
        let mut mistakes = Diagnostics::new();
        let known: Vec<&str> = self.catalogue.filters.iter().map(|spec| spec.name).collect();
        let kind = table.take_type(&known);
        let name: Option<At<String>> = mistakes.take(table.take_str("name")).flatten();
        let when: Option<Condition> = mistakes.take(table.take("when")).flatten();
        let on_error: Option<OnError> = mistakes.take(table.take("on-error")).flatten();
        let failure_tags =
            mistakes.take(table.take::<OneOrMany<String>>("tag-on-failure")).flatten();
        let Some(kind) = mistakes.take(kind) else { return Err(mistakes) };
        let spec = self.catalogue.filters.iter().find(|spec| spec.name == *kind);
        let spec = spec.expect("the type was found among the catalogue's names");
        let work = mistakes.take((spec.build)(table, self));
        let Some(work) = work.filter(|_| mistakes.is_empty()) else { return Err(mistakes) };
        let mut name = name.map_or_else(|| format!("{}-{}", spec.name, i + 1), At::into_inner);
        if let Some(preset) = place.preset {
            name = format!("{preset}/{name}");
        }
        let counters = self.meters.filter(self.pipeline, &name);
        let on_error = on_error.unwrap_or_default();
        Ok(Stage {
            name,
            kind: spec.name,
            when,
            on_error,
            failure_tags: failure_tags.map(OneOrMany::into_vec),
            counters,
            work,
            maker: 0,
            leaves_joined: false,
        })
    }
}

/// Whether a table has `preset` in place of a type; beside one it is a setting of the filter.
fn names_preset(table: &Table<'_>) -> bool {
    let has = |name: &str| table.keys().any(|key| *key == name);
    has("preset") && !has("type")
}
