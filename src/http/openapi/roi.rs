//! Documentation of `/api/v1/analytics/roi`.

use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ObjectBuilder, Schema};

use super::answer::Answer;
use super::columns::Columns;
use super::headers::complete_until;
use super::operation::Operation;
use super::parameters::{decimal, json_or_csv, optional, whole};
use super::schemas::{and, array, nullable, object, reference, text};
use crate::http::auth::Scope;
use crate::stores::roi_assumptions::{AI_COST, COST_PER_HOUR, MINUTES};

const ROI_SQL: &str = include_str!("../../../sql/analytics/roi.sql");
const CASES_SQL: &str = include_str!("../../../sql/analytics/roi_cases.sql");

const IN_DAILY: [&str; 6] =
    ["date", "total_conversations", "ai_resolved_conversations", "human_agent_cost", "ai_cost", "savings"];

pub(super) fn schemas() -> Vec<(&'static str, RefOr<Schema>)> {
    let formula = Columns::of(ROI_SQL).without(&["part", "date", "unsettled_conversations"]);
    vec![
        ("RoiFormula", formula.row().into()),
        ("RoiCase", Columns::of(CASES_SQL).without(&["part", "date"]).row().into()),
        ("RoiDay", Columns::of(ROI_SQL).only(&IN_DAILY).never_null(&["date"]).row().into()),
        ("RoiInputs", inputs().into()),
        ("Roi", roi().into()),
    ]
}

pub(super) fn operations() -> Vec<Operation> {
    let assumption = |(name, limit): (&str, i64), example| {
        optional(name, "Overrides the stored assumption.", decimal(limit, example))
    };
    let days = period_days().default(Some(30.into()));
    let answer = Answer::json("Costs and savings.", reference("Roi")).or_csv(&Columns::of(ROI_SQL));
    let roi = Operation::get("/api/v1/analytics/roi", "roi", "What the AI saved in the last local days")
        .described("By the stored formula, in a low and a high case, and on each local day. CSV has a row for each of the three and for each day.")
        .of_tenant(Scope::Read)
        .parameters([
            optional("period_days", "Local days, today included.", days),
            assumption(COST_PER_HOUR, 25.0),
            assumption(MINUTES, 8.0),
            assumption(AI_COST, 0.05),
            json_or_csv(),
        ])
        .answer(200, answer.header(complete_until()));
    vec![roi.of_area("Analytics")]
}

fn period_days() -> ObjectBuilder {
    whole(1, 365, 30)
}

/// The parameters as they were given.
fn inputs() -> ObjectBuilder {
    let given = |(_, limit): (&str, i64), example| nullable(decimal(limit, example));
    object([
        ("period_days", period_days().into()),
        (COST_PER_HOUR.0, given(COST_PER_HOUR, 25.0)),
        (MINUTES.0, given(MINUTES, 8.0)),
        (AI_COST.0, given(AI_COST, 0.05)),
    ])
}

fn roi() -> ObjectBuilder {
    and(
        Columns::of(ROI_SQL).without(&["part", "date"]).row(),
        [
            ("range", reference("TimeRange")),
            ("currency", text("ISO 4217, of the store.", "USD")),
            ("inputs", reference("RoiInputs")),
            ("low", reference("RoiCase")),
            ("high", reference("RoiCase")),
            ("daily", array(reference("RoiDay")).into()),
        ],
    )
}
