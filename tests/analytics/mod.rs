//! Analytics over HTTP.

mod parameters;
mod roi;
