//! Makes the fixture that later versions are upgraded from: a dump of a small filled database, and what it answered.
//!
//! Run once for each release and edition, on the release's own commit: `docs/upgrade.md` has the commands.

use std::collections::HashMap;
use std::fs::File;
use std::io::Write;
use std::path::Path;

use chrono::{DateTime, DurationRound, NaiveDate, TimeDelta, TimeZone, Utc};
use colloquy::schema::Edition;
use flate2::{Compression, write::GzEncoder};
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};
use rust_decimal::Decimal;
use serde_json::json;

use super::questions::ask_all;
use super::release::{COUNTED, READER, count_all, fixtures};
use crate::support::answers::Shop;
use crate::support::oracle::quality::Score;
use crate::support::oracle::roi::Assumptions;
use crate::support::programs::program;
use crate::support::streams::{Options, generate};
use crate::support::world::World;

fn at(month: u32, day: u32) -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, month, day, 0, 0, 0).unwrap()
}

#[tokio::test]
#[ignore = "makes files in tests/fixtures/releases; see docs/upgrade.md"]
async fn make_release_fixture() {
    let release = std::env::var("COLLOQUY_RELEASE").expect("COLLOQUY_RELEASE names the commit or version");
    let mut world = World::new(&[chrono_tz::Asia::Kathmandu, chrono_tz::America::New_York]).await;
    fill(&mut world).await;
    let (start, end) = (NaiveDate::from_ymd_opt(2026, 9, 5).unwrap(), NaiveDate::from_ymd_opt(2026, 10, 15).unwrap());

    let mut shops = Vec::new();
    for shop in &world.shops {
        shops.push(json!({
            "store_id": shop.store_id,
            "timezone": shop.tz.name(),
            "key": shop.key,
            "assumptions": shop.assumptions.iter().map(|(date, a)| json!({
                "valid_from": date,
                "avg_human_agent_cost_per_hour": a.avg_human_agent_cost_per_hour.to_string(),
                "avg_conversation_time_minutes": a.avg_conversation_time_minutes.to_string(),
                "ai_cost_per_conversation": a.ai_cost_per_conversation.to_string(),
            })).collect::<Vec<_>>(),
            "answers": ask_all(&world.app, &shop.key, start, end).await,
        }));
    }
    let version = "select extversion from pg_extension where extname = 'timescaledb'";
    let version: String = world.client.query_one(version, &[]).await.unwrap().get(0);
    let facts = json!({
        "timescaledb": version,
        "start_date": start,
        "end_date": end,
        "counts": count_all(&world.client, &COUNTED).await,
        "shops": shops,
    });

    let edition = match Edition::detect(&world.client).await.unwrap() {
        Edition::Community => "community",
        Edition::Apache2 => "apache",
    };
    let folder = fixtures().join(release);
    std::fs::create_dir_all(&folder).unwrap();
    let dump = program("pg_dump").args(["--no-owner", "--dbname"]).arg(world.database.url()).output().unwrap();
    assert!(dump.status.success(), "{}", String::from_utf8_lossy(&dump.stderr));
    for (name, bytes) in [("sql", dump.stdout), ("json", facts.to_string().into_bytes())] {
        write_gzip(&folder.join(format!("{edition}.{name}.gz")), &bytes);
    }
}

fn write_gzip(path: &Path, bytes: &[u8]) {
    let mut file = GzEncoder::new(File::create(path).unwrap(), Compression::best());
    file.write_all(bytes).unwrap();
    file.finish().unwrap();
    println!("{}: {} bytes", path.display(), path.metadata().unwrap().len());
}

/// Everything that a database can hold: old and late events, timeouts, scores, gaps, assumptions, a rollup that is
/// refreshed but for a few pending buckets, compressed chunks, and rights that somebody has granted.
async fn fill(world: &mut World) {
    assume(world).await;
    let options = Options {
        stores: world.store_ids(),
        conversation_ids: 70,
        from: at(9, 7),
        to: at(10, 12),
        timezones: world.shops.iter().map(|shop| shop.tz).collect(),
        largest_batch: 300,
    };
    world.add_days(at(9, 1).date_naive(), at(10, 20).date_naive()).await;
    let batches = generate(46, &options);
    let (late, first) = batches.split_last().unwrap();
    for batch in first {
        world.import(batch).await;
    }
    world.call(&format!("abandon_conversations(config => '{}')", json!({"from": at(9, 1), "to": at(10, 13)}))).await;
    world.call("compress_raw_events()").await;
    world.call("refresh_rollups()").await;
    world.import(late).await;
    assert_eq!(world.learn_timeouts().await, Vec::<String>::new());
    for nth in 0..world.shops.len() {
        score(world, &world.shops[nth].clone()).await;
    }
    world.call("detect_content_gaps()").await;
    let grants = format!(
        "{READER}
         grant usage on schema analytics to colloquy_fixture_reader;
         grant select on daily_metrics, conversation_metrics_15m to colloquy_fixture_reader;
         grant select (store_id, total_conversations) on monthly_metrics to colloquy_fixture_reader;
         grant select on conversations to colloquy_fixture_reader with grant option;
         revoke execute on function tenant.roi_of_days from public;
         grant execute on function tenant.roi_of_days to colloquy_fixture_reader"
    );
    world.client.batch_execute(&grants).await.unwrap();
}

async fn assume(world: &mut World) {
    let first = Assumptions {
        avg_human_agent_cost_per_hour: Decimal::new(3150, 2),
        avg_conversation_time_minutes: Decimal::new(95, 1),
        ai_cost_per_conversation: Decimal::new(75, 3),
    };
    let shop = &mut world.shops[0];
    shop.assumptions.push((at(9, 20).date_naive(), first));
    let set = include_str!("../../sql/stores/set_roi_assumptions.sql");
    let Assumptions {
        avg_human_agent_cost_per_hour: cost,
        avg_conversation_time_minutes: minutes,
        ai_cost_per_conversation: ai_cost,
    } = first;
    world.client.query(set, &[&shop.store_id, &at(9, 20).date_naive(), &cost, &minutes, &ai_cost]).await.unwrap();
}

async fn score(world: &World, shop: &Shop) {
    let mut rng = StdRng::seed_from_u64(46);
    let rows = world.rows(None);
    let of_store: Vec<_> = rows.iter().filter(|row| row.store_id == shop.store_id).collect();
    let mut scores = HashMap::new();
    for _ in 0..of_store.len() / 2 {
        let row = of_store.choose(&mut rng).unwrap();
        let mut hundredths = || Decimal::new(rng.random_range(0..=100), 2);
        let score = Score {
            store_id: shop.store_id,
            conversation_id: row.conversation_id,
            overall_score: hundredths(),
            helpfulness_score: Some(hundredths()),
            accuracy_score: None,
            politeness_score: Some(hundredths()),
            scored_at: row.last_event_at.duration_trunc(TimeDelta::microseconds(1)).unwrap(),
        };
        scores.entry(row.conversation_id).or_insert(score);
    }
    world.post_scores(shop, &scores.into_values().collect::<Vec<_>>()).await;
}
