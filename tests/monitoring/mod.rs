//! What tells people on call how the pipeline is.

mod alerts;
mod figures;
mod jobs;
mod metrics;
mod outage;
mod sampling;
