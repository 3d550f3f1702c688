//! Shows how far an import is: a bar on a terminal, a line every few seconds elsewhere, both on standard error.

use std::{
    io::{IsTerminal, stderr},
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use indicatif::{ProgressBar, ProgressStyle};

const BETWEEN_LINES: Duration = Duration::from_secs(5);
const BAR: &str = "{msg:>9} [{wide_bar}] {human_pos}/{human_len}{prefix} {per_sec:.0}, {eta} left";

/// Shows one phase at a time.
pub struct Progress {
    look: Look,
    phase: Mutex<Option<Phase>>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Look {
    Bar,
    Lines,
    Nothing,
}

struct Phase {
    name: &'static str,
    unit: &'static str,
    bar: ProgressBar,
    done: u64,
    total: u64,
    started: Instant,
    line_due: Instant,
}

impl Progress {
    /// On standard error, as fits what that is.
    #[must_use]
    pub fn on_stderr() -> Self {
        Self { look: if stderr().is_terminal() { Look::Bar } else { Look::Lines }, phase: Mutex::default() }
    }

    /// Shows nothing.
    #[must_use]
    pub fn silent() -> Self {
        Self { look: Look::Nothing, phase: Mutex::default() }
    }

    /// Begins a phase of `total` units, which ends the one before.
    pub fn start(&self, name: &'static str, unit: &'static str, total: u64) {
        let now = Instant::now();
        let bar = if self.look == Look::Bar { ProgressBar::new(total) } else { ProgressBar::hidden() };
        if let Ok(style) = ProgressStyle::with_template(BAR) {
            bar.set_style(style);
        }
        bar.set_message(name);
        bar.set_prefix(format!(" {unit}"));
        let phase = Phase { name, unit, bar, done: 0, total, started: now, line_due: now + BETWEEN_LINES };
        if let Some(before) = self.replace(Some(phase)) {
            before.bar.finish_and_clear();
        }
    }

    /// Adds units that are done.
    pub fn advance(&self, units: u64) {
        let mut phase = self.phase.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(phase) = phase.as_mut() else { return };
        phase.done += units;
        phase.bar.inc(units);
        let now = Instant::now();
        if self.look == Look::Lines && now >= phase.line_due {
            phase.line_due = now + BETWEEN_LINES;
            eprintln!("{}", phase.line());
        }
    }

    /// Ends the phase.
    pub fn finish(&self) {
        if let Some(phase) = self.replace(None) {
            phase.bar.finish_and_clear();
        }
    }

    fn replace(&self, phase: Option<Phase>) -> Option<Phase> {
        std::mem::replace(&mut *self.phase.lock().unwrap_or_else(PoisonError::into_inner), phase)
    }
}

impl Phase {
    #[allow(clippy::cast_precision_loss)] // shown to people
    fn line(&self) -> String {
        let rate = self.done as f64 / self.started.elapsed().as_secs_f64().max(f64::EPSILON);
        let left_seconds = self.total.saturating_sub(self.done) as f64 / rate.max(f64::EPSILON);
        let Self { name, unit, done, total, .. } = self;
        format!("{name}: {done} of {total} {unit}, {rate:.0} {unit}/s, {left_seconds:.0} s left")
    }
}
