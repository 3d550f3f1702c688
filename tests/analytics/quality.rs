//! GET /api/v1/analytics/quality: a hand-worked week, whose score a row has, and everything against the oracle.

use chrono::{DateTime, Duration, Utc};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use rust_decimal::Decimal;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::answers::Shop;
use crate::support::csv::assert_same_rows;
use crate::support::oracle::quality::Score;
use crate::support::oracle::{Conversation, Event, document_differences};
use crate::support::streams::{self, Options};
use crate::support::world::World;

const PARTS: [&str; 8] = [
    "quality",
    "previous_period",
    "daily",
    "outcome",
    "overall_score",
    "helpfulness_score",
    "accuracy_score",
    "politeness_score",
];

async fn ask(world: &World, shop: &Shop, query: &str) -> Value {
    let both = assert_same_rows(&world.app, &format!("/api/v1/analytics/quality?{query}"), &shop.key).await;
    let answer = both.json.json;
    assert!(both.table.parts().iter().eq(PARTS.iter().filter(|part| !answer[**part].is_null())));
    let beside = ["date_range", "previous_date_range"];
    let mut fields: Vec<_> = PARTS.into_iter().chain(beside).collect();
    fields.sort_unstable();
    assert!(answer.as_object().unwrap().keys().eq(fields));
    answer
}

fn event(shop: &Shop, conversation: u128, at: &str, event_type: &str, event_data: Value) -> Event {
    let conversation_id = Uuid::from_u128(conversation);
    Event::new(shop.store_id, conversation_id, event_type, at.parse().unwrap(), event_data)
}

/// The score of a conversation, in hundredths; the first of the four is always there.
fn score(shop: &Shop, conversation: u128, hundredths: [Option<i64>; 4], scored_at: &str) -> Score {
    let [overall, helpfulness, accuracy, politeness] = hundredths.map(|number| number.map(|n| Decimal::new(n, 2)));
    Score {
        store_id: shop.store_id,
        conversation_id: Uuid::from_u128(conversation),
        overall_score: overall.unwrap(),
        helpfulness_score: helpfulness,
        accuracy_score: accuracy,
        politeness_score: politeness,
        scored_at: scored_at.parse().unwrap(),
    }
}

#[tokio::test]
async fn a_weekend_worked_out_by_hand() {
    // Clocks go from 02:00 to 03:00 on 8 March 2026: the local day is from 05:00 to 04:00 in UTC.
    let mut world = World::new(&[chrono_tz::America::New_York, chrono_tz::UTC]).await;
    let shop = world.shops[0].clone();
    let rated = |rating: i64| json!({"rating": rating});
    let events = [
        event(&shop, 1, "2026-03-07T15:00:00Z", "conversation_resolved", rated(5)),
        event(&shop, 2, "2026-03-08T04:59:59Z", "conversation_escalated", json!({})),
        event(&shop, 3, "2026-03-08T05:00:00Z", "conversation_resolved", rated(2)),
        event(&shop, 4, "2026-03-09T03:59:59Z", "message_received", json!({})),
        // The Monday after.
        event(&shop, 5, "2026-03-09T04:00:00Z", "conversation_resolved", json!({})),
    ];
    world.import(&events).await;
    let at = "2026-03-10T00:00:00Z";
    let scores = [
        score(&shop, 1, [Some(100), Some(90), None, None], at),
        score(&shop, 2, [Some(39), None, None, Some(0)], at),
        score(&shop, 3, [Some(90), Some(80), None, None], at),
        score(&shop, 5, [Some(10), None, None, None], at),
    ];
    world.post_scores(&shop, &scores).await;

    let answer = ask(&world, &shop, "start_date=2026-03-07&end_date=2026-03-08").await;
    let weekend = json!({
        "total_conversations": 4, "scored_conversations": 3, "scored_rate": 0.75,
        // (1.00 + 0.39 + 0.90) ÷ 3
        "avg_overall_score": 229.0 / 300.0, "avg_helpfulness_score": 0.85, "avg_accuracy_score": null,
        "avg_politeness_score": 0.0,
        "resolution_rate": 2.0 / 3.0, "ai_resolution_rate": 2.0 / 3.0, "csat": 0.5, "csat_responses": 2,
    });
    assert_eq!(document_differences("quality", &weekend, &answer["quality"]), [""; 0]);
    assert_eq!(answer["date_range"], json!(["2026-03-07", "2026-03-08"]));
    assert_eq!(answer["previous_date_range"], json!(["2026-03-05", "2026-03-06"]));
    assert_eq!(answer["previous_period"]["total_conversations"], 0);
    let days: Vec<_> = answer["daily"].as_array().unwrap().iter().collect();
    let day = |nth: usize, name: &str| days[nth][name].clone();
    assert_eq!((day(0, "label"), day(1, "label")), (json!("2026-03-07"), json!("2026-03-08")));
    assert_eq!((day(0, "scored_conversations"), day(1, "scored_conversations")), (json!(2), json!(1)));
    assert_eq!((day(0, "avg_overall_score"), day(1, "avg_overall_score")), (json!(0.695), json!(0.9)));
    assert_eq!((day(0, "csat"), day(1, "csat"), day(1, "total_conversations")), (json!(1.0), json!(0.0), json!(2)));
    let outcomes: Vec<_> =
        answer["outcome"].as_array().unwrap().iter().map(|row| (&row["label"], &row["avg_overall_score"])).collect();
    let (open, resolved, escalated, abandoned) =
        (json!("open"), json!("resolved"), json!("escalated"), json!("abandoned"));
    let (good, bad, none) = (json!(0.95), json!(0.39), Value::Null);
    assert_eq!(outcomes, [(&open, &none), (&resolved, &good), (&escalated, &bad), (&abandoned, &none)]);
    let tenths = |name: &str| -> Vec<i64> {
        answer[name].as_array().unwrap().iter().map(|row| row["scored_conversations"].as_i64().unwrap()).collect()
    };
    assert_eq!(tenths("overall_score"), [0, 0, 0, 1, 0, 0, 0, 0, 0, 2]);
    assert_eq!(tenths("helpfulness_score"), [0, 0, 0, 0, 0, 0, 0, 0, 1, 1]);
    assert_eq!(tenths("accuracy_score"), [0; 10]);
    assert_eq!(tenths("politeness_score"), [1, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    assert_eq!(answer["overall_score"][9]["label"], "0.9");
    assert_eq!((&answer["overall_score"][9]["csat"], &answer["overall_score"][3]["csat"]), (&json!(0.5), &none));

    // Nothing of it shows in another store.
    let other = ask(&world, &world.shops[1], "start_date=2026-03-01&end_date=2026-03-31").await;
    assert_eq!((&other["quality"]["total_conversations"], &other["quality"]["csat"]), (&json!(0), &none));
}

#[tokio::test]
async fn a_score_belongs_to_one_row_of_its_id() {
    let mut world = World::new(&[chrono_tz::UTC]).await;
    let shop = world.shops[0].clone();
    // Three rows of one id: 720 hours and more apart.
    let starts = ["2025-01-10T00:00:00Z", "2025-03-10T00:00:00Z", "2026-02-10T00:00:00Z"];
    let events = starts.map(|at| event(&shop, 1, at, "conversation_resolved", json!({})));
    world.import(&events).await;
    for (scored_at, owner) in [
        ("2024-12-31T00:00:00Z", 0),
        ("2025-01-10T00:00:00Z", 0),
        ("2025-03-09T23:59:59.999999Z", 0),
        ("2025-03-10T00:00:00Z", 1),
        ("2026-02-09T23:59:59.999999Z", 1),
        ("2026-02-10T00:00:00Z", 2),
        ("2026-10-10T00:00:00Z", 2),
    ] {
        world.post_scores(&shop, &[score(&shop, 1, [Some(70), None, None, None], scored_at)]).await;
        let mut scored = Vec::new();
        for start in starts {
            let date = &start[..10];
            let answer = ask(&world, &shop, &format!("start_date={date}&end_date={date}&compare=none")).await;
            assert_eq!(answer["quality"]["total_conversations"], 1);
            assert_eq!(answer["previous_period"], Value::Null);
            scored.push(answer["quality"]["scored_conversations"].as_i64().unwrap());
        }
        let mut expected = vec![0; 3];
        expected[owner] = 1;
        assert_eq!(scored, expected, "scored at {scored_at}");
        let all = ask(&world, &shop, "start_date=2025-01-01&end_date=2026-12-31").await;
        assert_eq!(all["quality"]["total_conversations"], 3);
        assert_eq!(all["quality"]["scored_conversations"], 1, "scored at {scored_at}");
    }
}

fn random_scores(rng: &mut StdRng, rows: &[Conversation]) -> Vec<Score> {
    let mut scores: Vec<Score> = Vec::new();
    for row in rows {
        let is_there =
            scores.iter().any(|score| (score.store_id, score.conversation_id) == (row.store_id, row.conversation_id));
        if is_there || rng.random_bool(0.4) {
            continue;
        }
        let later = Duration::seconds(rng.random_range(-20 * 86_400..70 * 86_400));
        let overall_score = Decimal::new(rng.random_range(0..=100), 2);
        let mut sometimes = || rng.random_bool(0.6).then(|| Decimal::new(rng.random_range(0..=100), 2));
        scores.push(Score {
            store_id: row.store_id,
            conversation_id: row.conversation_id,
            overall_score,
            helpfulness_score: sometimes(),
            accuracy_score: sometimes(),
            politeness_score: sometimes(),
            // At a start now and then, where the row changes.
            scored_at: if rng.random_bool(0.2) { row.started_at } else { row.started_at + later },
        });
    }
    scores
}

#[tokio::test]
async fn every_number_equals_the_oracles() {
    let zones = [chrono_tz::America::New_York, chrono_tz::Asia::Kathmandu, chrono_tz::Australia::Lord_Howe];
    for seed in [1, 2] {
        let mut world = World::new(&zones).await;
        let mut rng = StdRng::seed_from_u64(seed);
        let (from, to): (DateTime<Utc>, DateTime<Utc>) =
            ("2026-01-20T00:00:00Z".parse().unwrap(), "2026-06-10T00:00:00Z".parse().unwrap());
        let options = Options {
            stores: world.store_ids(),
            conversation_ids: 250,
            from,
            to,
            timezones: zones.to_vec(),
            largest_batch: 1_000,
        };
        for batch in streams::generate(seed, &options) {
            world.import(&batch).await;
        }
        let rows = world.rows(None);
        let scores = random_scores(&mut rng, &rows);
        let several = |score: &&Score| {
            rows.iter()
                .filter(|row| row.conversation_id == score.conversation_id && row.store_id == score.store_id)
                .count()
                > 1
        };
        assert!(scores.iter().filter(several).count() > 5, "too few ids with several rows");
        let shops = world.shops.clone();
        for shop in &shops {
            let of_shop: Vec<Score> = scores.iter().filter(|score| score.store_id == shop.store_id).cloned().collect();
            world.post_scores(shop, &of_shop).await;
        }
        for nth in 0..24 {
            let shop = &shops[nth % shops.len()];
            let start = from.date_naive() + Duration::days(rng.random_range(0..140));
            let end = start + Duration::days([0, 1, 6, 30, 100][nth % 5]);
            let compare = ["previous_period", "previous_year", "none"][nth % 3];
            let wrong = world.answers(shop, &rows).quality(start, end, compare, &scores).await;
            assert!(wrong.is_empty(), "seed {seed}: {}", wrong.join("\n"));
        }
    }
}
