//! Questions about quality, gaps, groups, trends and the cases of ROI.

use chrono::{Duration, DurationRound, TimeDelta, Utc};
use rand::Rng;
use rand::seq::IndexedRandom;
use rust_decimal::Decimal;

use super::Trial;
use crate::support::answers::GapQuestion;
use crate::support::oracle::Conversation;
use crate::support::oracle::breakdown::By;
use crate::support::oracle::gaps::{GapOptions, gaps};
use crate::support::oracle::quality::Score;
use crate::support::oracle::roi::Overrides;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_rest_of_the_analytics_counts_too() {
    for seed in super::seeds(&[21, 22]) {
        let mut trial = Trial::start(seed).await;
        trial.live(54, 90, 400).await;
        trial.new_questions("live").await;
    }
}

impl Trial {
    /// Scores some conversations, looks for gaps, and compares every new answer with the oracle.
    pub(super) async fn new_questions(&mut self, moment: &str) {
        let turn = self.turn().await;
        let mut wrong = self.world.learn_timeouts().await;
        let rows = self.world.rows(None);
        self.world.call("detect_content_gaps()").await;
        for nth in 0..self.world.shops.len() {
            let scores = self.score(nth, &rows).await;
            for _ in 0..4 {
                wrong.extend(self.ask_for_dates(nth, &rows, &scores).await);
            }
            wrong.extend(self.ask_for_today(nth, &rows).await);
            wrong.extend(self.ask_for_gaps(nth, &rows).await);
        }
        drop(turn);
        self.fail_with(moment, &wrong);
    }

    /// Sends scores of some conversations, of a few more than one; returns them in order.
    async fn score(&mut self, nth: usize, rows: &[Conversation]) -> Vec<Score> {
        let shop = self.world.shops[nth].clone();
        let of_store: Vec<&Conversation> = rows.iter().filter(|row| row.store_id == shop.store_id).collect();
        let now = Utc::now().duration_trunc(TimeDelta::microseconds(1)).unwrap();
        let mut scores: Vec<Score> = Vec::new();
        for _ in 0..of_store.len() / 2 {
            let row = of_store.choose(&mut self.rng).unwrap();
            let rng = &mut self.rng;
            let hundredths = rng.random_range(0..=100);
            let mut sometimes = || rng.random_bool(0.5).then(|| Decimal::new(rng.random_range(0..=100), 2));
            scores.push(Score {
                store_id: shop.store_id,
                conversation_id: row.conversation_id,
                overall_score: Decimal::new(hundredths, 2),
                helpfulness_score: sometimes(),
                accuracy_score: sometimes(),
                politeness_score: sometimes(),
                scored_at: (row.started_at + Duration::hours(rng.random_range(-200..900))).min(now),
            });
        }
        self.world.post_scores(&shop, &scores).await;
        scores
    }

    async fn ask_for_dates(&mut self, nth: usize, rows: &[Conversation], scores: &[Score]) -> Vec<String> {
        let answers = self.world.answers(&self.world.shops[nth], rows);
        let days = (Utc::now().date_naive() - self.first_date).num_days();
        let start = self.first_date + Duration::days(self.rng.random_range(0..=days));
        let end = start + Duration::days(*[0, 1, 6, 20, 60].choose(&mut self.rng).unwrap());
        let compare = *["previous_period", "previous_year", "none"].choose(&mut self.rng).unwrap();
        let mut wrong = answers.quality(start, end, compare, scores).await;
        wrong.extend(answers.performance(start, end).await);
        for by in By::ALL {
            wrong.extend(answers.breakdown(start, end, by).await);
        }
        wrong
    }

    async fn ask_for_today(&mut self, nth: usize, rows: &[Conversation]) -> Vec<String> {
        let answers = self.world.answers(&self.world.shops[nth], rows);
        let rng = &mut self.rng;
        let overrides = Overrides {
            avg_conversation_time_minutes: rng.random_bool(0.5).then(|| Decimal::new(rng.random_range(0..500), 1)),
            ..Overrides::default()
        };
        answers.roi_cases(*[1, 7, 30, 60].choose(rng).unwrap(), overrides).await
    }

    async fn ask_for_gaps(&mut self, nth: usize, rows: &[Conversation]) -> Vec<String> {
        let shop = &self.world.shops[nth];
        let options = GapOptions {
            store_id: shop.store_id,
            tz: shop.tz,
            confidence_threshold: Decimal::new(5, 1),
            assumptions: &shop.assumptions,
        };
        let expected = gaps(rows, &self.world.events, &[], &options);
        let answers = self.world.answers(shop, rows);
        let mut wrong = Vec::new();
        for (order, status, topic) in [
            ("cost", None, None),
            ("frequency", Some("identified"), None),
            ("last_seen_at", Some("resolved"), None),
            ("topic", None, Some("REFUND")),
            ("topic", None, Some("e")),
        ] {
            wrong.extend(answers.content_gaps(GapQuestion { order, status, topic }, &expected).await);
        }
        wrong
    }
}
