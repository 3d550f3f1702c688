//! The comparison, slice by slice, and the repair of what it finds.

use std::collections::BTreeSet;
use std::pin::pin;

use chrono::{DateTime, Utc};
use futures_util::TryStreamExt;
use serde_json::{Value, json};
use tokio_postgres::Client;
use tokio_postgres::types::ToSql;
use uuid::Uuid;

use super::report::Report;
use super::units::{Slice, slices};
use crate::database::{DatabaseError, StatementParameters, record_action};
use crate::import::{Progress, Stop};
use crate::recalculation::{Day, Touched, days, pairs, remake_rollups, touched, week_of};

/// Its columns are those of all three statements.
pub(crate) const CONVERSATIONS: &str = include_str!("../../sql/reconciliation/conversations.sql");
const ROLLUP: &str = include_str!("../../sql/reconciliation/rollup.sql");
const VIEWS: &str = include_str!("../../sql/reconciliation/views.sql");
const COMPLETE_FROM: &str = include_str!("../../sql/reconciliation/complete_from.sql");
const MARK_ROLLUP: &str = include_str!("../../sql/reconciliation/mark_rollup.sql");
const REPAIR_STORE_DAYS: &str = include_str!("../../sql/reconciliation/repair_store_days.sql");
const RECALCULATE: &str = "select recalculate_conversations($1, $2, $3)";

/// Conversations of a transaction. Writers of these wait for it (about 50 ms).
const PAGE_CONVERSATIONS: usize = 250;

/// What is done about a difference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// It is named.
    Compare,
    /// It is named and put right.
    Repair,
}

/// A range to compare.
pub struct Check<'a> {
    /// A connection in no transaction. Retention and archiving wait while this uses it.
    pub client: &'a Client,
    /// The store; none for all.
    pub store_id: Option<Uuid>,
    /// First instant.
    pub from: DateTime<Utc>,
    /// First instant after the range.
    pub to: DateTime<Utc>,
    /// Where it is told how far this is.
    pub progress: &'a Progress,
    /// Ends it early.
    pub stop: &'a Stop,
}

impl Check<'_> {
    /// Compares, and repairs if that is asked for; none if somebody asked to stop.
    ///
    /// After a failure the connection may hold locks, and has to be closed.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn run(&self, mode: Mode) -> Result<Option<Report>, DatabaseError> {
        self.client.batch_execute("select pg_advisory_lock_shared(hashtext('colloquy.raw_in_use'), 0)").await?;
        let row = self.client.query_one(COMPLETE_FROM, &[]).await?;
        let complete_from: Option<DateTime<Utc>> = row.try_get("complete_from")?;
        let statement = self.client.prepare(CONVERSATIONS).await?;
        let mut report = Report::new((self.from, self.to), complete_from, row.try_get("checked_at")?, statement);
        let is_done = self.run_locked(&mut report, mode).await?;
        if report.is_repairing {
            self.record("finish_repair", &json!({"is_done": is_done, "counts": report.counts})).await?;
        }
        self.client.batch_execute("select pg_advisory_unlock_shared(hashtext('colloquy.raw_in_use'), 0)").await?;
        Ok(is_done.then_some(report))
    }

    /// False if somebody asked to stop.
    async fn run_locked(&self, report: &mut Report, mode: Mode) -> Result<bool, DatabaseError> {
        let days = days(self.client, self.from, self.to).await?;
        self.progress.start(if mode == Mode::Repair { "repairing" } else { "comparing" }, "days", days.len() as u64);
        for slice in slices(&days, self.from, self.to) {
            for day in slice.days {
                if !self.compare_conversations(report, *day, mode).await? {
                    return Ok(false);
                }
                self.progress.advance(1);
            }
            self.compare_rollup(report, &slice, mode).await?;
            self.compare_views(report, &slice, mode).await?;
        }
        if mode == Mode::Repair && report.counts.differences > 0 {
            self.client.batch_execute("call refresh_rollups()").await?;
        }
        self.progress.finish();
        Ok(true)
    }

    /// Before the first change, so that none is without a record, however this ends.
    async fn begin_repair(&self, report: &mut Report) -> Result<(), DatabaseError> {
        if !report.is_repairing {
            self.record("begin_repair", &json!({"from": self.from, "to": self.to})).await?;
            report.is_repairing = true;
        }
        Ok(())
    }

    async fn record(&self, action: &str, detail: &Value) -> Result<(), DatabaseError> {
        Ok(record_action(self.client, action, self.store_id, detail).await?)
    }

    /// False if somebody asked to stop.
    async fn compare_conversations(&self, report: &mut Report, day: Day, mode: Mode) -> Result<bool, DatabaseError> {
        let from = report.unavailable_before.map_or(day.from, |before| before.max(day.from));
        let day = Day { from, to: day.to };
        if day.from >= day.to {
            return Ok(!self.stop.requested());
        }
        for page in touched(self.client, self.store_id, day).await?.chunks(PAGE_CONVERSATIONS) {
            if self.stop.requested() {
                return Ok(false);
            }
            let (store_ids, conversation_ids) = pairs(page);
            let parameters: StatementParameters<'_> = &[&store_ids, &conversation_ids, &day.from, &day.to];
            let rows = self.client.query(&report.statement, parameters).await?;
            report.counts.conversations_compared += page.len() as u64;
            let mut differing = BTreeSet::new();
            for row in rows {
                differing.insert((row.try_get("store_id")?, row.try_get("conversation_id")?));
                report.add(row)?;
            }
            if mode == Mode::Repair && !differing.is_empty() {
                self.begin_repair(report).await?;
                self.recalculate(page, &differing, day).await?;
            }
        }
        Ok(true)
    }

    async fn recalculate(
        &self,
        page: &[Touched],
        differing: &BTreeSet<(Uuid, Uuid)>,
        day: Day,
    ) -> Result<(), DatabaseError> {
        let is_differing = |of: &&Touched| differing.contains(&(of.store_id, of.conversation_id));
        let page: Vec<_> = page.iter().filter(is_differing).copied().collect();
        let (store_ids, conversation_ids) = pairs(&page);
        self.client.execute(RECALCULATE, &[&store_ids, &conversation_ids, &week_of(day.from)]).await?;
        Ok(())
    }

    async fn compare_rollup(&self, report: &mut Report, slice: &Slice<'_>, mode: Mode) -> Result<(), DatabaseError> {
        let (from, to) = slice.buckets();
        let found = self.differences(report, ROLLUP, &[&self.store_id, &from, &to]).await?;
        if mode == Mode::Repair && !found.is_empty() {
            self.begin_repair(report).await?;
            self.client.execute(MARK_ROLLUP, &[&self.store_id, &from, &to]).await?;
            remake_rollups(self.client, from, to).await?;
        }
        Ok(())
    }

    async fn compare_views(&self, report: &mut Report, slice: &Slice<'_>, mode: Mode) -> Result<(), DatabaseError> {
        let (buckets_from, buckets_to) = slice.buckets_of_units();
        let (from, to) = (slice.units_from, slice.units_to);
        let parameters: StatementParameters<'_> =
            &[&self.store_id, &from, &to, &self.from, &self.to, &buckets_from, &buckets_to];
        let found = self.differences(report, VIEWS, parameters).await?;
        if mode == Mode::Repair && found.contains("store_days") {
            self.begin_repair(report).await?;
            self.client.execute(REPAIR_STORE_DAYS, &[&self.store_id, &from, &to]).await?;
        }
        Ok(())
    }

    /// Takes the differences in that a statement finds; returns their levels. In a snapshot that is older than the plan,
    /// as queries of the aggregate have to be.
    async fn differences(
        &self,
        report: &mut Report,
        sql: &str,
        parameters: &[&(dyn ToSql + Sync)],
    ) -> Result<BTreeSet<String>, DatabaseError> {
        self.client.batch_execute("begin isolation level repeatable read read only; select 1").await?;
        let mut levels = BTreeSet::new();
        {
            // One by one, for there may be any number.
            let mut rows = pin!(self.client.query_raw(sql, parameters.iter().copied()).await?);
            while let Some(row) = rows.try_next().await? {
                let level: &str = row.try_get("level")?;
                if !levels.contains(level) {
                    levels.insert(level.to_owned());
                }
                report.add(row)?;
            }
        }
        self.client.batch_execute("commit").await?;
        Ok(levels)
    }
}
