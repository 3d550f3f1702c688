//! Analytics over HTTP.

mod export;
mod export_limits;
mod freshness;
mod live;
mod live_signals;
mod parameters;
mod property;
mod roi;
