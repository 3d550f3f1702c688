//! The views that psql and Grafana have for costs and quality, against the oracle.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Duration, NaiveDate, Utc};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use rust_decimal::Decimal;
use uuid::Uuid;

use crate::support::oracle::Conversation;
use crate::support::oracle::calendar::Range;
use crate::support::oracle::quality::{Score, scored};
use crate::support::oracle::roi::{Assumptions, Overrides, RoiDay, roi};
use crate::support::streams::{self, Options};
use crate::support::world::World;

const FROM: &str = "2026-01-20T00:00:00Z";
const TO: &str = "2026-06-10T00:00:00Z";

/// Two shops with some months of conversations, among them ids that have several rows.
async fn some_months() -> (World, Vec<Conversation>) {
    let zones = [chrono_tz::America::New_York, chrono_tz::Asia::Kathmandu];
    let mut world = World::new(&zones).await;
    let [from, to]: [DateTime<Utc>; 2] = [FROM, TO].map(|instant| instant.parse().unwrap());
    let options = Options {
        stores: world.store_ids(),
        conversation_ids: 250,
        from,
        to,
        timezones: zones.to_vec(),
        largest_batch: 1_000,
    };
    for batch in streams::generate(5, &options) {
        world.import(&batch).await;
    }
    world.add_days(from.date_naive() - chrono::Days::new(2), to.date_naive() + chrono::Days::new(2)).await;
    let rows = world.rows(None);
    (world, rows)
}

#[tokio::test]
async fn scored_conversations_gives_each_score_to_one_row() {
    let (world, rows) = some_months().await;
    let mut rng = StdRng::seed_from_u64(5);
    let mut scores: BTreeMap<(Uuid, Uuid), Score> = BTreeMap::new();
    for row in &rows {
        if rng.random_bool(0.2) {
            continue;
        }
        let hours = rng.random_range(-40 * 24..70 * 24);
        scores.entry((row.store_id, row.conversation_id)).or_insert_with(|| Score {
            store_id: row.store_id,
            conversation_id: row.conversation_id,
            overall_score: Decimal::new(rng.random_range(0..=100), 2),
            helpfulness_score: None,
            accuracy_score: Some(Decimal::new(rng.random_range(0..=100), 2)),
            politeness_score: None,
            // At a start now and then, where the row changes.
            scored_at: row.started_at + Duration::hours(if hours % 5 == 0 { 0 } else { hours }),
        });
    }
    let scores: Vec<Score> = scores.into_values().collect();
    let several = |score: &&Score| {
        let of_id =
            |row: &&Conversation| (row.store_id, row.conversation_id) == (score.store_id, score.conversation_id);
        rows.iter().filter(of_id).count() > 1
    };
    assert!(scores.iter().filter(several).count() > 5, "too few ids with several rows");
    for shop in &world.shops {
        let of_shop: Vec<Score> = scores.iter().filter(|score| score.store_id == shop.store_id).cloned().collect();
        world.post_scores(shop, &of_shop).await;
    }

    let all = Range { from: FROM.parse().unwrap(), to: TO.parse().unwrap() };
    let mut expected = BTreeSet::new();
    for shop in &world.shops {
        for row in scored(&rows, &scores, shop.store_id, all) {
            let Some(score) = row.score else { continue };
            let place = (row.row.store_id, row.row.conversation_id, row.row.started_at);
            expected.insert((place, row.row.outcome.as_str().to_owned(), score.overall_score, score.accuracy_score));
        }
    }
    let sql = "select store_id, conversation_id, started_at, outcome, overall_score, accuracy_score
               from scored_conversations";
    let found = world.client.query(sql, &[]).await.unwrap();
    let found: Vec<_> = found
        .iter()
        .map(|row| ((row.get(0), row.get(1), row.get(2)), row.get(3), row.get(4), row.get::<_, Option<Decimal>>(5)))
        .collect();
    assert_eq!(found.len(), scores.len(), "each score once");
    assert_eq!(found.into_iter().collect::<BTreeSet<_>>(), expected);
}

#[tokio::test]
async fn daily_roi_counts_each_day_by_its_own_assumptions() {
    let (world, rows) = some_months().await;
    let shop = &world.shops[0];
    let dated = [("2026-02-10", 4000, 45, 10), ("2026-04-01", 3333, 75, 7)].map(|(date, hour, minutes, each)| {
        let assumptions = Assumptions {
            avg_human_agent_cost_per_hour: Decimal::new(hour, 2),
            avg_conversation_time_minutes: Decimal::new(minutes, 1),
            ai_cost_per_conversation: Decimal::new(each, 2),
        };
        (date.parse::<NaiveDate>().unwrap(), assumptions)
    });
    for (date, assumed) in &dated {
        let sql = "insert into roi_assumptions values ($1, $2, $3, $4, $5)";
        let [hour, minutes, each] = [
            assumed.avg_human_agent_cost_per_hour,
            assumed.avg_conversation_time_minutes,
            assumed.ai_cost_per_conversation,
        ];
        world.client.execute(sql, &[&shop.store_id, date, &hour, &minutes, &each]).await.unwrap();
    }
    let mut days: BTreeMap<NaiveDate, (i64, i64)> = BTreeMap::new();
    for row in rows.iter().filter(|row| row.store_id == shop.store_id) {
        let day = days.entry(row.started_at.with_timezone(&shop.tz).date_naive()).or_default();
        day.0 += 1;
        day.1 += i64::from(row.ai_resolved);
    }
    let sql = "select date, total_conversations, ai_resolved_conversations, avg_human_agent_cost_per_hour,
                      round(human_agent_cost, 2), round(ai_cost, 2), round(savings, 2)
               from daily_roi where store_id = $1 order by date";
    let found = world.client.query(sql, &[&shop.store_id]).await.unwrap();
    assert!(found.len() > 60, "{} days", found.len());
    assert_eq!(found.len(), days.len());
    for (row, (date, (total_conversations, ai_resolved_conversations))) in found.iter().zip(days) {
        let day = RoiDay { date, total_conversations, ai_resolved_conversations };
        let expected = roi(&[day], &dated, Overrides::default());
        let counts: (NaiveDate, i64, i64) = (row.get(0), row.get(1), row.get(2));
        assert_eq!(counts, (date, total_conversations, ai_resolved_conversations));
        let [hour, human, ai, savings]: [Decimal; 4] = [3, 4, 5, 6].map(|nth| row.get(nth));
        assert_eq!(hour, expected.assumptions.avg_human_agent_cost_per_hour, "{date}");
        assert_eq!([human, ai, savings], [expected.human_agent_cost, expected.ai_cost, expected.savings], "{date}");
    }
}
