//! A recalculation that was killed goes on where it was.

use std::process::{Child, Command, Stdio};
use std::time::{Duration as StdDuration, Instant};

use chrono::{Duration, Utc};
use serde_json::json;
use uuid::Uuid;

use super::{ask, assert_right, ended, lived_in, range, spoil_everything, worker};
use crate::support::world::World;

/// Conversations of a page, which a run that goes on may rebuild again.
const PAGE: i64 = 250;
const BUSY: &str = "select coalesce(max(conversations_rebuilt), 0) from recalculations where finished_at is null";

fn start(world: &World, from: &str, to: &str) -> Child {
    Command::new(env!("CARGO_BIN_EXE_colloquy"))
        .args(["recalculate", "--from", from, "--to", to])
        .env("DATABASE_URL", world.database.url())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

/// Waits until a recalculation that is not done has rebuilt so many conversations.
async fn wait_until_busy(world: &World, at_least: i64) {
    let until = Instant::now() + StdDuration::from_secs(30);
    while world.client.query_one(BUSY, &[]).await.unwrap().get::<_, i64>(0) < at_least {
        assert!(Instant::now() < until, "too little was rebuilt in 30 s");
        tokio::time::sleep(StdDuration::from_millis(2)).await;
    }
}

async fn conversations(world: &World, id: Uuid) -> i64 {
    let find =
        "select conversations_rebuilt from recalculations where recalculation_id = $1 and finished_at is not null";
    world.client.query_one(find, &[&id]).await.unwrap().get(0)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_command_killed_and_run_again_goes_on() {
    let mut world = lived_in(7, 1_200, 50, 3).await;
    let (from, to) = ((Utc::now() - Duration::days(60)).to_rfc3339(), Utc::now().to_rfc3339());
    let whole = start(&world, &from, &to).wait_with_output().unwrap();
    assert!(whole.status.success(), "{}", String::from_utf8_lossy(&whole.stderr));
    let id = "select recalculation_id from recalculations order by requested_at desc limit 1";
    let whole = conversations(&world, world.client.query_one(id, &[]).await.unwrap().get(0)).await;

    spoil_everything(&world).await;
    let mut child = start(&world, &from, &to);
    wait_until_busy(&world, 3 * PAGE).await;
    child.kill().unwrap();
    child.wait().unwrap();
    let find = "select recalculation_id, conversations_rebuilt, done_to > from_at as has_moved from recalculations
                where finished_at is null";
    let row = world.client.query_one(find, &[]).await.expect("killed too late to tell");
    let (id, before): (Uuid, i64) = (row.get(0), row.get(1));
    assert!(row.get::<_, bool>("has_moved"));
    assert!(before > 2 * PAGE && before < whole, "{before} of {whole}");

    let again = start(&world, &from, &to).wait_with_output().unwrap();
    let told = String::from_utf8_lossy(&again.stderr).into_owned();
    assert!(again.status.success() && told.contains("going on with an unfinished recalculation"), "{told}");
    let total = conversations(&world, id).await;
    assert!(total <= whole + PAGE, "{total} rebuilt, of {whole}; {before} of them before the kill");
    assert!(String::from_utf8_lossy(&again.stdout).contains(&format!("{total} rebuilt")));
    assert_right(&mut world, "after a kill").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_server_leaves_unfinished_another_goes_on_with() {
    let mut world = lived_in(8, 1_000, 50, 3).await;
    let admin = world.database.create_admin_key().await;
    spoil_everything(&world).await;
    let path = ask(&world, &admin, &range(Utc::now() - Duration::days(60), Utc::now())).await;
    let first = worker(&world);
    wait_until_busy(&world, 1).await;
    first.abort();
    let kill = "select pg_terminate_backend(l.pid) from pg_locks l join pg_database d on d.oid = l.database
                where d.datname = current_database() and l.locktype = 'advisory'
                  and l.classid = (hashtext('colloquy.recalculation')::bigint & 4294967295)::oid";
    world.client.query(kill, &[]).await.unwrap();
    let left: i64 = world.client.query_one(BUSY, &[]).await.unwrap().get(0);
    assert!(left > 0, "killed too late to tell");

    let second = worker(&world);
    let done = ended(&world, &admin, &path).await;
    assert_eq!((&done["status"], &done["failures"]), (&json!("done"), &json!(0)), "{done}");
    assert_right(&mut world, "after a kill").await;
    second.abort();
}
