//! A database that nobody has tampered with has no differences, whatever has arrived in whatever order.

use chrono::{Days, Duration, DurationRound, TimeDelta, Utc};
use serde_json::json;

use super::assert_clean;
use crate::support::streams::{Options, generate};
use crate::support::world::World;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn generated_streams_have_no_differences() {
    for seed in [31, 32] {
        let mut world = World::with_timeouts(&[
            (chrono_tz::Asia::Kolkata, 30),
            (chrono_tz::America::St_Johns, 60 * 24),
            (chrono_tz::Australia::Lord_Howe, 1),
        ])
        .await;
        let now = Utc::now().duration_trunc(TimeDelta::microseconds(1)).unwrap();
        let options = Options {
            stores: world.store_ids(),
            conversation_ids: 120,
            // Long enough for ids that span 720 hours.
            from: now - Duration::days(45),
            to: now,
            timezones: world.shops.iter().map(|shop| shop.tz).collect(),
            largest_batch: 400,
        };
        world.add_days(options.from.date_naive() - Days::new(2), now.date_naive()).await;
        let sweep = format!("abandon_conversations(config => '{}')", json!({"from": options.from, "to": now}));
        for (nth, batch) in generate(seed, &options).into_iter().enumerate() {
            world.import(&batch).await;
            match nth % 4 {
                1 => world.call("refresh_rollups()").await,
                2 => world.call(&sweep).await,
                _ => {}
            }
            if nth % 5 == 0 {
                assert_clean(&world, &format!("seed {seed}, batch {nth}")).await;
            }
        }
        let report = assert_clean(&world, &format!("seed {seed}, at the end")).await;
        assert!(report.counts.conversations_compared > 120, "{:?}", report.counts);
        let several = "select count(*) from (select from conversations group by store_id, conversation_id
                       having count(*) > 1) as long_ones";
        assert!(world.client.query_one(several, &[]).await.unwrap().get::<_, i64>(0) > 0);
    }
}
