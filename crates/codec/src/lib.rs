//! Bytes to events and back, without touching the world: JSON and gzip.

pub mod gzip;
pub mod json;
