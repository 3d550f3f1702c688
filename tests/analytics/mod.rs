//! Analytics over HTTP.

mod breakdown;
mod freshness;
mod parameters;
mod property;
mod roi;
mod roi_cases;
