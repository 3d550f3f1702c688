//! Colloquy: conversation analytics for AI support agents, native to TimescaleDB.
//!
//! The modules, in the order in which data flows: a command starts with its settings, opens the database and its
//! schema, and HTTP hands requests to the areas, each of which runs the SQL files of its own name.
#![forbid(unsafe_code)]

pub mod commands;
pub mod config;

pub mod database;
pub mod schema;

pub mod monitoring;

pub mod http;

pub mod dashboard;

pub mod archive;
pub mod events;
pub mod import;

pub mod demo;

pub mod analytics;
pub mod conversations;
pub mod customers;
pub mod quality;

pub mod gaps;

pub mod jobs;

pub mod recalculation;
pub mod reconciliation;

pub mod audit;
pub mod keys;
pub mod roles;
pub mod stores;
