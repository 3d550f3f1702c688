//! Documentation of `/api/v1/analytics`.

use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{AdditionalProperties, ObjectBuilder, Schema};

use super::columns::Columns;
use super::headers::complete_until;
use super::operation::{Answer, Operation, fault};
use super::parameters::{compare, dates, decimal, json_or_csv, one_of, optional, whole};
use super::schemas::{
    and_optional, array, choice, count, date, instant, number_or_null, object, or_null, pair, reference, text, uuid,
};
use crate::analytics::definitions::METRICS;
use crate::analytics::ranges::{Granularity, MAX_BUCKETS, Period};
use crate::http::auth::Scope;
use crate::http::problem::Fault;
use crate::http::reply::Format;
use crate::stores::roi_assumptions::{AI_COST, COST_PER_HOUR, MINUTES};

const METRICS_SQL: &str = include_str!("../../../sql/analytics/metrics.sql");
const DASHBOARD_SQL: &str = include_str!("../../../sql/analytics/dashboard.sql");
const TRENDS_SQL: &str = include_str!("../../../sql/analytics/trends.sql");
const ROI_SQL: &str = include_str!("../../../sql/analytics/roi.sql");
const DAILY_METRICS_SQL: &str = include_str!("../../../sql/analytics/export_daily_metrics.sql");

pub(super) fn schemas() -> Vec<(&'static str, RefOr<Schema>)> {
    vec![
        ("PeriodMetrics", Columns::of(METRICS_SQL).without(&["part"]).row().into()),
        ("BucketMetrics", Columns::of(TRENDS_SQL).row().into()),
        ("DailyMetrics", Columns::of(DAILY_METRICS_SQL).row().into()),
        ("Roi", Columns::of(ROI_SQL).row().into()),
        ("TimeRange", object([("from", instant()), ("to", instant())]).into()),
        ("Change", change()),
        ("Changes", by_metric("Change")),
        ("Counted", counted()),
        ("Explanation", explanation()),
        ("Explanations", by_metric("Explanation")),
        ("MetricsAnswer", metrics()),
        ("Dashboard", dashboard()),
    ]
}

pub(super) fn operations() -> Vec<Operation> {
    let operations =
        [metrics_operation(), dashboard_operation(), trends_operation(), roi_operation(), export_operation()];
    operations.into_iter().map(|operation| operation.of_area("Analytics")).collect()
}

fn metrics_operation() -> Operation {
    let csv = Columns::of(METRICS_SQL);
    Operation::get("/api/v1/analytics/metrics", "metrics", "Metrics of local dates, and of those they are compared with")
        .described("The conversations that started in the dates, with the outcome they have now. CSV has the rows of `metrics` and `previous_period`.")
        .of_tenant(Scope::Read)
        .parameters(dates())
        .parameters([compare(), json_or_csv(), explain()])
        .faults([start_after_end()])
        .answer(200, Answer::json("The metrics.", reference("MetricsAnswer")).or_csv(&csv).header(complete_until()))
}

fn dashboard_operation() -> Operation {
    let csv = Columns::of(DASHBOARD_SQL);
    let whole = choice(["elapsed", "full"]).default(Some("elapsed".into()));
    let period = one_of(&Period::ALL).default(Some("month".into()));
    Operation::get("/api/v1/analytics/dashboard", "dashboard", "The current calendar period at a glance")
        .described("The period so far, the one before it, each local day, and what the AI saved. CSV has the rows of `metrics`, `previous_period` and `daily`.")
        .of_tenant(Scope::Read)
        .parameters([
            optional("period", "The calendar period that it is now.", period),
            optional("compare", "The period before up to the same elapsed point, or all of it.", whole),
            json_or_csv(),
            explain(),
        ])
        .answer(200, Answer::json("The dashboard.", reference("Dashboard")).or_csv(&csv).header(complete_until()))
}

fn trends_operation() -> Operation {
    let too_many = format!("asks for more than {MAX_BUCKETS} buckets; shorten the dates or take a coarser one.");
    let granularity = one_of(&Granularity::ALL).examples(["day"]).default(Some("day".into()));
    let rows = array(reference("BucketMetrics"));
    Operation::get("/api/v1/analytics/conversations/trends", "trends", "Metrics of each hour, day, week or month")
        .described("Empty buckets are there too; those at the edges count only the requested days.")
        .of_tenant(Scope::Read)
        .parameters(dates())
        .parameters([optional("granularity", "The length of the buckets.", granularity), json_or_csv()])
        .faults([start_after_end(), fault("granularity", "too_many_buckets", &too_many)])
        .answer(
            200,
            Answer::json("A row for each bucket.", rows).or_csv(&Columns::of(TRENDS_SQL)).header(complete_until()),
        )
}

fn roi_operation() -> Operation {
    let assumption = |(name, limit): (&str, i64), example| {
        optional(name, "Overrides the stored assumption.", decimal(limit, example))
    };
    let days = whole(1, 365, 30).default(Some(30.into()));
    Operation::get("/api/v1/analytics/roi", "roi", "What the AI saved in the last local days")
        .of_tenant(Scope::Read)
        .parameters([
            optional("period_days", "Local days, today included.", days),
            assumption(COST_PER_HOUR, 25.0),
            assumption(MINUTES, 8.0),
            assumption(AI_COST, 0.05),
        ])
        .answer(200, Answer::json("Costs and savings.", reference("Roi")).header(complete_until()))
}

fn export_operation() -> Operation {
    let columns = Columns::of(DAILY_METRICS_SQL);
    let rows = array(reference("DailyMetrics"));
    let answer = Answer::json("The rows, streamed.", rows).or_csv(&columns);
    Operation::get("/api/v1/analytics/export", "export", "Rows to take away, streamed")
        .of_tenant(Scope::Read)
        .parameters(dates())
        .parameters([
            optional("format", "Without it, what the header `Accept` prefers, or CSV.", one_of(&Format::ALL)),
            optional("dataset", "Which rows.", choice(["daily_metrics"]).default(Some("daily_metrics".into()))),
        ])
        .faults([start_after_end()])
        .answer(200, answer.or_ndjson().header(complete_until()))
}

/// What `Dates::read` says of dates the wrong way round.
pub(super) fn start_after_end() -> Fault {
    fault("start_date", "start_after_end", "must not be after end_date.")
}

fn explain() -> utoipa::openapi::path::Parameter {
    let description = "What is behind each number, with the link to exactly the conversations counted; JSON only.";
    optional("explain", description, choice(["false", "true"]).default(Some("false".into())))
}

fn by_metric(schema: &str) -> RefOr<Schema> {
    let closed = ObjectBuilder::new().additional_properties(Some(AdditionalProperties::FreeForm(false)));
    let add = |object: ObjectBuilder, name| object.property(name, reference(schema)).required(name);
    METRICS.iter().map(|metric| metric.name).fold(closed, add).into()
}

fn change() -> RefOr<Schema> {
    let words = "Current − previous for points, (current − previous) ÷ previous for relative; null without either.";
    object([
        ("change", number_or_null(words, 0.12)),
        ("kind", choice(["points", "relative"]).into()),
        ("sample", count("Over how many the current value was taken.", 1531)),
        ("previous_sample", count("Over how many the previous value was taken.", 1402)),
    ])
    .into()
}

fn counted() -> RefOr<Schema> {
    let link = "/api/v1/conversations?store_id=0192d1c5-1111-7000-8000-000000000001&from=2026-11-01T04:00:00Z\
                &to=2026-11-22T10:00:00Z&outcome=resolved";
    object([
        ("value", count("The sum or the count.", 1186)),
        ("unit", text("What it counts.", "conversations")),
        ("conversations", count("How many conversations it is over.", 1186)),
        ("href", text("Lists exactly these conversations.", link)),
    ])
    .into()
}

fn explanation() -> RefOr<Schema> {
    object([
        ("definition", text("What the metric is.", "Resolved conversations ÷ all conversations.")),
        ("unit", text("Its unit.", "share, 0 to 1")),
        ("relation", text("Where it was read.", "conversation_metrics_15m")),
        ("numerator", or_null(reference("Counted"))),
        ("denominator", or_null(reference("Counted"))),
    ])
    .into()
}

fn explained(previous: RefOr<Schema>) -> RefOr<Schema> {
    object([("metrics", reference("Explanations")), ("previous_period", previous)])
        .description(Some("Only with explain=true."))
        .into()
}

fn growth_rate() -> RefOr<Schema> {
    number_or_null("By how much total_conversations grew, as a share; null without comparison.", 0.09)
}

fn metrics() -> RefOr<Schema> {
    let answer = object([
        ("date_range", pair(date())),
        ("metrics", reference("PeriodMetrics")),
        ("previous_period", or_null(reference("PeriodMetrics"))),
        ("previous_date_range", or_null(pair(date()))),
        ("growth_rate", growth_rate()),
        ("changes", or_null(reference("Changes"))),
    ]);
    and_optional(answer, [("explain", explained(or_null(reference("Explanations"))))]).into()
}

fn dashboard() -> RefOr<Schema> {
    let answer = object([
        ("store_id", uuid()),
        ("timezone", text("IANA timezone of the store.", "America/New_York")),
        ("period", choice(Period::ALL.iter().map(|(name, _)| *name)).into()),
        ("range", reference("TimeRange")),
        ("metrics", reference("PeriodMetrics")),
        ("previous_period", reference("PeriodMetrics")),
        ("previous_range", reference("TimeRange")),
        ("growth_rate", growth_rate()),
        ("changes", reference("Changes")),
        ("daily", array(reference("BucketMetrics")).into()),
        ("roi", reference("Roi")),
    ]);
    and_optional(answer, [("explain", explained(reference("Explanations")))]).into()
}
