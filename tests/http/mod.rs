//! The HTTP frame.

mod auth;
mod body;
mod cursor;
mod database;
mod early_answers;
mod health;
pub mod openapi;
mod parameters;
mod problem;
mod rate_limits;
mod reply;
pub mod serve;
mod tls;
