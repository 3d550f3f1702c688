//! Documentation of `/api/v1/analytics`.

use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{AdditionalProperties, ObjectBuilder, Schema};

use super::answer::Answer;
use super::columns::Columns;
use super::headers::complete_until;
use super::operation::{Operation, fault};
use super::parameters::{compare, dates, json_or_csv, one_of, optional, required};
use super::schemas::{
    and_optional, array, choice, count, date, instant, number_or_null, object, or_null, pair, reference, text, uuid,
    with_format,
};
use crate::analytics::breakdown::BY;
use crate::analytics::definitions::METRICS;
use crate::analytics::ranges::{Granularity, MAX_BUCKETS, Period};
use crate::http::auth::Scope;
use crate::http::problem::{Fault, Problem};

const METRICS_SQL: &str = include_str!("../../../sql/analytics/metrics.sql");
const DASHBOARD_SQL: &str = include_str!("../../../sql/analytics/dashboard.sql");
const TRENDS_SQL: &str = include_str!("../../../sql/analytics/trends.sql");
const BREAKDOWN_SQL: &str = include_str!("../../../sql/analytics/breakdown.sql");
const PERFORMANCE_SQL: &str = include_str!("../../../sql/analytics/performance.sql");
const LIVE_SQL: &str = include_str!("../../../sql/analytics/live.sql");

pub(super) fn schemas() -> Vec<(&'static str, RefOr<Schema>)> {
    vec![
        ("PeriodMetrics", Columns::of(METRICS_SQL).without(&["part"]).row().into()),
        ("BucketMetrics", Columns::of(TRENDS_SQL).row().into()),
        ("GroupMetrics", Columns::of(BREAKDOWN_SQL).row().into()),
        ("Performance", Columns::of(PERFORMANCE_SQL).row().into()),
        ("LiveMetrics", live_metrics()),
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
    let operations = [
        dashboard_operation(),
        metrics_operation(),
        trends_operation(),
        breakdown_operation(),
        performance_operation(),
        live_operation(),
    ];
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
        .described("The period so far, the one before it, each local day, what the AI saved, quality scores and content gaps. CSV has the rows of `metrics`, `previous_period` and `daily`.")
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

fn breakdown_operation() -> Operation {
    let answer = Answer::json("A row for each group.", array(reference("GroupMetrics")));
    Operation::get(
        "/api/v1/analytics/breakdown",
        "breakdown",
        "Metrics by channel, language, agent or hour of the week",
    )
    .described("Groups of fewer than 10 conversations are marked `too_few`.")
    .of_tenant(Scope::Read)
    .parameters([required("by", "What the groups are.", one_of(&BY))])
    .parameters(dates())
    .parameters([json_or_csv()])
    .faults([start_after_end()])
    .answer(200, answer.or_csv(&Columns::of(BREAKDOWN_SQL)).header(complete_until()))
}

fn performance_operation() -> Operation {
    let answer = Answer::json("A row for each metric.", array(reference("Performance")));
    Operation::get("/api/v1/analytics/performance", "performance", "In which direction metrics move")
        .described(
            "A straight line through the local days: its slope, how well it fits, and the days furthest from it.",
        )
        .of_tenant(Scope::Read)
        .parameters(dates())
        .parameters([json_or_csv()])
        .faults([start_after_end(), too_many_days()])
        .answer(200, answer.or_csv(&Columns::of(PERFORMANCE_SQL)).header(complete_until()))
}

fn live_operation() -> Operation {
    let example = "event:metrics\nid:2026-11-22T10:00:00Z\ndata:{…}\n\n".into();
    let events = with_format("").description(Some("`data` of each event `metrics` is LiveMetrics as JSON."));
    let answer = Answer::empty("Server-sent events, without end.").or("text/event-stream", events, vec![("", example)]);
    Operation::get("/api/v1/analytics/live", "liveMetrics", "The metrics of today, whenever they change")
        .described(
            "At once, then within two seconds of a change and at most once a second; a comment every 15 seconds. \
             The id of an event is the instant up to which it is complete.",
        )
        .of_tenant(Scope::Read)
        .problems([Problem::TooManyListeners])
        .answer(200, answer)
}

/// What `Dates::read_days` says of too many days.
pub(super) fn too_many_days() -> Fault {
    let detail = format!("is more than {MAX_BUCKETS} days after start_date; shorten the range.");
    fault("end_date", "too_many_buckets", &detail)
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

fn live_metrics() -> RefOr<Schema> {
    let metrics = Columns::of(LIVE_SQL).without(&["timezone", "is_archived", "is_over"]);
    object([
        ("date", date()),
        ("timezone", text("IANA timezone of the store.", "America/New_York")),
        ("range", reference("TimeRange")),
        ("metrics", metrics.row().into()),
    ])
    .into()
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
        ("roi", reference("RoiFormula")),
        ("quality", reference("QualityMetrics")),
        ("content_gaps", reference("ContentGapSummary")),
    ]);
    and_optional(answer, [("explain", explained(reference("Explanations")))]).into()
}
