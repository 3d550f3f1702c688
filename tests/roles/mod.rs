//! The roles of the database: made by a command, each with its rights and no more.

mod apply;
mod rights;
mod server;
