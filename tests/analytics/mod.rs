//! Analytics over HTTP.

pub mod expected_performance;
mod expected_quality;
mod explain;
mod breakdown;
mod freshness;
mod parameters;
mod performance;
mod property;
mod quality;
mod roi;
mod roi_cases;
