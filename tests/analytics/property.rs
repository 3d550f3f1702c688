//! Every number equals the oracle's right after each commit, whatever arrives in whatever order, while the jobs run.
//!
//! `COLLOQUY_SEED` picks the one stream to run; without it a few fixed ones do.

mod new_questions;

use std::collections::HashSet;
use std::sync::Arc;
use std::time::{Duration as StdDuration, Instant};

use chrono::{DateTime, Days, Duration, DurationRound, NaiveDate, TimeDelta, Utc};
use chrono_tz::Tz;
use futures_util::future::join_all;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};
use rust_decimal::Decimal;
use serde_json::{Value, json};
use tokio::sync::{Mutex, OwnedMutexGuard};
use tokio::task::JoinSet;
use uuid::Uuid;

use crate::support::oracle::calendar::{Granularity, Period};
use crate::support::oracle::roi::{Assumptions, Overrides};
use crate::support::oracle::{Conversation, Event};
use crate::support::streams::{self, Options, by_store};
use crate::support::world::{World, call};

/// Zones that change their clocks; each trial has one of them beside the three that every trial has.
const CHANGING: [Tz; 4] =
    [chrono_tz::America::New_York, chrono_tz::Australia::Lord_Howe, chrono_tz::Asia::Beirut, chrono_tz::Europe::Berlin];
const IMPORT_LOCK: &str = "hashtext('colloquy.raw_in_use'), 0";
const SWEEP: &str = "abandon_conversations(config => '{\"hours\": 2160}')";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn live_events_count_right_after_their_commit() {
    for seed in seeds(&[1, 2, 3]) {
        Trial::start(seed).await.live(54, 90, 120).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn history_counts_too_and_stays_when_its_raw_events_go() {
    for seed in seeds(&[11, 12]) {
        let mut trial = Trial::start(seed).await;
        trial.history().await;
        trial.live(20, 30, 60).await;
    }
}

fn seeds(fixed: &[u64]) -> Vec<u64> {
    let given = std::env::var("COLLOQUY_SEED").ok();
    given.map_or_else(|| fixed.to_vec(), |seed| vec![seed.parse().expect("COLLOQUY_SEED is a number")])
}

struct Trial {
    seed: u64,
    rng: StdRng,
    /// Dropped before the world, whose database they use.
    jobs: JoinSet<()>,
    world: World,
    /// Held by the sweep under way, so that none comes between the oracle's view and the answers.
    sweeping: Arc<Mutex<()>>,
    first_date: NaiveDate,
    sent: HashSet<(Uuid, Uuid, Uuid, DateTime<Utc>)>,
}

impl Trial {
    async fn start(seed: u64) -> Self {
        let mut rng = StdRng::seed_from_u64(seed);
        let changing = *CHANGING.choose(&mut rng).unwrap();
        let world = World::with_timeouts(&[
            (chrono_tz::Asia::Kolkata, 30),
            (chrono_tz::Asia::Kathmandu, 1),
            (chrono_tz::America::St_Johns, 30),
            (changing, 60 * 24),
        ])
        .await;
        let first_date = Utc::now().date_naive();
        let (jobs, sweeping) = (JoinSet::new(), Arc::default());
        let mut trial = Self { seed, rng, jobs, world, sweeping, first_date, sent: HashSet::new() };
        trial.assume().await;
        trial.run_jobs().await;
        trial
    }

    /// Dated assumptions of some shops, some of them in the middle of what will be asked for.
    async fn assume(&mut self) {
        for nth in 0..self.world.shops.len() {
            for _ in 0..self.rng.random_range(0..3) {
                let valid_from = Utc::now().date_naive() - Days::new(self.rng.random_range(0..60));
                let assumptions = Assumptions {
                    avg_human_agent_cost_per_hour: Decimal::new(self.rng.random_range(0..9_999), 2),
                    avg_conversation_time_minutes: Decimal::new(self.rng.random_range(0..200), 1),
                    ai_cost_per_conversation: Decimal::new(self.rng.random_range(0..999), 3),
                };
                let shop = &mut self.world.shops[nth];
                shop.assumptions.retain(|(date, _)| *date != valid_from);
                shop.assumptions.push((valid_from, assumptions));
                let set = include_str!("../../sql/stores/set_roi_assumptions.sql");
                let Assumptions {
                    avg_human_agent_cost_per_hour: cost,
                    avg_conversation_time_minutes: minutes,
                    ai_cost_per_conversation: ai_cost,
                } = assumptions;
                let parameters: [&(dyn tokio_postgres::types::ToSql + Sync); 5] =
                    [&shop.store_id, &valid_from, &cost, &minutes, &ai_cost];
                self.world.client.query(set, &parameters).await.unwrap();
            }
        }
    }

    /// Refresh, retention and sweeps in loops, each on a connection of its own.
    async fn run_jobs(&mut self) {
        for procedure in ["refresh_rollups()", "drop_raw_events()"] {
            let client = self.world.database.client().await;
            self.jobs.spawn(async move {
                loop {
                    call(&client, procedure).await;
                    tokio::time::sleep(StdDuration::from_millis(50)).await;
                }
            });
        }
        let (client, sweeping) = (self.world.database.client().await, Arc::clone(&self.sweeping));
        self.jobs.spawn(async move {
            loop {
                let turn = sweeping.lock().await;
                call(&client, SWEEP).await;
                drop(turn);
                tokio::time::sleep(StdDuration::from_millis(100)).await;
            }
        });
    }

    /// Events that are too old for HTTP, through the door of import; then their raw events are dropped.
    async fn history(&mut self) {
        let to = Utc::now().duration_trunc(TimeDelta::microseconds(1)).unwrap() - Duration::days(110);
        let from = to - Duration::days(350);
        self.first_date = from.date_naive() - Days::new(3);
        self.world.client.batch_execute(&format!("select pg_advisory_lock_shared({IMPORT_LOCK})")).await.unwrap();
        self.world.add_days(self.first_date, Utc::now().date_naive()).await;
        // Another seed, or the ids would be those of the live events.
        let seed = self.seed.wrapping_add(1_000_000);
        for batch in self.stream(seed, from, to, 70, 150) {
            self.world.import(&batch).await;
            self.check("history").await;
        }
        let sweep = json!({"from": from - Duration::days(1), "to": to + Duration::days(1)});
        self.world.call(&format!("abandon_conversations(config => '{sweep}')")).await;
        let expected = self.world.rows(Some(Utc::now()));
        self.fail_with("history swept", &self.world.row_differences(&expected).await);
        self.check("history swept").await;
        self.world.client.batch_execute(&format!("select pg_advisory_unlock_shared({IMPORT_LOCK})")).await.unwrap();

        let left = "select count(*) from conversation_events where created_at < now() - interval '98 days'";
        let deadline = Instant::now() + StdDuration::from_secs(10);
        while self.world.client.query_one(left, &[]).await.unwrap().get::<_, i64>(0) > 0 {
            assert!(Instant::now() < deadline, "raw events are still there");
            tokio::time::sleep(StdDuration::from_millis(50)).await;
        }
        self.check("history dropped").await;
    }

    /// Events of the last days, through HTTP and now and then through SQL.
    async fn live(&mut self, days: i64, conversation_ids: usize, largest_batch: usize) {
        let to = Utc::now().duration_trunc(TimeDelta::microseconds(1)).unwrap();
        let from = to - Duration::days(days);
        self.first_date = self.first_date.min(from.date_naive() - Days::new(3));
        for (nth, batch) in self.stream(self.seed, from, to, conversation_ids, largest_batch).into_iter().enumerate() {
            self.send(&batch).await;
            self.check(&format!("live batch {nth}")).await;
        }
        self.sweep().await;
        self.check("live swept").await;
        self.world.call("refresh_rollups()").await;
        self.check("live refreshed").await;
    }

    fn stream(
        &self,
        seed: u64,
        from: DateTime<Utc>,
        to: DateTime<Utc>,
        conversation_ids: usize,
        largest_batch: usize,
    ) -> Vec<Vec<Event>> {
        let timezones = self.world.shops.iter().map(|shop| shop.tz).collect();
        let options = Options { stores: self.world.store_ids(), conversation_ids, from, to, timezones, largest_batch };
        streams::generate(seed, &options)
    }

    async fn send(&mut self, batch: &[Event]) {
        let fresh = batch
            .iter()
            .filter(|event| self.sent.insert((event.store_id, event.conversation_id, event.event_id, event.timestamp)));
        let fresh = fresh.count();
        let counts: Vec<(u64, u64)> = if self.rng.random_bool(0.2) {
            let events: Vec<Value> = batch.iter().map(Event::to_json).collect();
            let ingest = "select accepted, duplicates, errors from ingest_events($1)";
            let row = self.world.client.query_one(ingest, &[&json!(events)]).await.unwrap();
            assert_eq!(row.get::<_, Value>("errors"), json!([]), "seed {}", self.seed);
            let count = |name| u64::try_from(row.get::<_, i64>(name)).unwrap();
            vec![(count("accepted"), count("duplicates"))]
        } else {
            // Each store's own key, at the same time: they share transactions.
            let parts = by_store(batch);
            let posts = parts.iter().map(|(store_id, events)| self.world.post(&self.world.shop(*store_id).key, events));
            let count = |answer: &Value, name: &str| answer[name].as_u64().unwrap();
            let answers = join_all(posts).await;
            answers.iter().map(|answer| (count(&answer.json, "accepted"), count(&answer.json, "duplicates"))).collect()
        };
        self.world.events.extend_from_slice(batch);
        let (accepted, duplicates) =
            counts.iter().fold((0, 0), |(accepted, duplicates), (a, d)| (accepted + a, duplicates + d));
        let expected = (fresh as u64, (batch.len() - fresh) as u64);
        assert_eq!((accepted, duplicates), expected, "seed {}: accepted and duplicates", self.seed);
    }

    /// Sweeps until nothing can have become due meanwhile, and compares the rows with the oracle's own timeouts.
    async fn sweep(&mut self) {
        let turn = self.turn().await;
        loop {
            let before = Utc::now();
            self.world.call(SWEEP).await;
            let expected = self.world.rows(Some(before));
            if expected == self.world.rows(Some(Utc::now())) {
                self.fail_with("swept", &self.world.row_differences(&expected).await);
                break;
            }
        }
        drop(turn);
    }

    /// Compares the rows and some answers with the oracle.
    async fn check(&mut self, moment: &str) {
        if let Some(ended) = self.jobs.try_join_next() {
            ended.unwrap();
        }
        let turn = self.turn().await;
        let mut wrong = self.world.learn_timeouts().await;
        let rows = self.world.rows(None);
        wrong.extend(self.world.row_differences(&rows).await);
        for nth in 0..self.world.shops.len() {
            wrong.extend(self.ask(nth, &rows).await);
        }
        drop(turn);
        self.fail_with(moment, &wrong);
    }

    /// A few random questions of one shop.
    async fn ask(&mut self, nth: usize, rows: &[Conversation]) -> Vec<String> {
        let shop = &self.world.shops[nth];
        let answers = self.world.answers(shop, rows);
        let rng = &mut self.rng;
        let today = Utc::now().date_naive();
        let days = (today - self.first_date).num_days();
        let mut dates = |longest: i64| {
            let start = self.first_date + Duration::days(rng.random_range(0..=days));
            let length = *[0, 0, 1, 6, 29, 120].choose(rng).unwrap();
            (start, start + Duration::days(length.min(longest)))
        };
        let ((start, end), (trend_start, trend_end), (export_start, export_end)) = (dates(400), dates(40), dates(400));
        let compare = *["previous_period", "previous_year", "none"].choose(rng).unwrap();
        let mut wrong = answers.metrics(start, end, compare).await;
        match rng.random_range(0..7) {
            0 => {
                let granularity = *Granularity::ALL.choose(rng).unwrap();
                wrong.extend(answers.trends(trend_start, trend_end, granularity).await);
            }
            1 => {
                let full = rng.random_bool(0.3);
                wrong.extend(answers.dashboard(*Period::ALL.choose(rng).unwrap(), full).await);
            }
            2 => {
                let mut number = |scale| rng.random_bool(0.3).then(|| Decimal::new(rng.random_range(0..5_000), scale));
                let overrides = Overrides {
                    avg_human_agent_cost_per_hour: number(2),
                    avg_conversation_time_minutes: number(1),
                    ai_cost_per_conversation: number(3),
                };
                let days = *[1, 2, 7, 30, 90, 365].choose(rng).unwrap();
                wrong.extend(answers.roi(days, overrides).await);
            }
            5 => {
                let days = *[1, 7, 14, 30, 60, 90, 365].choose(rng).unwrap();
                wrong.extend(answers.roi_cases(days, Overrides::default()).await);
            }
            3 => wrong.extend(answers.metrics_changes(start, end, compare).await),
            4 => {
                let full = rng.random_bool(0.3);
                wrong.extend(answers.dashboard_changes(*Period::ALL.choose(rng).unwrap(), full).await);
            }
            _ => wrong.extend(answers.export(export_start, export_end).await),
        }
        wrong
    }

    async fn turn(&self) -> OwnedMutexGuard<()> {
        Arc::clone(&self.sweeping).lock_owned().await
    }

    fn fail_with(&self, moment: &str, wrong: &[String]) {
        if !wrong.is_empty() {
            let shown = wrong.iter().take(12).cloned().collect::<Vec<_>>().join("\n  ");
            panic!("COLLOQUY_SEED={} {moment}: {} differences\n  {shown}", self.seed, wrong.len());
        }
    }
}
