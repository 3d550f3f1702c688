//! The work of a recalculation: page by page, each page a transaction that also takes note of how far it has come.

use chrono::{DateTime, SecondsFormat, Utc};
use tokio_postgres::Client;
use uuid::Uuid;

use super::days::{Day, Touched, days, touched, week_of};
use crate::database::{DatabaseError, StatementParameters};
use crate::import::{Progress, Stop};

const BEGIN: &str = include_str!("../../sql/recalculation/begin.sql");
const PAGE: &str = include_str!("../../sql/recalculation/page.sql");
const MOVE: &str = include_str!("../../sql/recalculation/move.sql");
const FINISH: &str = include_str!("../../sql/recalculation/finish.sql");

/// Conversations of a transaction. Writers of these wait for it (about 50 ms), and its locks are a fifth of all.
const PAGE_CONVERSATIONS: usize = 250;

/// A connection that works on one recalculation. Retention and archiving wait until it is closed.
pub struct Work {
    client: Client,
    id: Uuid,
}

/// How work on a recalculation has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It is done.
    Done,
    /// Somebody asked to stop; it can go on later.
    Stopped,
}

impl Work {
    /// Takes over a connection that nobody else uses, and the recalculation unless somebody else works on it.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn claim(client: Client, id: Uuid) -> Result<Option<Self>, DatabaseError> {
        let claim = "select pg_try_advisory_lock(hashtext('colloquy.recalculation'), hashtext($1::uuid::text))";
        if !client.query_one(claim, &[&id]).await?.try_get::<_, bool>(0)? {
            return Ok(None);
        }
        client
            .batch_execute(
                "set default_transaction_isolation = 'read committed';
                 select pg_advisory_lock_shared(hashtext('colloquy.raw_in_use'), 0)",
            )
            .await?;
        Ok(Some(Self { client, id }))
    }

    /// The connection, for statements beside the work.
    #[must_use]
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Does what is left to do.
    ///
    /// # Errors
    /// When the database fails; what was committed stays, and the rest can be done later.
    pub async fn run(&self, progress: &Progress, stop: &Stop) -> Result<Outcome, DatabaseError> {
        let begun = self.client.query_one(BEGIN, &[&self.id]).await?;
        if begun.try_get("is_finished")? {
            return Ok(Outcome::Done);
        }
        let store_id: Option<Uuid> = begun.try_get("store_id")?;
        let (done_to, to): (DateTime<Utc>, DateTime<Utc>) = (begun.try_get("done_to")?, begun.try_get("to_at")?);
        let mut rollup_done_to: DateTime<Utc> = begun.try_get("rollup_done_to")?;
        let days = days(&self.client, done_to, to).await?;
        let until = days.last().map_or(done_to, |day| day.to);
        progress.start("rebuilding", "days", days.len() as u64);
        for day in days {
            if week_of(day.from) > rollup_done_to {
                rollup_done_to = self.remake_rollups(rollup_done_to, week_of(day.from)).await?;
            }
            if self.rebuild(store_id, day, stop).await? == Outcome::Stopped {
                return Ok(Outcome::Stopped);
            }
            self.client.execute(MOVE, &[&self.id, &day.to, &rollup_done_to]).await?;
            progress.advance(1);
        }
        self.remake_rollups(rollup_done_to, until).await?;
        // Folds in the marks of what has changed; the rollup is right without it, but slower to read.
        self.client.batch_execute("call refresh_rollups()").await?;
        self.client.execute(FINISH, &[&self.id]).await?;
        progress.finish();
        Ok(Outcome::Done)
    }

    async fn rebuild(&self, store_id: Option<Uuid>, day: Day, stop: &Stop) -> Result<Outcome, DatabaseError> {
        for page in touched(&self.client, store_id, day).await?.chunks(PAGE_CONVERSATIONS) {
            if stop.requested() {
                return Ok(Outcome::Stopped);
            }
            let (store_ids, conversation_ids) = pairs(page);
            // Others may begin at the same instant as the last of this page.
            let done_to = page.last().map(|last| last.first_at);
            let page_of: StatementParameters<'_> =
                &[&self.id, &store_ids, &conversation_ids, &week_of(day.from), &done_to];
            self.client.query_one(PAGE, page_of).await?;
        }
        Ok(Outcome::Done)
    }

    /// Makes the rollup between two instants anew; returns the latter.
    async fn remake_rollups(&self, from: DateTime<Utc>, to: DateTime<Utc>) -> Result<DateTime<Utc>, DatabaseError> {
        remake_rollups(&self.client, from, to).await?;
        self.client.execute(MOVE, &[&self.id, &from, &to]).await?;
        Ok(to)
    }
}

/// Makes the rollup between two instants anew from conversations.
pub(crate) async fn remake_rollups(
    client: &Client,
    from: DateTime<Utc>,
    to: DateTime<Utc>,
) -> Result<(), DatabaseError> {
    let text = |at: DateTime<Utc>| at.to_rfc3339_opts(SecondsFormat::Micros, true);
    // It commits inside, which only a simple query outside of a transaction may.
    let call = format!(r#"call remake_rollups(null, '{{"from": "{}", "to": "{}"}}')"#, text(from), text(to));
    client.batch_execute(&call).await?;
    Ok(())
}

/// Stores and conversations of a page, as statements take them.
pub(crate) fn pairs(page: &[Touched]) -> (Vec<Uuid>, Vec<Uuid>) {
    page.iter().map(|touched| (touched.store_id, touched.conversation_id)).unzip()
}
