//! weir-outputs
