//! Fields of an answer as elements that carry their names, so that anybody can look up where a number comes from.

use std::collections::BTreeMap;

use maud::{Markup, html};
use serde_json::Value;

use super::api::Answer;
use super::numbers::{Notation, Numbers};

/// An answer with all that is needed to write its fields.
#[derive(Clone, Copy)]
pub struct Shown<'a> {
    pub answer: &'a Answer,
    pub numbers: &'a Numbers,
    /// Instants of the answer in local time; empty where it shows none.
    pub times: &'a LocalTimes,
}

/// Instants as answers have them, and their local time.
#[derive(Default)]
pub struct LocalTimes(pub BTreeMap<String, String>);

impl LocalTimes {
    /// The local time of an instant; the instant as it is, if it was in no answer.
    #[must_use]
    pub fn of<'a>(&'a self, instant: &'a str) -> &'a str {
        self.0.get(instant).map_or(instant, String::as_str)
    }
}

impl Shown<'_> {
    /// The text of a field.
    #[must_use]
    pub fn text(&self, path: &str, notation: Notation) -> String {
        match (self.answer.at(path), notation) {
            (Value::String(instant), Notation::Instant) => self.times.of(instant).to_owned(),
            (value, _) => self.numbers.text(value, notation),
        }
    }

    /// A field within an element that names the request by `data-api`.
    #[must_use]
    pub fn field(&self, path: &str, notation: Notation) -> Markup {
        html! { span data-field=(path) data-format=(notation.name()) { (self.text(path, notation)) } }
    }

    /// A field in a cell of a table.
    #[must_use]
    pub fn cell(&self, path: &str, notation: Notation) -> Markup {
        html! { td data-field=(path) data-format=(notation.name()) { (self.text(path, notation)) } }
    }
}
