//! Analytics over HTTP.

mod freshness;
mod parameters;
mod performance;
mod property;
mod quality;
mod roi;
