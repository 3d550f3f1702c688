//! Analytics over HTTP.

mod breakdown;
mod explain;
mod export;
mod export_limits;
mod freshness;
mod in_sql;
pub mod live;
mod live_signals;
mod parameters;
mod performance;
mod property;
mod quality;
mod roi;
mod roi_cases;
mod roi_settled;
mod under_load;
