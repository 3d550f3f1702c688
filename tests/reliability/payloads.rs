//! Texts of attackers in every text field there is: kept and shown as text, or refused by a stable code.
//!
//! The fields are those of `/openapi.json`, the texts those of `tests/fixtures/payloads`.

mod fields;
mod forms;
mod list;
mod logs;
mod matrix;
mod pages;
mod request;
