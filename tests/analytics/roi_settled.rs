//! The low and the high case of ROI where days are settled: the oracle's answers after each change, before and after
//! the refresh that takes it in.

use chrono::{DateTime, Duration, Utc};
use uuid::Uuid;

use super::roi_cases::{Shop, noon};
use crate::support::oracle::roi::Overrides;

const ONLY_DAY_50: &str = "where from_at < now() - interval '50 days' and to_at > now() - interval '50 days'";
/// Of days that an earlier version has settled.
const EARLIER: &str = "update settled_days
    set saved_low_conversations = null, saved_high_conversations = null, contacts_between = null;
    delete from settled_contacts; delete from settled_topics; delete from settled_days where total_conversations = 0";

type Tracked<'a> = (Uuid, &'a str, &'a str, DateTime<Utc>);

/// A shop with a matter resolved at each noon of 80 days, another customer each day of a month. Every fifth came back.
async fn shop() -> Shop {
    let mut shop = Shop::new(chrono_tz::UTC).await;
    for day in 1..=80 {
        let customer = format!("c-{}", day % 30);
        shop.track(&[(matter(day), &customer, "conversation_resolved", noon(day))]).await;
        if day % 5 == 0 {
            let back = noon(day) + Duration::days(3);
            shop.track(&[(Uuid::new_v4(), &customer, "message_received", back)]).await;
        }
    }
    shop.world.call("refresh_rollups()").await;
    shop
}

/// The conversation of a day.
fn matter(day: i64) -> Uuid {
    Uuid::from_u128(day.try_into().unwrap())
}

async fn number(shop: &Shop, sql: &str) -> i64 {
    shop.world.client.query_one(sql, &[]).await.unwrap().get(0)
}

/// Asserts that the cases are the oracle's, and that what is settled is what conversations make.
async fn assert_right(shop: &Shop, moment: &str) {
    let rows = shop.world.rows(None);
    let answers = shop.world.answers(&shop.world.shops[0], &rows);
    for days in [7, 14, 30, 60, 90, 365] {
        let wrong = answers.roi_cases(days, Overrides::default()).await;
        assert!(wrong.is_empty(), "{moment}, {days} days:\n  {}", wrong.join("\n  "));
    }
    let differing = "select * from settled_day_differences(null, now() - interval '200 days', now())";
    let differing = shop.world.client.query(differing, &[]).await.unwrap();
    assert!(differing.is_empty(), "{moment}: {differing:?}");
}

async fn assert_right_after(shop: &mut Shop, change: &str, events: &[Tracked<'_>]) {
    shop.track(events).await;
    assert_right(shop, change).await;
    shop.world.call("refresh_rollups()").await;
    assert_right(shop, &format!("{change}, refreshed")).await;
}

#[tokio::test]
async fn every_change_counts_at_once() {
    let mut shop = shop().await;
    assert_right(&shop, "at first").await;
    let all = "select count(*) from settled_days where saved_low_conversations is not null";
    assert!(number(&shop, all).await > 65, "hardly anything is settled");

    let week = Duration::hours(168);
    let (received, started, resolved) = ("message_received", "conversation_started", "conversation_resolved");
    let came_back = |customer, at| [(Uuid::new_v4(), customer, received, at)];
    // Too young for a mark, so that its matter must not be settled yet.
    assert_right_after(&mut shop, "back yesterday", &came_back("c-8", noon(8) + week)).await;
    assert_right_after(&mut shop, "back after two days", &came_back("c-11", noon(39))).await;
    assert_right_after(&mut shop, "back after 168 hours", &came_back("c-12", noon(42) + week)).await;
    let late = noon(43) + week + Duration::microseconds(1);
    assert_right_after(&mut shop, "back after more", &came_back("c-13", late)).await;

    let long = [(Uuid::from_u128(1_000), "c-14", started, noon(69))];
    assert_right_after(&mut shop, "a conversation begins", &long).await;
    let long = long[0].0;
    let goes_on = [(long, "", received, noon(44) + Duration::hours(1)), (long, "", resolved, noon(43))];
    assert_right_after(&mut shop, "and lasts 26 days", &goes_on).await;
    assert_right_after(&mut shop, "back after those", &came_back("c-14", noon(37))).await;

    let earlier = [(matter(46), "", started, noon(47))];
    assert_right_after(&mut shop, "an earlier start, on another day", &earlier).await;

    let next = Uuid::from_u128(2_000);
    let row = [(next, "c-x", started, noon(70)), (next, "", resolved, noon(70) + Duration::hours(719))];
    assert_right_after(&mut shop, "a row of 719 hours", &row).await;
    let next_row = [(next, "c-y", received, noon(70) + Duration::hours(721))];
    assert_right_after(&mut shop, "its next row", &next_row).await;

    shop.world.client.batch_execute("update stores set timezone = 'Asia/Kathmandu'").await.unwrap();
    shop.world.shops[0].tz = chrono_tz::Asia::Kathmandu;
    assert_right_after(&mut shop, "other days", &[]).await;
    assert!(number(&shop, all).await > 65, "hardly anything is settled again");
}

#[tokio::test]
async fn a_settled_day_is_read_unless_something_in_reach_has_changed() {
    let mut shop = shop().await;
    let before = shop.saved(60).await;
    let spoil = |low: i64, high: i64| {
        format!(
            "update settled_days set saved_low_conversations = saved_low_conversations + {},
                 saved_high_conversations = saved_high_conversations + {} {ONLY_DAY_50}",
            low * 1_000,
            high * 2_000
        )
    };
    let spoilt = [before[0], before[1] + 1_000, before[2] + 2_000];
    let nobody = |at| [(Uuid::new_v4(), "", "message_received", at)];
    let now = Utc::now();
    let at = noon(50);
    for (what, started_at, is_in_reach) in [
        ("an hour ago", now - Duration::hours(1), false),
        ("two days ago", now - Duration::hours(60), false),
        ("8 days after", at + Duration::days(8), false),
        ("6 days after", at + Duration::days(6), true),
        ("29 days before", at - Duration::days(29), true),
        ("31 days before", at - Duration::days(31), false),
    ] {
        shop.world.client.batch_execute(&spoil(1, 1)).await.unwrap();
        assert_eq!(shop.saved(60).await, spoilt, "{what}: not read from settled_days");
        shop.track(&nobody(started_at)).await;
        let expected = if is_in_reach { before } else { spoilt };
        assert_eq!(shop.saved(60).await, expected, "{what}");
        shop.world.call("refresh_rollups()").await;
        assert_eq!(shop.saved(60).await[1], expected[1], "{what}, refreshed");
        // The high case is the day's own: no refresh has mended it.
        shop.world.client.batch_execute(&spoil(if is_in_reach { 0 } else { -1 }, -1)).await.unwrap();
        assert_eq!(shop.saved(60).await, before, "{what}, mended");
    }
}

#[tokio::test]
async fn days_keep_who_wrote_after_them_and_follow_an_erasure() {
    let mut shop = shop().await;
    let before = shop.saved(30).await;
    let (long, short) = (Uuid::new_v4(), Uuid::new_v4());
    shop.track(&[
        (long, "c-long", "conversation_started", noon(20)),
        (short, "c-long", "conversation_resolved", noon(3)),
        (long, "", "message_received", noon(2)),
    ])
    .await;
    shop.world.call("refresh_rollups()").await;
    let after = [before[0] + 1, before[1], before[2] + 1];
    assert_eq!(shop.saved(30).await, after);
    let erase = "select token from erase_customer($1, 'c-long')";
    let token: String =
        shop.world.client.query_one(erase, &[&shop.world.shops[0].store_id]).await.unwrap().get("token");
    assert_eq!(shop.saved(30).await, after, "erased");
    let kept = shop.world.client.query("select customer_id from settled_contacts", &[]).await.unwrap();
    assert_eq!(kept.iter().map(|row| row.get(0)).collect::<Vec<String>>(), [token]);
    shop.world.client.batch_execute("delete from settled_contacts").await.unwrap();
    assert_eq!(shop.saved(30).await, [after[0], after[1] + 1, after[2]], "nothing else was read");
}

#[tokio::test]
async fn days_of_an_earlier_version_are_settled_by_the_next_refresh() {
    let mut shop = shop().await;
    let count = "select count(saved_low_conversations) from settled_days";
    let settled = number(&shop, count).await;
    shop.world.client.batch_execute(EARLIER).await.unwrap();
    assert_right_after(&mut shop, "migrated", &[]).await;
    assert_eq!(number(&shop, count).await, settled);
    let earlier = "select count(*) from settled_days where contacts_between is null";
    assert_eq!(number(&shop, earlier).await, 0);
}
