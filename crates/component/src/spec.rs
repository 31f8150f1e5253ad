//! A component as data: one row of a catalogue.

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::de::DeserializeOwned;
use weir_config::{Diagnostic, Diagnostics, Table};

use crate::erased::{AnyInput, AnyOutput};
use crate::workshop::Workshop;
use crate::{Delivery, Expand, Filter, Fold, Input, Output, Work};

/// A component's settings. The doc comment of the type is the component's manual page; those of
/// its fields describe the settings.
pub trait Configure: DeserializeOwned + JsonSchema + 'static {
    /// What stands in `type`.
    const NAME: &'static str;
}

/// Settings of an input.
pub trait InputConfig: Configure {
    /// What runs.
    type Input: Input;
    /// Pure: opens nothing, spawns nothing. `weir check` runs it for every component.
    fn build(self) -> Result<Self::Input, Diagnostic>;
}

/// Settings of a filter.
pub trait FilterConfig: Configure {
    /// What runs.
    type Filter: Filter;
    /// Pure: opens nothing, spawns nothing. `weir check` runs it for every component.
    fn build(self) -> Result<Self::Filter, Diagnostic>;
}

/// Settings of a filter that makes several events of one.
pub trait ExpandConfig: Configure {
    /// What runs.
    type Expand: Expand;
    /// Pure: opens nothing, spawns nothing. `weir check` runs it for every component.
    fn build(self) -> Result<Self::Expand, Diagnostic>;
}

/// Settings of a filter that remembers.
pub trait FoldConfig: Configure {
    /// What runs.
    type Fold: Fold;
    /// Pure: opens nothing, spawns nothing. `weir check` runs it for every component.
    fn build(self) -> Result<Self::Fold, Diagnostic>;
}

/// Settings of a filter of which they say themselves which contract it signs: what remembers only
/// with some settings must not hold the workers up with the others.
pub trait WorkConfig: Configure {
    /// Pure: opens nothing, spawns nothing. `weir check` runs it for every component.
    fn build(self) -> Result<Work, Diagnostic>;
}

/// Settings of an output.
pub trait OutputConfig: Configure {
    /// What runs.
    type Output: Output;
    /// How it is delivered to unless the pipeline says otherwise.
    const DELIVERY: Delivery;
    /// Pure: opens nothing, spawns nothing. `weir check` runs it for every component.
    fn build(self) -> Result<Self::Output, Diagnostic>;
}

type Build<T> = fn(&mut Table<'_>, &Workshop<'_>) -> Result<T, Diagnostics>;

/// An input in the catalogue.
pub struct InputSpec {
    /// What stands in `type`.
    pub name: &'static str,
    /// The settings, with the manual page as description.
    pub schema: fn() -> Schema,
    /// Makes it from what is left of its table.
    pub build: Build<Box<dyn AnyInput>>,
}

impl InputSpec {
    /// The row of an input.
    #[must_use]
    pub const fn of<C: InputConfig>() -> Self {
        Self { name: C::NAME, schema: schema_of::<C>, build: build_input::<C> }
    }
}

/// A filter in the catalogue.
pub struct FilterSpec {
    /// What stands in `type`.
    pub name: &'static str,
    /// The settings, with the manual page as description.
    pub schema: fn() -> Schema,
    /// Makes it from what is left of its table.
    pub(crate) build: Build<Work>,
}

impl FilterSpec {
    /// The row of a filter.
    #[must_use]
    pub const fn of<C: FilterConfig>() -> Self {
        Self::new::<C>(build_filter::<C>)
    }

    /// The row of a filter that makes several events of one.
    #[must_use]
    pub const fn expanding<C: ExpandConfig>() -> Self {
        Self::new::<C>(build_expand::<C>)
    }

    /// The row of a filter that remembers.
    #[must_use]
    pub const fn folding<C: FoldConfig>() -> Self {
        Self::new::<C>(build_fold::<C>)
    }

    /// The row of a filter that remembers with some settings and does not with others.
    #[must_use]
    pub const fn varying<C: WorkConfig>() -> Self {
        Self::new::<C>(build_work::<C>)
    }

    /// The row of a filter that holds others: it takes their tables itself. `C` describes its
    /// settings.
    #[must_use]
    pub const fn nesting<C: Configure>(build: Build<Work>) -> Self {
        Self::new::<C>(build)
    }

    const fn new<C: Configure>(build: Build<Work>) -> Self {
        Self { name: C::NAME, schema: schema_of::<C>, build }
    }
}

/// An output in the catalogue.
pub struct OutputSpec {
    /// What stands in `type`.
    pub name: &'static str,
    /// The settings, with the manual page as description.
    pub schema: fn() -> Schema,
    /// How it is delivered to by default.
    pub delivery: Delivery,
    /// Makes it from what is left of its table.
    pub build: Build<Box<dyn AnyOutput>>,
}

impl OutputSpec {
    /// The row of an output.
    #[must_use]
    pub const fn of<C: OutputConfig>() -> Self {
        Self {
            name: C::NAME,
            schema: schema_of::<C>,
            delivery: C::DELIVERY,
            build: build_output::<C>,
        }
    }
}

/// A preset in the catalogue: a whole pipeline that others may use by its name.
pub struct PresetSpec {
    /// What stands in `preset`.
    pub name: &'static str,
    /// Its pipeline file.
    pub pipeline: &'static str,
    /// Its manual page.
    pub page: &'static str,
}

/// Every component of the program.
#[derive(Clone, Copy)]
pub struct Catalogue {
    /// In the order of the manual.
    pub inputs: &'static [InputSpec],
    /// In the order of the manual.
    pub filters: &'static [FilterSpec],
    /// In the order of the manual.
    pub outputs: &'static [OutputSpec],
    /// In the order of the alphabet.
    pub presets: &'static [PresetSpec],
}

fn schema_of<C: Configure>() -> Schema {
    SchemaGenerator::default().into_root_schema_for::<C>()
}

fn build_input<C: InputConfig>(
    table: &mut Table<'_>,
    _: &Workshop<'_>,
) -> Result<Box<dyn AnyInput>, Diagnostics> {
    let input = table.deserialize::<C>()?.build().map_err(|wrong| table.locate(wrong))?;
    Ok(Box::new(input))
}

fn build_filter<C: FilterConfig>(
    table: &mut Table<'_>,
    _: &Workshop<'_>,
) -> Result<Work, Diagnostics> {
    let filter = table.deserialize::<C>()?.build().map_err(|wrong| table.locate(wrong))?;
    Ok(Work::filter(filter))
}

fn build_expand<C: ExpandConfig>(
    table: &mut Table<'_>,
    _: &Workshop<'_>,
) -> Result<Work, Diagnostics> {
    let expand = table.deserialize::<C>()?.build().map_err(|wrong| table.locate(wrong))?;
    Ok(Work::Expand(Box::new(expand)))
}

fn build_fold<C: FoldConfig>(table: &mut Table<'_>, _: &Workshop<'_>) -> Result<Work, Diagnostics> {
    let fold = table.deserialize::<C>()?.build().map_err(|wrong| table.locate(wrong))?;
    Ok(Work::fold(fold))
}

fn build_work<C: WorkConfig>(table: &mut Table<'_>, _: &Workshop<'_>) -> Result<Work, Diagnostics> {
    Ok(table.deserialize::<C>()?.build().map_err(|wrong| table.locate(wrong))?)
}

fn build_output<C: OutputConfig>(
    table: &mut Table<'_>,
    _: &Workshop<'_>,
) -> Result<Box<dyn AnyOutput>, Diagnostics> {
    let output = table.deserialize::<C>()?.build().map_err(|wrong| table.locate(wrong))?;
    Ok(Box::new(output))
}
