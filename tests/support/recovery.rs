//! How a load comes through faults: how long until something is acknowledged again, and whether everything is right in the end.

use std::time::{Duration, Instant};

use super::ledger::Ledger;
use super::oracle::Conversation;
use super::oracle::calendar::Period;
use super::reliability::seconds;
use super::world::World;

impl Ledger {
    /// From each fault until the next event was acknowledged.
    pub fn recoveries(&self, faults: &[Instant]) -> Vec<Duration> {
        let first_after = |fault: &Instant| self.acknowledged_at.iter().filter(|at| *at > fault).min();
        faults.iter().map(|fault| *first_after(fault).expect("nothing was acknowledged any more") - *fault).collect()
    }
}

/// Times as a reader wants them: `median 320 ms, worst 1.2 s`.
pub fn spread(times: &[Duration]) -> String {
    let mut times = times.to_vec();
    times.sort();
    let worst = times.last().copied().unwrap_or_default();
    format!("median {}, worst {}", seconds(times.get(times.len() / 2).copied().unwrap_or_default()), seconds(worst))
}

/// Some time under so many milliseconds, so that a fault comes at any point of what goes on.
pub async fn any_moment(milliseconds: u64) {
    tokio::time::sleep(Duration::from_micros(rand::random_range(0..milliseconds * 1000))).await;
}

/// When PostgreSQL let somebody in.
pub async fn accepting_again(url: &str) -> Instant {
    let deadline = Instant::now() + Duration::from_mins(1);
    while colloquy::database::connect(url).await.is_err() {
        assert!(Instant::now() < deadline, "PostgreSQL does not come back");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    Instant::now()
}

/// Demands that the tables hold what the ledger says, once, and that rows and dashboards are those of the oracle; returns
/// the rows. For loads of resolved conversations, which no timeout touches.
pub async fn assert_right(world: &mut World, ledger: &mut Ledger) -> Vec<Conversation> {
    // The connection of before may not have outlived the faults.
    world.client = world.database.client().await;
    ledger.assert_stored(&world.client).await;
    world.events.clone_from(&ledger.events);
    let rows = world.rows(None);
    assert_eq!(world.row_differences(&rows).await, Vec::<String>::new());
    for period in [Period::Week, Period::Quarter] {
        let wrong = world.answers(&world.shops[0], &rows).dashboard(period, false).await;
        assert_eq!(wrong, Vec::<String>::new());
    }
    rows
}
