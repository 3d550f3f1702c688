//! Charts: a figure with the drawing in two widths, its numbers as a table, and where to get them.

mod drawing;
mod figure;
mod labels;
mod scale;

pub use figure::{Chart, Column, Kind, Series, links};
pub use labels::Labels;

use super::numbers::Notation;

/// A column of a table.
#[must_use]
pub const fn column(name: &'static str, field: &'static str, notation: Notation) -> Column {
    Column { name, field, notation }
}

/// A series in a colour of the stylesheet.
#[must_use]
pub const fn series(name: &'static str, field: &'static str, notation: Notation, color: usize) -> Series {
    Series { column: column(name, field, notation), color }
}
