//! Analytics over HTTP.

mod freshness;
mod parameters;
mod property;
mod roi;
