//! What has no raw events is unverifiable and never touched; what is made of conversations is compared all the same.

use chrono::{DateTime, Utc};
use colloquy::reconciliation::{Mode, Report, Span, Status};

use super::{assert_clean, compare, sentences};
use crate::recalculation::{aggregate, is_community, lived_in, spoil};
use crate::support::world::World;

/// The state of a part of a report.
fn status_at(report: &Report, at: DateTime<Utc>) -> Status {
    report.ranges().iter().find(|span| span.from <= at && at < span.to).unwrap().status
}

async fn complete_from(world: &World) -> DateTime<Utc> {
    world.client.query_one("select raw_complete_from from installation", &[]).await.unwrap().get(0)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_lies_before_the_raw_events_is_unverifiable() {
    let world = lived_in(41, 100, 150, 60).await;
    assert_eq!(assert_clean(&world, "with all raw events").await.unavailable_before, None);
    world.call("drop_raw_events()").await;
    let complete_from = complete_from(&world).await;
    let report = assert_clean(&world, "dropped").await;
    let (from, to) = (report.from, report.to);
    let parts = [
        Span { from, to: complete_from, status: Status::Unverifiable },
        Span { from: complete_from, to, status: Status::Verified },
    ];
    assert_eq!((report.unavailable_before, report.ranges()), (Some(complete_from), parts.to_vec()));

    // A frozen row that is wrong cannot be told, and stays; sums of it are no fault either once they agree.
    let frozen = "outcome = 'resolved' and started_at < (select raw_complete_from from installation)";
    spoil(&world, &format!("update conversations set event_count = event_count + 1 where {frozen}")).await;
    assert_clean(&world, "frozen rows").await;

    if is_community(&world).await {
        let table = aggregate(&world).await;
        let oldest: DateTime<Utc> =
            world.client.query_one(&format!("select min(bucket) from {table}"), &[]).await.unwrap().get(0);
        assert!(oldest < complete_from);
        spoil(&world, &format!("delete from {table} where bucket = '{oldest}'")).await;
        let found = compare(&world, Mode::Repair).await;
        assert_eq!(sentences(&found)[0], "conversation_metrics_15m missing -: - -> -");
        assert_eq!(status_at(&found, oldest), Status::Differs);
        assert_clean(&world, "the rollup of frozen rows").await;
    }
    let kept = format!("select count(*) from conversations where {frozen} and event_count > 1");
    assert!(world.client.query_one(&kept, &[]).await.unwrap().get::<_, i64>(0) > 0);
}
