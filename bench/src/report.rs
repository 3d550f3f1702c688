//! What a row found, kept in target/bench until it is measured again.

mod page;

use std::fs;

use serde::{Deserialize, Serialize};

use crate::{
    Result,
    bench::Bench,
    measure::{Line, Values},
};

pub use page::write;

/// Text that is printed as it is: a plan, indexes.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Text {
    pub title: String,
    pub text: String,
}

impl Text {
    /// A text and what it is.
    #[must_use]
    pub fn new(title: &str, text: String) -> Self {
        Self { title: title.to_owned(), text }
    }
}

/// All that a row found.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Report {
    /// What was demanded, with its verdicts.
    pub lines: Vec<Line>,
    /// Absolute figures of both sides.
    pub sides: Vec<Values>,
    /// Sentences on what was measured, the rows that were really used among them.
    pub notes: Vec<String>,
    /// Plans and indexes.
    pub texts: Vec<Text>,
}

/// A report and where it was made.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Kept {
    pub number: String,
    pub title: String,
    pub measured_on: String,
    pub machine: String,
    pub edition: String,
    #[serde(flatten)]
    pub report: Report,
}

impl Kept {
    /// Writes it, and each of its texts as a file of its own.
    ///
    /// # Errors
    /// When the folder cannot be written to.
    pub fn save(&self, bench: &Bench) -> Result<()> {
        let folder = bench.folder();
        fs::write(folder.join(format!("{}.json", self.number)), serde_json::to_vec_pretty(self)?)?;
        for (nth, text) in self.report.texts.iter().enumerate() {
            let name = format!("{}-{}.txt", self.number, nth + 1);
            fs::write(folder.join(name), format!("{}\n\n{}\n", text.title, text.text))?;
        }
        Ok(())
    }

    /// That of a row, if it was ever run on this machine.
    ///
    /// # Errors
    /// When the file is not one of ours.
    pub fn load(bench: &Bench, number: &str) -> Result<Option<Self>> {
        let path = bench.folder().join(format!("{number}.json"));
        if !path.exists() {
            return Ok(None);
        }
        Ok(Some(serde_json::from_slice(&fs::read(path)?)?))
    }
}
