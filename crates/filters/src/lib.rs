//! weir-filters
