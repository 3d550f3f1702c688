//! Pages that must agree with the code.

mod backup;
mod errors;
mod integrate;
mod metrics;
mod sbom;
mod sql;
