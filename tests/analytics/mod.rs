//! Analytics over HTTP.

mod breakdown;
pub mod expected_performance;
mod expected_quality;
mod explain;
mod freshness;
mod parameters;
mod performance;
mod property;
mod quality;
mod roi;
mod roi_cases;
