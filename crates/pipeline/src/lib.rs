//! weir-pipeline
