//! The commands of the command line, against a real database.

mod archive;
mod archive_faults;
mod archive_first;
mod archive_killed;
pub mod database;
mod demo;
pub mod files;
mod import;
mod import_faults;
mod import_frozen;
mod import_real;
mod import_stopped;
mod import_together;
mod ready;
mod recorded;
mod rows;
