//! Questions about where metrics are heading.

use chrono::NaiveDate;
use serde_json::json;

use super::Answers;
use crate::support::oracle::calendar::{Granularity, trend_buckets};
use crate::support::oracle::performance::trends;

const COLUMNS: [&str; 14] = [
    "metric",
    "days_with_data",
    "mean",
    "slope_per_day",
    "intercept",
    "r_squared",
    "p_value",
    "direction",
    "deviating_date_1",
    "deviating_value_1",
    "deviating_expected_1",
    "deviating_date_2",
    "deviating_value_2",
    "deviating_expected_2",
];

impl Answers<'_> {
    pub async fn performance(&self, start: NaiveDate, end: NaiveDate) -> Vec<String> {
        let path = format!("analytics/performance?start_date={start}&end_date={end}");
        let (answer, header, mut wrong) = self.both(&path).await;
        wrong.value("columns", &json!(COLUMNS), &json!(header));
        let days = trend_buckets(start, end, Granularity::Day, self.shop.tz);
        let days: Vec<_> = days.iter().map(|day| (day.label_start.date_naive(), self.of_bucket(day))).collect();
        let trends = trends(start, &days);
        wrong.value("length", &json!(trends.len()), &json!(answer.as_array().map(Vec::len)));
        for (trend, got) in trends.iter().zip(answer.as_array().into_iter().flatten()) {
            for sentence in trend.differences(got) {
                wrong.note(trend.metric, &sentence);
            }
        }
        wrong.found
    }
}
