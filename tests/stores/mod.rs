//! Stores, their keys, their ROI assumptions and the record of changes, over HTTP and on the command line.

mod admin;
mod audit;
mod commands;
mod keys;
mod roi_assumptions;
mod rotation;
mod tenant;
