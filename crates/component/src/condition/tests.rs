#![expect(clippy::unwrap_used, reason = "tests")]

mod evaluation;
mod mistakes;
mod properties;
