//! POST /api/v1/content-gaps: a gap that a person knows of.

use rust_decimal::Decimal;
use uuid::Uuid;
use warp::http::StatusCode;
use warp::reply::Response;

use super::show;
use crate::database::{self, DatabaseError};
use crate::http::App;
use crate::http::auth::Tenant;
use crate::http::body::Fields;
use crate::http::fields::{hundredths, text};
use crate::http::problem::Problem;

const CREATE: &str = include_str!("../../sql/gaps/create.sql");
/// Most example questions of a gap.
pub const MAX_QUESTIONS: usize = 5;
/// Most characters of one of them.
pub const MAX_QUESTION_CHARS: usize = 1000;

struct NewGap {
    topic: String,
    example_questions: Vec<String>,
    confidence_threshold: Option<Decimal>,
}

/// The handler.
///
/// # Errors
/// Faults of the body, `ContentGapExists`, or a failing database.
pub async fn create(app: App, tenant: Tenant, mut body: Fields) -> Result<Response, Problem> {
    let new = read(&mut body);
    let new = body.finish(|| new)?;
    let rows = database::change(
        app.author(tenant.key_id),
        CREATE,
        &[&tenant.store_id, &new.topic, &new.example_questions, &new.confidence_threshold],
    )
    .await
    .map_err(refused)?;
    let gap_id: Uuid = rows.first().ok_or(Problem::UnknownStore)?.try_get("gap_id")?;
    show::row(StatusCode::CREATED, &app, tenant, gap_id).await
}

fn read(body: &mut Fields) -> Option<NewGap> {
    let topic = body.required("topic", |topic: String| text(1..=255)(&topic));
    let questions = body.optional("example_questions", questions);
    let threshold = body.optional_number("confidence_threshold", hundredths);
    Some(NewGap { topic: topic?, example_questions: questions?.unwrap_or_default(), confidence_threshold: threshold? })
}

/// Lines may be broken in a question, unlike in a topic.
fn questions(questions: Vec<String>) -> Result<Vec<String>, String> {
    let is_good = |text: &String| (1..=MAX_QUESTION_CHARS).contains(&text.chars().count()) && !text.contains('\0');
    if questions.len() <= MAX_QUESTIONS && questions.iter().all(is_good) {
        Ok(questions)
    } else {
        Err(format!("must be at most {MAX_QUESTIONS} texts of 1 to {MAX_QUESTION_CHARS} characters."))
    }
}

fn refused(error: DatabaseError) -> Problem {
    if error.constraint() == Some("content_gaps_store_id_topic_key") {
        return Problem::ContentGapExists;
    }
    error.into()
}
