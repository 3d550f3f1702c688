//! Pages that must agree with the code.

mod errors;
mod integrate;
mod metrics;
mod sql;
