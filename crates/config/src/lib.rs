//! Turns the TOML text of a pipeline file into typed settings, and mistakes into diagnostics.
//!
//! The way of a file: [`SourceFile`] → [`Document`] (a tree with positions) → [`Table`] (one
//! component) → the component's own struct, by serde. Every mistake becomes a [`Diagnostic`] that
//! knows where in the file it is, and is drawn the way rustc draws its errors.
//!
//! * Settings are **validated by type**: [`ByteSize`], [`Period`], [`Url`], [`Secret`] and the
//!   types of other crates that return a [`Complaint`] from `TryFrom<String>`.
//! * [`At`] keeps the position of a value, for checks that involve two settings.
//! * `${NAME}` is replaced while values are read, so it can never change the shape of a file.
//!
//! Deliberately absent: this crate reads no file and no environment (see [`Surroundings`]), and
//! knows the name of no component and no setting but `type`.

mod at;
mod collect;
mod complaint;
mod conceal;
mod diagnostic;
mod document;
mod expand;
mod fault;
mod node;
mod read;
mod render;
mod report;
mod schema;
mod settings;
mod source;
mod suggest;
mod syntax;
mod table;
mod values;

pub use at::{At, Span};
pub use complaint::Complaint;
pub use diagnostic::{Diagnostic, Diagnostics, Severity};
pub use document::Document;
pub use expand::Surroundings;
pub use render::Paint;
pub use schema::{CommonSetting, ComponentSchema, pipeline_schema};
pub use settings::{SettingRow, TYPE_WORD, settings_of};
pub use source::SourceFile;
pub use suggest::{did_you_mean, in_words, our_word_for};
pub use table::Table;
pub use values::{ByteSize, OneOrMany, Period, Secret, Url};
