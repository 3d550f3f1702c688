//! What the analytics endpoints answer a shop, each field compared with the oracle.

mod breakdown;
mod changes;
mod gaps;
mod performance;
mod quality;
mod roi_cases;

use std::fmt::Write;

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;
use colloquy::http::App;
use serde_json::{Value, json};
use uuid::Uuid;

use super::csv::both;
use super::http::{Answer, send};
use super::oracle::calendar::{
    Granularity, Period, Range, TrendBucket, day_range, period, period_days, previous_period, previous_year,
    trend_buckets,
};
use super::oracle::local_time::local_date;
use super::oracle::roi::{Assumptions, Overrides, Roi, RoiDay, day_differences, roi};
use super::oracle::{Conversation, Metrics, differences, equal, growth_rate, metrics};

pub use gaps::GapQuestion;

const EXPORTED: [&str; 18] = [
    "total_conversations",
    "resolved_conversations",
    "escalated_conversations",
    "abandoned_conversations",
    "avg_response_time_ms",
    "total_messages",
    "unique_customers",
    "open_conversations",
    "ai_resolved_conversations",
    "reopened_conversations",
    "resolution_rate",
    "escalation_rate",
    "abandonment_rate",
    "avg_first_response_time_ms",
    "csat_responses",
    "csat",
    "knowledge_retrievals",
    "citations_clicked",
];

/// A store with a key that may read and ingest.
#[derive(Clone)]
pub struct Shop {
    pub store_id: Uuid,
    pub tz: Tz,
    pub key: String,
    pub abandon_after: chrono::Duration,
    pub assumptions: Vec<(NaiveDate, Assumptions)>,
}

/// One shop's view of the API, beside the rows that the oracle expects. Each question returns one sentence for each
/// field that is wrong.
pub struct Answers<'a> {
    pub app: &'a App,
    pub shop: &'a Shop,
    pub rows: &'a [Conversation],
}

impl Answers<'_> {
    pub async fn metrics(&self, start: NaiveDate, end: NaiveDate, compare: &str) -> Vec<String> {
        let path = format!("metrics?start_date={start}&end_date={end}&compare={compare}");
        let (answer, mut wrong) = self.ask(&path).await;
        let current = self.of_days(start, end);
        wrong.metrics("metrics", &current, &answer["metrics"]);
        wrong.value("date_range", &json!([start, end]), &answer["date_range"]);
        let previous = match compare {
            "previous_period" => Some(previous_period(start, end)),
            "previous_year" => Some(previous_year(start, end)),
            _ => None,
        };
        let earlier = previous.map(|(start, end)| self.of_days(start, end));
        match &earlier {
            Some(earlier) => wrong.metrics("previous_period", earlier, &answer["previous_period"]),
            None => wrong.value("previous_period", &Value::Null, &answer["previous_period"]),
        }
        wrong.value("previous_date_range", &json!(previous), &answer["previous_date_range"]);
        let growth = growth_rate(current.total_conversations, earlier.map(|earlier| earlier.total_conversations));
        wrong.value("growth_rate", &json!(growth), &answer["growth_rate"]);
        wrong.found
    }

    pub async fn trends(&self, start: NaiveDate, end: NaiveDate, granularity: Granularity) -> Vec<String> {
        let path =
            format!("conversations/trends?start_date={start}&end_date={end}&granularity={}", granularity.as_str());
        let (answer, mut wrong) = self.ask(&path).await;
        self.buckets(&mut wrong, "", &trend_buckets(start, end, granularity, self.shop.tz), &answer);
        wrong.found
    }

    pub async fn dashboard(&self, of: Period, full: bool) -> Vec<String> {
        let compare = if full { "full" } else { "elapsed" };
        let (answer, mut wrong) = self.ask(&format!("dashboard?period={}&compare={compare}", of.as_str())).await;
        let tz = self.shop.tz;
        let Some(now) = instant(&answer["range"]["to"]) else {
            wrong.note("range.to", "is no instant");
            return wrong.found;
        };
        let expected = period(of, now, tz, full);
        wrong.range("range", expected.range, &answer["range"]);
        wrong.range("previous_range", expected.previous_range, &answer["previous_range"]);
        let (current, earlier) = (self.of_range(expected.range), self.of_range(expected.previous_range));
        wrong.metrics("metrics", &current, &answer["metrics"]);
        wrong.metrics("previous_period", &earlier, &answer["previous_period"]);
        let growth = growth_rate(current.total_conversations, Some(earlier.total_conversations));
        wrong.value("growth_rate", &json!(growth), &answer["growth_rate"]);
        wrong.value("store_id", &json!(self.shop.store_id), &answer["store_id"]);
        wrong.value("timezone", &json!(tz.name()), &answer["timezone"]);
        wrong.value("period", &json!(of.as_str()), &answer["period"]);

        let today = local_date(now, tz);
        let mut days = trend_buckets(of.first_day(today), today, Granularity::Day, tz);
        days.last_mut().unwrap().to = now;
        self.buckets(&mut wrong, "daily", &days, &answer["daily"]);
        let expected = roi(&self.roi_days(&days), &self.shop.assumptions, Overrides::default());
        wrong.roi("roi.", &expected, &answer["roi"]);
        wrong.found
    }

    pub async fn roi(&self, days: u64, overrides: Overrides) -> Vec<String> {
        let path = roi_path(days, overrides);
        let tz = self.shop.tz;
        let asked_at = Utc::now();
        let (answer, mut wrong) = self.ask(&path).await;
        if local_date(asked_at, tz) != local_date(Utc::now(), tz) {
            // Nobody can say which of the two days the answer calls today.
            return Vec::new();
        }
        let from = local_date(period_days(days, asked_at, tz).from, tz);
        let days = trend_buckets(from, local_date(asked_at, tz), Granularity::Day, tz);
        let days = self.roi_days(&days);
        wrong.roi("", &roi(&days, &self.shop.assumptions, overrides), &answer);
        let daily = answer["daily"].as_array().map(Vec::as_slice).unwrap_or_default();
        wrong.value("number of days", &json!(days.len()), &json!(daily.len()));
        for (day, got) in days.iter().zip(daily) {
            for sentence in day_differences(*day, &self.shop.assumptions, overrides, got) {
                wrong.note(&format!("daily {}", day.date), &sentence);
            }
        }
        wrong.found
    }

    pub async fn export(&self, start: NaiveDate, end: NaiveDate) -> Vec<String> {
        let days = trend_buckets(start, end, Granularity::Day, self.shop.tz);
        let days = days.iter().map(|day| (day.label_start.date_naive(), self.of_bucket(day)));
        let expected: Vec<(NaiveDate, Value)> =
            days.filter(|(_, day)| day.total_conversations > 0).map(|(date, day)| (date, day.to_json())).collect();

        let path = format!("analytics/export?dataset=daily_metrics&start_date={start}&end_date={end}");
        let (answer, header, mut wrong) = self.both(&path).await;
        let columns: Vec<&str> = ["date"].into_iter().chain(EXPORTED).collect();
        wrong.value("columns", &json!(columns), &json!(header));
        wrong.value("number of days", &json!(expected.len()), &json!(answer.as_array().map(Vec::len)));
        for ((date, want), got) in expected.iter().zip(answer.as_array().into_iter().flatten()) {
            wrong.value("date", &json!(date), &got["date"]);
            for name in EXPORTED {
                wrong.value(&format!("{date}.{name}"), &want[name], &got[name]);
            }
        }
        wrong.found
    }

    /// An endpoint's answer in JSON and the columns of its CSV, with one sentence for each cell that differs.
    async fn both(&self, path: &str) -> (Value, Vec<String>, Wrong) {
        let both = both(self.app, &format!("/api/v1/{path}"), &self.shop.key).await;
        let mut wrong = Wrong::new(&format!("{path} of {} in {}", self.shop.store_id, self.shop.tz));
        for sentence in &both.differences {
            wrong.note("CSV:", sentence);
        }
        (both.json.json, both.table.columns, wrong)
    }

    async fn ask(&self, path: &str) -> (Value, Wrong) {
        let answer = self.get(&format!("analytics/{path}")).await;
        (answer.json, Wrong::new(&format!("{path} of {} in {}", self.shop.store_id, self.shop.tz)))
    }

    async fn get(&self, path: &str) -> Answer {
        let answer = send(self.app, "GET", &format!("/api/v1/{path}"), &self.shop.key).await;
        assert_eq!(answer.status(), 200, "{path}: {}", answer.text());
        assert!(instant(&json!(answer.header("x-data-complete-until"))).is_some(), "{path}: no X-Data-Complete-Until");
        answer
    }

    fn buckets(&self, wrong: &mut Wrong, part: &str, buckets: &[TrendBucket], answer: &Value) {
        let answer = answer.as_array().map(Vec::as_slice).unwrap_or_default();
        wrong.value(&format!("{part} length"), &json!(buckets.len()), &json!(answer.len()));
        for (bucket, got) in buckets.iter().zip(answer) {
            let label = bucket.label_start.to_rfc3339();
            wrong.value(&format!("{part}[{label}].bucket"), &json!(label), &got["bucket"]);
            wrong.metrics(&format!("{part}[{label}]"), &self.of_bucket(bucket), got);
        }
    }

    fn roi_days(&self, days: &[TrendBucket]) -> Vec<RoiDay> {
        let day = |bucket: &TrendBucket| {
            let of_day = self.of_bucket(bucket);
            RoiDay {
                date: bucket.label_start.date_naive(),
                total_conversations: of_day.total_conversations,
                ai_resolved_conversations: of_day.ai_resolved_conversations,
            }
        };
        days.iter().map(day).collect()
    }

    fn of_days(&self, start: NaiveDate, end: NaiveDate) -> Metrics {
        self.of_range(day_range(start, end, self.shop.tz))
    }

    fn of_bucket(&self, bucket: &TrendBucket) -> Metrics {
        self.of_range(Range { from: bucket.from, to: bucket.to })
    }

    fn of_range(&self, range: Range) -> Metrics {
        metrics(self.rows, self.shop.store_id, range.from, range.to)
    }
}

fn roi_path(days: u64, overrides: Overrides) -> String {
    let mut path = format!("roi?period_days={days}");
    for (name, number) in [
        ("avg_human_agent_cost_per_hour", overrides.avg_human_agent_cost_per_hour),
        ("avg_conversation_time_minutes", overrides.avg_conversation_time_minutes),
        ("ai_cost_per_conversation", overrides.ai_cost_per_conversation),
    ] {
        if let Some(number) = number {
            let _ = write!(path, "&{name}={number}");
        }
    }
    path
}

fn instant(value: &Value) -> Option<DateTime<Utc>> {
    Some(DateTime::parse_from_rfc3339(value.as_str()?).ok()?.to_utc())
}

/// What is wrong with one answer.
struct Wrong {
    question: String,
    found: Vec<String>,
}

impl Wrong {
    fn new(question: &str) -> Self {
        Self { question: question.to_owned(), found: Vec::new() }
    }

    fn note(&mut self, field: &str, sentence: &str) {
        self.found.push(format!("{}: {field} {sentence}", self.question));
    }

    fn value(&mut self, field: &str, want: &Value, got: &Value) {
        if !equal(want, got) {
            self.note(field, &format!("expected {want}, got {got}"));
        }
    }

    fn metrics(&mut self, part: &str, want: &Metrics, got: &Value) {
        let found = differences(want, got);
        self.found.extend(found.into_iter().map(|sentence| format!("{}: {part}.{sentence}", self.question)));
    }

    fn range(&mut self, field: &str, want: Range, got: &Value) {
        if instant(&got["from"]) != Some(want.from) || instant(&got["to"]) != Some(want.to) {
            self.note(field, &format!("expected {} to {}, got {got}", want.from, want.to));
        }
    }

    fn roi(&mut self, part: &str, want: &Roi, got: &Value) {
        let found = want.differences(got);
        self.found.extend(found.into_iter().map(|sentence| format!("{}: {part}{sentence}", self.question)));
    }
}
