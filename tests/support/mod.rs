//! What tests build on: an independent oracle of every number, and streams of events to feed both it and Colloquy.

#![allow(dead_code)]

pub mod answers;
pub mod client;
pub mod connection;
pub mod conversations;
pub mod csv;
pub mod database;
pub mod fault_proxy;
pub mod http;
pub mod ledger;
pub mod load;
pub mod load_body;
pub mod oracle;
pub mod outage;
pub mod pages;
pub mod probe;
pub mod programs;
pub mod recovery;
pub mod reliability;
pub mod roles;
pub mod scrape;
pub mod server;
pub mod servers;
mod skipped;
pub mod sse;
pub mod streams;
pub mod world;

pub use skipped::skipped;
