//! Questions about the low and the high case of ROI.

use chrono::Utc;
use serde_json::{Value, json};

use super::{Answers, instant, roi_path};
use crate::support::oracle::Conversation;
use crate::support::oracle::calendar::{Granularity, TrendBucket, period_days, trend_buckets};
use crate::support::oracle::local_time::local_date;
use crate::support::oracle::roi::{Overrides, RoiDay, roi};
use crate::support::oracle::roi_cases::{Case, is_unsettled};

impl Answers<'_> {
    pub async fn roi_cases(&self, days: u64, overrides: Overrides) -> Vec<String> {
        let tz = self.shop.tz;
        let asked_at = Utc::now();
        let (answer, _, mut wrong) = self.both(&format!("analytics/{}", roi_path(days, overrides))).await;
        if local_date(asked_at, tz) != local_date(Utc::now(), tz) {
            // Nobody can say which of the two days the answer calls today.
            return Vec::new();
        }
        let range = period_days(days, asked_at, tz);
        let (from, to) = (instant(&answer["range"]["from"]), instant(&answer["range"]["to"]));
        if from != Some(range.from) || to.is_none_or(|to| to < asked_at - chrono::Duration::seconds(5)) {
            wrong.note("range", &format!("expected {} to {asked_at} or later, got {}", range.from, answer["range"]));
        }
        if answer["currency"].as_str().is_none_or(|code| code.len() != 3) {
            wrong.note("currency", &format!("expected a code of three letters, got {}", answer["currency"]));
        }
        let days = trend_buckets(local_date(range.from, tz), local_date(asked_at, tz), Granularity::Day, tz);
        for case in Case::ALL {
            let counted: Vec<&Conversation> = self.rows.iter().filter(|row| case.counts(row, self.rows)).collect();
            let expected = roi(&self.case_days(&days, &counted), &self.shop.assumptions, overrides);
            let got = &answer[case.as_str()];
            wrong.roi(&format!("{}.", case.as_str()), &expected, got);
            let now = to.unwrap_or(asked_at);
            let of_range = |row: &&&Conversation| days.iter().any(|day| self.is_of(day, row));
            let unsettled = counted.iter().filter(of_range).filter(|row| is_unsettled(row, now)).count();
            let unsettled = if case == Case::Low { json!(unsettled) } else { Value::Null };
            let field = format!("{}.unsettled_conversations", case.as_str());
            wrong.value(&field, &unsettled, &got["unsettled_conversations"]);
        }
        wrong.found
    }

    fn case_days(&self, days: &[TrendBucket], counted: &[&Conversation]) -> Vec<RoiDay> {
        let saved = |day: &TrendBucket| counted.iter().filter(|row| self.is_of(day, row)).count();
        let of_days = days.iter().zip(self.roi_days(days));
        let with_case =
            |(day, of_day)| RoiDay { ai_resolved_conversations: i64::try_from(saved(day)).unwrap(), ..of_day };
        of_days.map(with_case).collect()
    }

    fn is_of(&self, day: &TrendBucket, row: &Conversation) -> bool {
        row.store_id == self.shop.store_id && day.from <= row.started_at && row.started_at < day.to
    }
}
