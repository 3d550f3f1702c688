//! Questions about quality scores.

use chrono::NaiveDate;
use serde_json::{Value, json};

use super::{Answers, Wrong};
use crate::support::oracle::calendar::{Granularity, Range, day_range, previous_period, previous_year, trend_buckets};
use crate::support::oracle::quality::{Kind, Quality, Score, Scored, by_outcome, by_score, quality, scored};

const COLUMNS: [&str; 13] = [
    "part",
    "label",
    "total_conversations",
    "scored_conversations",
    "scored_rate",
    "avg_overall_score",
    "avg_helpfulness_score",
    "avg_accuracy_score",
    "avg_politeness_score",
    "resolution_rate",
    "ai_resolution_rate",
    "csat",
    "csat_responses",
];

impl Answers<'_> {
    /// `scores` are those that were sent, in their order.
    pub async fn quality(&self, start: NaiveDate, end: NaiveDate, compare: &str, scores: &[Score]) -> Vec<String> {
        let path = format!("analytics/quality?start_date={start}&end_date={end}&compare={compare}");
        let (answer, header, mut wrong) = self.both(&path).await;
        wrong.value("columns", &json!(COLUMNS), &json!(header));
        wrong.value("date_range", &json!([start, end]), &answer["date_range"]);
        let tz = self.shop.tz;
        let previous = match compare {
            "previous_period" => Some(previous_period(start, end)),
            "previous_year" => Some(previous_year(start, end)),
            _ => None,
        };
        wrong.value("previous_date_range", &json!(previous), &answer["previous_date_range"]);
        match previous {
            Some((start, end)) => {
                let earlier = quality(self.scored(scores, day_range(start, end, tz)));
                wrong.quality("previous_period", &earlier, &answer["previous_period"]);
            }
            None => wrong.value("previous_period", &Value::Null, &answer["previous_period"]),
        }
        let current = self.scored(scores, day_range(start, end, tz));
        wrong.quality("quality", &quality(current.iter().copied()), &answer["quality"]);
        let daily = trend_buckets(start, end, Granularity::Day, tz).into_iter().map(|day| {
            let of_day = quality(self.scored(scores, Range { from: day.from, to: day.to }));
            (day.label_start.date_naive().to_string(), of_day)
        });
        wrong.labelled("daily", &daily.collect::<Vec<_>>(), &answer["daily"]);
        wrong.labelled("outcome", &by_outcome(&current), &answer["outcome"]);
        for kind in Kind::ALL {
            wrong.labelled(kind.as_str(), &by_score(&current, kind), &answer[kind.as_str()]);
        }
        wrong.found
    }

    fn scored<'a>(&'a self, scores: &'a [Score], range: Range) -> Vec<Scored<'a>> {
        scored(self.rows, scores, self.shop.store_id, range).collect()
    }
}

impl Wrong {
    fn quality(&mut self, place: &str, want: &Quality, got: &Value) {
        for (name, want) in want.to_json().as_object().unwrap() {
            self.value(&format!("{place}.{name}"), want, &got[name]);
        }
    }

    fn labelled(&mut self, part: &str, want: &[(String, Quality)], got: &Value) {
        self.value(&format!("{part} length"), &json!(want.len()), &json!(got.as_array().map(Vec::len)));
        for ((label, want), got) in want.iter().zip(got.as_array().into_iter().flatten()) {
            self.value(&format!("{part} label"), &json!(label), &got["label"]);
            self.quality(&format!("{part}[{label}]"), want, got);
        }
    }
}
