//! The root of weir: the catalogue of components and the command line.
//!
//! Everything else lives in the crates below `crates/`; see `ARCHITECTURE.md` for the map.

pub mod catalog;
pub mod cli;
pub mod files;
