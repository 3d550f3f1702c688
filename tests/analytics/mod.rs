//! Analytics over HTTP.

mod explain;
mod freshness;
mod parameters;
mod property;
mod roi;
