//! Questions about groups of conversations.

use chrono::NaiveDate;
use serde_json::json;

use super::Answers;
use crate::support::oracle::breakdown::{By, breakdown};
use crate::support::oracle::calendar::day_range;
use crate::support::oracle::samples::METRICS;

impl Answers<'_> {
    pub async fn breakdown(&self, start: NaiveDate, end: NaiveDate, by: By) -> Vec<String> {
        let path = format!("analytics/breakdown?by={}&start_date={start}&end_date={end}", by.as_str());
        let (answer, header, mut wrong) = self.both(&path).await;
        let columns: Vec<&str> = ["group"].into_iter().chain(METRICS).chain(["too_few"]).collect();
        // Sums that metrics are made of may stand between them.
        let known: Vec<&String> = header.iter().filter(|name| columns.contains(&name.as_str())).collect();
        wrong.value("columns", &json!(columns), &json!(known));
        let range = day_range(start, end, self.shop.tz);
        let groups = breakdown(self.rows, self.shop.store_id, range, by, self.shop.tz);
        wrong.value("length", &json!(groups.len()), &json!(answer.as_array().map(Vec::len)));
        for (group, got) in groups.iter().zip(answer.as_array().into_iter().flatten()) {
            let place = format!("[{:?}]", group.name);
            wrong.value(&format!("{place}.group"), &json!(group.name), &got["group"]);
            wrong.metrics(&place, &group.metrics, got);
            wrong.value(&format!("{place}.too_few"), &json!(group.is_too_few()), &got["too_few"]);
        }
        wrong.found
    }
}
