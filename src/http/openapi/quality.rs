//! Documentation of `/api/v1/quality-scores` and `/api/v1/analytics/quality`.

use serde_json::{Value, json};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{AdditionalProperties, ArrayBuilder, ObjectBuilder, Schema};

use super::analytics::{start_after_end, too_many_days};
use super::answer::Answer;
use super::columns::Columns;
use super::examples;
use super::headers::complete_until;
use super::operation::Operation;
use super::parameters::{compare, dates, decimal, json_or_csv};
use super::problems::{rejected, with_outcome};
use super::schemas::{array, count, date, nullable, object, one_of, or_null, pair, reference, with_format};
use crate::http::auth::Scope;
use crate::http::problem::Problem;
use crate::quality::scores::{MAX_SCORES, Outcome};

const QUALITY_SQL: &str = include_str!("../../../sql/analytics/quality.sql");

pub(super) fn schemas() -> Vec<(&'static str, RefOr<Schema>)> {
    let scores = || ArrayBuilder::new().items(reference("Score")).min_items(Some(1)).max_items(Some(MAX_SCORES));
    let bodies = vec![reference("Score"), object([("scores", scores().into())]).into(), scores().into()];
    let labelled = Columns::of(QUALITY_SQL).without(&["part"]).never_null(&["label"]);
    vec![
        ("Score", score()),
        ("Scores", one_of(bodies)),
        ("RejectedScore", rejected("score", "overall_score", "invalid_field").into()),
        ("ScoresOutcome", outcome().into()),
        ("RefusedScores", with_outcome(outcome())),
        ("QualityMetrics", Columns::of(QUALITY_SQL).without(&["part", "label"]).row().into()),
        ("LabelledQuality", labelled.row().into()),
        ("Quality", quality()),
    ]
}

pub(super) fn operations() -> Vec<Operation> {
    vec![store().of_area("Ingest"), read().of_area("Analytics")]
}

fn store() -> Operation {
    let stored = |description| Answer::json(description, reference("ScoresOutcome"));
    let fault = |code, detail| Problem::body("scores", code, detail);
    Operation::post("/api/v1/quality-scores", "storeScores", "Stores how good conversations were")
        .described("A conversation that has a score already gets the new one instead.")
        .of_caller(Scope::Ingest)
        .body("application/json", reference("Scores"), example())
        .body_problems()
        .problems([
            Problem::TooManyScores { count: MAX_SCORES + 1 },
            fault("no_scores", "is empty."),
            fault("unknown_field", "must be the only field of the body."),
            fault("invalid_field", "must be an array of scores."),
            Problem::NoValidScore(Outcome::default()),
        ])
        .own("no_valid_score", "RefusedScores")
        .answer(200, stored("All are stored."))
        .answer(207, stored("Some were rejected, the others are stored."))
}

fn read() -> Operation {
    let answer = Answer::json("The quality.", reference("Quality")).or_csv(&Columns::of(QUALITY_SQL));
    Operation::get("/api/v1/analytics/quality", "quality", "Quality scores of local dates, and how they spread")
        .described("Averages, each day, by outcome, and each score in tenths. CSV has all rows, with their `part`.")
        .of_tenant(Scope::Read)
        .parameters(dates())
        .parameters([compare(), json_or_csv()])
        .faults([start_after_end(), too_many_days()])
        .answer(200, answer.header(complete_until()))
}

fn example() -> Value {
    json!({
        "conversation_id": examples::UUID,
        "store_id": examples::STORE,
        "overall_score": 0.86,
        "politeness_score": 0.95,
    })
}

fn score() -> RefOr<Schema> {
    let hundredths = || decimal(1, 0.86).multiple_of(Some(0.01));
    let store = "The shop: that of the key if left out; needed with an admin key.";
    ObjectBuilder::new()
        .additional_properties(Some(AdditionalProperties::FreeForm(false)))
        .property("conversation_id", with_format("uuid").examples([examples::UUID]))
        .required("conversation_id")
        .property("store_id", nullable(with_format("uuid").description(Some(store))))
        .property("overall_score", hundredths())
        .required("overall_score")
        .property("helpfulness_score", nullable(hundredths()))
        .property("accuracy_score", nullable(hundredths()))
        .property("politeness_score", nullable(hundredths()))
        .property("scored_at", nullable(with_format("date-time").description(Some("Now, if left out."))))
        .into()
}

fn outcome() -> ObjectBuilder {
    object([
        ("accepted", count("Scores that are stored now.", 1)),
        ("replaced", count("How many of them took the place of an older one.", 0)),
        ("rejected", count("Scores with a fault.", 0)),
        ("errors", array(reference("RejectedScore")).into()),
    ])
}

fn quality() -> RefOr<Schema> {
    let rows = || -> RefOr<Schema> { array(reference("LabelledQuality")).into() };
    object([
        ("date_range", pair(date())),
        ("quality", reference("QualityMetrics")),
        ("previous_period", or_null(reference("QualityMetrics"))),
        ("previous_date_range", or_null(pair(date()))),
        ("daily", rows()),
        ("outcome", rows()),
        ("overall_score", rows()),
        ("helpfulness_score", rows()),
        ("accuracy_score", rows()),
        ("politeness_score", rows()),
    ])
    .into()
}
