//! Pages that must agree with the code.

mod backup;
mod errors;
mod integrate;
mod keys;
mod metrics;
mod sbom;
mod sql;
