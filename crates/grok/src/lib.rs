//! weir-grok
