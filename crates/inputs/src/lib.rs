//! weir-inputs
