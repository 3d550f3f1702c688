//! What an import did, for people.

use std::{fmt, time::Duration};

use chrono::{DateTime, Utc};

use super::rejections::Rejections;

/// What an import did.
#[derive(Clone, Debug, Default)]
pub struct Summary {
    /// True when nothing was written.
    pub is_dry_run: bool,
    /// Events that were stored.
    pub accepted: u64,
    /// Events that were stored before.
    pub duplicates: u64,
    /// Lines that were not taken.
    pub rejections: Rejections,
    /// Stores that were created.
    pub stores_created: u64,
    /// Weeks by which all times were moved.
    pub shifted_weeks: i64,
    /// Conversations that were timed out.
    pub timeouts: u64,
    /// Buckets that were folded into the rollup.
    pub buckets: u64,
    /// Conversations that stay as they were, because fewer of their events are here than they had.
    pub frozen: u64,
    /// Before when raw events, some of the import's among them, are old enough for retention to drop them again.
    pub dropped_before: Option<DateTime<Utc>>,
    /// From beginning to end.
    pub took: Duration,
    /// Of this, spent on storing events.
    pub storing: Duration,
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_dry_run {
            writeln!(f, "dry run: nothing was written")?;
        }
        writeln!(f, "accepted        {:>12}", self.accepted)?;
        writeln!(f, "duplicates      {:>12}", self.duplicates)?;
        writeln!(f, "rejected        {:>12}", self.rejections.count)?;
        for rejection in &self.rejections.first {
            writeln!(f, "  {rejection}")?;
        }
        let unnamed = self.rejections.count.saturating_sub(self.rejections.first.len() as u64);
        if unnamed > 0 {
            writeln!(f, "  and {unnamed} more")?;
        }
        writeln!(f, "stores created  {:>12}", self.stores_created)?;
        if self.shifted_weeks != 0 {
            writeln!(f, "moved by        {:>12} weeks", self.shifted_weeks)?;
        }
        if !self.is_dry_run {
            writeln!(f, "timed out       {:>12} conversations", self.timeouts)?;
            writeln!(f, "refreshed       {:>12} buckets", self.buckets)?;
        }
        if self.frozen > 0 {
            writeln!(
                f,
                "kept as they were {:>10} conversations, because more events than are here now made them",
                self.frozen
            )?;
        }
        if let Some(before) = self.dropped_before {
            let before = before.format("%Y-%m-%d");
            writeln!(f, "raw events before {before} go again with the next run of retention; numbers stay")?;
        }
        write!(f, "took            {:>12.1} s, {:.0} events/s", self.took.as_secs_f64(), self.rate())
    }
}

impl Summary {
    #[allow(clippy::cast_precision_loss)] // shown to people
    fn rate(&self) -> f64 {
        (self.accepted + self.duplicates) as f64 / self.took.as_secs_f64().max(0.001)
    }
}
