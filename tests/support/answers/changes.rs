//! Questions about what changed since the period before.

use chrono::NaiveDate;
use serde_json::Value;

use super::{Answers, Wrong, instant};
use crate::support::oracle::calendar::{Period, Range, day_range, period, previous_period, previous_year};
use crate::support::oracle::changes::{Measured, changes};
use crate::support::oracle::samples::samples;

impl Answers<'_> {
    pub async fn metrics_changes(&self, start: NaiveDate, end: NaiveDate, compare: &str) -> Vec<String> {
        let path = format!("analytics/metrics?start_date={start}&end_date={end}&compare={compare}");
        let (answer, _, mut wrong) = self.both(&path).await;
        let (start, end) = match compare {
            "previous_period" => previous_period(start, end),
            "previous_year" => previous_year(start, end),
            _ => {
                wrong.value("changes", &Value::Null, &answer["changes"]);
                return wrong.found;
            }
        };
        let current: [NaiveDate; 2] = serde_json::from_value(answer["date_range"].clone()).unwrap();
        let tz = self.shop.tz;
        self.changed(&mut wrong, day_range(current[0], current[1], tz), day_range(start, end, tz), &answer["changes"]);
        wrong.found
    }

    pub async fn dashboard_changes(&self, of: Period, full: bool) -> Vec<String> {
        let compare = if full { "full" } else { "elapsed" };
        let (answer, _, mut wrong) =
            self.both(&format!("analytics/dashboard?period={}&compare={compare}", of.as_str())).await;
        match instant(&answer["range"]["to"]) {
            Some(now) => {
                let expected = period(of, now, self.shop.tz, full);
                self.changed(&mut wrong, expected.range, expected.previous_range, &answer["changes"]);
            }
            None => wrong.note("range.to", "is no instant"),
        }
        wrong.found
    }

    fn changed(&self, wrong: &mut Wrong, range: Range, previous_range: Range, got: &Value) {
        let expected = changes(&self.measured(range), &self.measured(previous_range));
        for (metric, change) in expected {
            for (name, want) in change.to_json().as_object().unwrap() {
                wrong.value(&format!("changes.{metric}.{name}"), want, &got[metric][name]);
            }
        }
    }

    fn measured(&self, range: Range) -> Measured {
        let samples = samples(self.rows, self.shop.store_id, range.from, range.to);
        Measured { metrics: self.of_range(range), samples }
    }
}
