//! The HTTP frame.

mod auth;
mod body;
mod cursor;
mod database;
pub mod openapi;
mod parameters;
mod problem;
mod rate_limits;
mod reply;
pub mod serve;
mod tls;
