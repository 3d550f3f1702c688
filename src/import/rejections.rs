//! Lines that were not taken, of which the first are named.

use std::{
    fmt,
    path::{Path, PathBuf},
};

/// How many are named.
const NAMED: usize = 20;

/// A line that was not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejection {
    /// Its file, as it was given.
    pub path: PathBuf,
    /// Its number in the file, from 1.
    pub line: u64,
    /// Stable name of the kind of fault.
    pub code: &'static str,
    /// Field at fault, if one is.
    pub field: Option<String>,
}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.path.display(), self.line, self.code)?;
        self.field.as_ref().map_or(Ok(()), |field| write!(f, " ({field})"))
    }
}

/// Counts all and keeps the first.
#[derive(Clone, Debug, Default)]
pub struct Rejections {
    /// Lines that were not taken.
    pub count: u64,
    /// The first of them.
    pub first: Vec<Rejection>,
}

impl Rejections {
    /// Takes note of one.
    pub fn add(&mut self, path: &Path, line: u64, code: &'static str, field: Option<String>) {
        self.count += 1;
        if self.first.len() < NAMED {
            self.first.push(Rejection { path: path.to_owned(), line, code, field });
        }
    }
}
