//! The good events of files that have been checked: kept from the check, or read once more.

use std::{path::PathBuf, sync::Arc};

use chrono::{DateTime, Duration, Utc};
use tokio::task::spawn_blocking;

use super::{
    ImportError, Placed,
    check::check,
    lines::{Line, Lines},
    scan::kept_bytes,
    shift,
    stores::KnownStores,
    windows::{Split, Windows},
};

/// Where the good events are.
pub struct Good {
    /// The files.
    pub paths: Vec<PathBuf>,
    /// Stores whose events are good.
    pub stores: Arc<KnownStores>,
    /// The time of the check.
    pub now: DateTime<Utc>,
    /// By how much events are moved.
    pub by: Duration,
    /// All of them, if the check has kept them.
    pub kept: Option<Vec<Placed>>,
}

impl Good {
    /// Reads on another thread, one window ahead of each connection.
    pub fn read(mut self, connections: usize) -> Vec<Windows> {
        let (mut split, windows) = Split::among(connections);
        spawn_blocking(move || {
            let result = match self.kept.take() {
                Some(kept) => {
                    kept.into_iter().all(|placed| {
                        let bytes = kept_bytes(&placed);
                        self.hand_over(placed, bytes, &mut split)
                    });
                    Ok(())
                }
                None => self.read_again(&mut split),
            };
            split.end(result);
        });
        windows
    }

    fn read_again(&self, split: &mut Split) -> Result<(), ImportError> {
        for (file, path) in self.paths.iter().enumerate() {
            let mut lines = Lines::open(path, None)?;
            while let Some((number, line)) = lines.next_line()? {
                // What is refused here has been named by the first pass.
                let Ok(event) = check(&line, self.now) else { continue };
                if self.stores.refusal(event.store_id).is_some() {
                    continue;
                }
                let bytes = if let Line::Text(text) = line { text.len() } else { 0 };
                if !self.hand_over(Placed { event, file, line: number }, bytes, split) {
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    fn hand_over(&self, mut placed: Placed, bytes: usize, split: &mut Split) -> bool {
        if !self.by.is_zero() {
            shift::shift(&mut placed.event, self.by);
        }
        split.add(placed, bytes)
    }
}
