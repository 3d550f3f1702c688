//! Places in the log of the primary, each with an instant before which every commit is in the log before it.

use std::collections::VecDeque;

use chrono::{DateTime, TimeDelta, Utc};
use tokio::time::Instant;

/// Ten minutes. A replica that is further behind tells its age by the last commit that it has replayed.
const KEPT: usize = 600;

struct Mark {
    at: DateTime<Utc>,
    written: i64,
    received_at: Instant,
}

/// Marks in the order in which they were made.
#[derive(Default)]
pub(super) struct Marks(VecDeque<Mark>);

impl Marks {
    /// Takes note of a mark; `written` counts the bytes of the log.
    pub(super) fn add(&mut self, at: DateTime<Utc>, written: i64) {
        if self.0.len() == KEPT {
            self.0.pop_front();
        }
        self.0.push_back(Mark { at, written, received_at: Instant::now() });
    }

    /// The clock of the primary, as far as it is known.
    pub(super) fn primary_now(&self) -> Option<DateTime<Utc>> {
        let newest = self.0.back()?;
        Some(newest.at + TimeDelta::from_std(newest.received_at.elapsed()).ok()?)
    }

    /// The instant before which every commit is in what has been replayed.
    pub(super) fn replayed_until(&self, replayed: i64) -> Option<DateTime<Utc>> {
        self.0.iter().rev().find(|mark| mark.written <= replayed).map(|mark| mark.at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_counts_once_it_is_replayed() {
        let at = |second| DateTime::from_timestamp(second, 0);
        let mut marks = Marks::default();
        assert_eq!((marks.replayed_until(100), marks.primary_now()), (None, None));
        marks.add(at(1).unwrap(), 100);
        marks.add(at(2).unwrap(), 200);
        assert_eq!(marks.replayed_until(99), None);
        assert_eq!(marks.replayed_until(100), at(1));
        assert_eq!(marks.replayed_until(199), at(1));
        assert_eq!(marks.replayed_until(1000), at(2));
        assert!(marks.primary_now() >= at(2));
        for _ in 0..KEPT {
            marks.add(at(3).unwrap(), 300);
        }
        assert_eq!((marks.0.len(), marks.replayed_until(200)), (KEPT, None));
    }
}
