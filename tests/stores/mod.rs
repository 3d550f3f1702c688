//! Stores, their keys and their ROI assumptions, over HTTP and on the command line.

mod admin;
mod commands;
mod keys;
mod roi_assumptions;
mod tenant;
