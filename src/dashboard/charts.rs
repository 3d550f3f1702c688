//! Charts: a figure with the drawing in two widths, its numbers as a table, and where to get them.

mod drawing;
mod figure;

pub use figure::{Chart, Column, Kind, Series};
