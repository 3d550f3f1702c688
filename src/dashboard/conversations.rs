//! GET `/conversations`.

use maud::html;

use super::page::Content;
use super::visit::Visit;
use crate::http::problem::Problem;

/// The page.
///
/// # Errors
/// Faults of the parameters, or a failing database.
pub async fn content(_visit: &Visit) -> Result<Content, Problem> {
    Ok(Content { title: "conversations".into(), main: html! { h1 { "conversations" } } })
}
