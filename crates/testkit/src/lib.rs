//! Everything tests share: real servers, and what other modules add beside them.

pub mod fake;
pub mod live;
pub mod marks;
pub mod mmdb;
pub mod pages;
pub mod sample;
