//! POST /quality-scores: stores the good ones of a request, and says what became of all.

use std::borrow::Cow;

use bytes::Bytes;
use chrono::Utc;
use serde::Serialize;
use tokio_postgres::Row;
use warp::http::StatusCode;
use warp::reply::Response;

use super::score::Score;
use crate::database::{self, DatabaseError};
use crate::http::auth::{Access, Caller};
use crate::http::documents::documents;
use crate::http::problem::{Fault, Problem};
use crate::http::{App, reply};

const SQL: &str = include_str!("../../sql/quality/scores.sql");

/// Most scores in one request.
pub const MAX_SCORES: usize = 1_000;

/// What became of the scores of a request.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Outcome {
    accepted: usize,
    replaced: usize,
    rejected: usize,
    errors: Vec<Rejected>,
}

#[derive(Clone, Debug, Serialize)]
struct Rejected {
    index: usize,
    code: &'static str,
    field: Option<Cow<'static, str>>,
    detail: String,
}

/// The good scores of a request, with their places in it, and the faults of the others.
struct Checked {
    scores: Vec<Score>,
    places: Vec<usize>,
    errors: Vec<Rejected>,
    rejected: usize,
}

/// The handler.
///
/// # Errors
/// Faults of the request, for which nothing of it is stored; no valid score; a failing database.
pub async fn store(app: App, caller: Caller, body: Bytes) -> Result<Response, Problem> {
    let checked = check(&body, &caller.access)?;
    let rows = if checked.scores.is_empty() { Vec::new() } else { write(&app, &checked.scores).await? };
    let outcome = summary(checked, &rows)?;
    if outcome.accepted == 0 {
        return Err(Problem::NoValidScore(outcome));
    }
    let status = if outcome.rejected == 0 { StatusCode::OK } else { StatusCode::MULTI_STATUS };
    reply::json(status, &outcome)
}

fn check(body: &[u8], access: &Access) -> Result<Checked, Problem> {
    let texts = documents(body, "scores", MAX_SCORES)?;
    match texts.count {
        0 => return Err(Problem::body("scores", "no_scores", "is empty.")),
        count if count > MAX_SCORES => return Err(Problem::TooManyScores { count }),
        _ => {}
    }
    let now = Utc::now();
    let mut checked = Checked { scores: Vec::new(), places: Vec::new(), errors: Vec::new(), rejected: 0 };
    for (index, text) in texts.kept.into_iter().enumerate() {
        match Score::read(text, access, now) {
            Ok(score) => {
                checked.scores.push(score);
                checked.places.push(index);
            }
            Err(faults) => {
                checked.rejected += 1;
                checked.errors.extend(faults.into_iter().map(|fault| rejected(index, fault)));
            }
        }
    }
    Ok(checked)
}

fn rejected(index: usize, fault: Fault) -> Rejected {
    let field = Some(fault.field).filter(|field| !field.is_empty());
    Rejected { index, code: fault.code, field, detail: fault.detail }
}

async fn write(app: &App, scores: &[Score]) -> Result<Vec<Row>, DatabaseError> {
    database::query(
        &app.pool,
        SQL,
        &[
            &column(scores, |score| score.store_id),
            &column(scores, |score| score.conversation_id),
            &column(scores, |score| score.overall),
            &column(scores, |score| score.helpfulness),
            &column(scores, |score| score.accuracy),
            &column(scores, |score| score.politeness),
            &column(scores, |score| score.scored_at),
        ],
    )
    .await
}

fn column<T>(scores: &[Score], value: impl Fn(&Score) -> T) -> Vec<T> {
    scores.iter().map(value).collect()
}

fn summary(checked: Checked, rows: &[Row]) -> Result<Outcome, Problem> {
    let Checked { scores, places, mut errors, rejected } = checked;
    let mut outcome = Outcome { accepted: scores.len(), replaced: 0, rejected, errors: Vec::new() };
    for row in rows {
        let ordinal: i32 = row.try_get("ordinal")?;
        let index = usize::try_from(ordinal - 1).ok().and_then(|nth| places.get(nth)).copied().unwrap_or_default();
        let Some(error) = refused(index, row.try_get("status")?) else {
            outcome.replaced += 1;
            continue;
        };
        outcome.accepted -= 1;
        outcome.rejected += 1;
        errors.push(error);
    }
    errors.sort_by_key(|error| error.index);
    Ok(Outcome { errors, ..outcome })
}

/// Why the database did not store a score; none if it did.
fn refused(index: usize, status: &str) -> Option<Rejected> {
    let detail = |text: &str| text.to_owned();
    let (store, conversation) = (Cow::Borrowed("store_id"), Cow::Borrowed("conversation_id"));
    let fault = match status {
        "unknown_store" => Fault { field: store, code: "unknown_store", detail: detail("There is no such store.") },
        "archived_store" => Fault { field: store, code: "archived_store", detail: detail("It takes no scores.") },
        "unknown_conversation" => {
            let detail = detail("The store has no conversation with this id.");
            Fault { field: conversation, code: "unknown_conversation", detail }
        }
        _ => return None,
    };
    Some(rejected(index, fault))
}
