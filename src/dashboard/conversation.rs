//! GET `/conversations/{id}`: all that is known of one conversation.

use maud::html;
use uuid::Uuid;

use super::page::Content;
use super::visit::Visit;
use crate::http::problem::Problem;

/// The page.
///
/// # Errors
/// `UnknownConversation`, or a failing database.
pub async fn content(_visit: &Visit, _id: Uuid) -> Result<Content, Problem> {
    Ok(Content { title: "x".into(), main: html! { h1 { "x" } } })
}
