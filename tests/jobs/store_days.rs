//! `extend_store_days`: the local days of each store stay ahead of today.

use chrono::{DateTime, Days, NaiveDate, Utc};

use crate::support::oracle::calendar::day_range;
use crate::support::world::World;

#[tokio::test]
async fn days_are_added_a_month_ahead_and_are_those_of_the_calendar() {
    let world = World::new(&[chrono_tz::America::New_York, chrono_tz::Asia::Kathmandu]).await;
    let today = Utc::now().date_naive();
    world.client.batch_execute("delete from store_days where date > current_date - 3").await.unwrap();
    for _ in 0..2 {
        world.call("extend_store_days()").await;
        for shop in &world.shops {
            let find = "select date, from_at, to_at from store_days where store_id = $1 order by date";
            let days = world.client.query(find, &[&shop.store_id]).await.unwrap();
            let expected: Vec<NaiveDate> = (today - Days::new(100)).iter_days().take(141).collect();
            assert_eq!(days.iter().map(|day| day.get::<_, NaiveDate>(0)).collect::<Vec<_>>(), expected);
            for day in days {
                let range = day_range(day.get(0), day.get(0), shop.tz);
                let stored: (DateTime<Utc>, DateTime<Utc>) = (day.get(1), day.get(2));
                assert_eq!(stored, (range.from, range.to), "{} in {}", day.get::<_, NaiveDate>(0), shop.tz);
            }
        }
    }
}
