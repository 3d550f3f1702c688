//! Rows of an answer that is an object: their column `part` says where JSON puts each; CSV shows them all as they are.

use serde_json::value::RawValue;
use tokio_postgres::Row;

use super::reply::{ReplyError, object_without};

const PART: &str = "part";

/// Rows by their parts. An answer is put together from them, beside what is no row:
///
/// ```ignore
/// let parts = reply::parts(&found.rows)?;
/// let answer = Answer { quality: parts.object("quality", &["label"])?, daily: parts.array("daily", &[])? };
/// ```
pub struct Parts<'a>(Vec<(&'a str, &'a Row)>);

/// Sorts rows by their column `part`.
///
/// # Errors
/// When they have no such text.
pub fn parts(rows: &[Row]) -> Result<Parts<'_>, ReplyError> {
    rows.iter().map(|row| Ok((row.try_get(PART)?, row))).collect::<Result<_, ReplyError>>().map(Parts)
}

impl<'a> Parts<'a> {
    /// The rows of a part, in the order of the statement.
    pub fn rows<'p>(&'p self, part: &'p str) -> impl Iterator<Item = &'a Row> + 'p {
        self.0.iter().filter(move |(of, _)| *of == part).map(|(_, row)| *row)
    }

    /// The first row of a part as an object, without `part` and the hidden columns; none if there is no row.
    ///
    /// # Errors
    /// As `reply::object`.
    pub fn object(&self, part: &str, hidden: &[&str]) -> Result<Option<Box<RawValue>>, ReplyError> {
        self.rows(part).next().map(|row| object_without(row, &[&[PART], hidden].concat())).transpose()
    }

    /// The rows of a part as objects, without `part` and the hidden columns.
    ///
    /// # Errors
    /// As `reply::object`.
    pub fn array(&self, part: &str, hidden: &[&str]) -> Result<Vec<Box<RawValue>>, ReplyError> {
        let hidden = [&[PART], hidden].concat();
        self.rows(part).map(|row| object_without(row, &hidden)).collect()
    }
}
