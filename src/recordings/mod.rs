//! Committed recordings, cached transcripts, and the inputs that decide whether either is fresh.

pub mod cache;
pub mod committed;
pub mod compiled_in;
pub mod configuration;
pub mod freshness;
pub mod inputs;
pub mod paths;
pub mod pending;
pub mod redactions;
