//! The lines of a file, checked on several threads and given back in order.

use std::{
    ops::Range,
    path::Path,
    sync::mpsc::{Receiver, SyncSender, sync_channel},
    thread::{self, Scope},
};

use chrono::{DateTime, Utc};

use super::{
    ImportError,
    check::check,
    lines::{Line, Lines},
    progress::Progress,
};
use crate::events::{Event, validate::Fault};

/// Bytes of lines that a thread checks at a time.
const CHUNK_BYTES: usize = 256 * 1024;
/// Reading is so much faster than checking that more threads gain little.
const MAX_THREADS: usize = 4;

/// The number of a line, from 1, and its event or its first fault.
pub type Checked = (u64, Result<Event, Fault>);

/// Hands over all lines of a file that are not blank, in order. Blocks.
pub fn each_line(
    path: &Path,
    now: DateTime<Utc>,
    progress: &Progress,
    mut take: impl FnMut(Vec<Checked>) -> Result<(), ImportError>,
) -> Result<(), ImportError> {
    let mut lines = Lines::open(path, Some(progress))?;
    let threads = thread::available_parallelism().map_or(1, usize::from).min(MAX_THREADS);
    thread::scope(|scope| {
        let checkers: Vec<_> = (0..threads).map(|_| Checker::start(scope, now)).collect();
        // Each has a chunk at most, and they take turns.
        let mut sent = 0;
        loop {
            let chunk = Chunk::read(&mut lines)?;
            if chunk.lines.is_empty() {
                break;
            }
            let checker = &checkers[sent % threads];
            if sent >= threads {
                take(checker.checked())?;
            }
            checker.check(chunk);
            sent += 1;
        }
        (sent.saturating_sub(threads)..sent).try_for_each(|nth| take(checkers[nth % threads].checked()))
    })
}

/// A thread that checks. If it has panicked, so does the scope at its end.
struct Checker {
    chunks: SyncSender<Chunk>,
    checked: Receiver<Vec<Checked>>,
}

impl Checker {
    fn start<'scope>(scope: &'scope Scope<'scope, '_>, now: DateTime<Utc>) -> Self {
        let (chunks, to_check) = sync_channel::<Chunk>(1);
        let (done, checked) = sync_channel(1);
        scope.spawn(move || {
            for chunk in to_check {
                if done.send(chunk.check(now)).is_err() {
                    return;
                }
            }
        });
        Self { chunks, checked }
    }

    fn check(&self, chunk: Chunk) {
        let _ = self.chunks.send(chunk);
    }

    fn checked(&self) -> Vec<Checked> {
        self.checked.recv().unwrap_or_default()
    }
}

#[derive(Default)]
struct Chunk {
    text: Vec<u8>,
    /// The number of each line and where it is; nowhere if it is too long.
    lines: Vec<(u64, Option<Range<usize>>)>,
}

impl Chunk {
    fn read(lines: &mut Lines<'_>) -> Result<Self, ImportError> {
        let mut chunk = Self::default();
        while chunk.text.len() < CHUNK_BYTES {
            match lines.next_line()? {
                None => break,
                Some((number, Line::TooLong)) => chunk.lines.push((number, None)),
                Some((number, Line::Text(text))) => {
                    let from = chunk.text.len();
                    chunk.text.extend_from_slice(text);
                    chunk.lines.push((number, Some(from..chunk.text.len())));
                }
            }
        }
        Ok(chunk)
    }

    fn check(self, now: DateTime<Utc>) -> Vec<Checked> {
        let line = |at: Option<Range<usize>>| at.map_or(Line::TooLong, |at| Line::Text(&self.text[at]));
        self.lines.iter().map(|(number, at)| (*number, check(&line(at.clone()), now))).collect()
    }
}
