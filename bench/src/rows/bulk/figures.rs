//! What the runs of a row of ingest have found.

use std::time::Duration;

use super::Kind;
use crate::{
    bench::Bench,
    copy,
    generator::STORES,
    measure::{Line, Target, Values, count},
    report::Report,
};

/// Of each run: events a second of each side, and what they cost.
#[derive(Default)]
pub struct Figures {
    pub http: Vec<f64>,
    pub copy: Vec<f64>,
    pub two_copies: Vec<f64>,
    pub empty: Vec<f64>,
    pub server_cpu: Vec<f64>,
    pub database_cpu: Vec<f64>,
    pub copy_cpu: Vec<f64>,
    pub memory_mb: Vec<f64>,
}

impl Figures {
    /// Adds another run.
    pub fn add(&mut self, mut other: Self) {
        self.http.append(&mut other.http);
        self.copy.append(&mut other.copy);
        self.two_copies.append(&mut other.two_copies);
        self.empty.append(&mut other.empty);
        self.server_cpu.append(&mut other.server_cpu);
        self.database_cpu.append(&mut other.database_cpu);
        self.copy_cpu.append(&mut other.copy_cpu);
        self.memory_mb.append(&mut other.memory_mb);
    }

    /// What all runs come to.
    pub fn report(self, bench: &Bench, kind: &Kind) -> Report {
        let http = Values::new(&format!("by HTTP, {} connections", bench.connections), "events/s", self.http);
        let copy = Values::new("binary COPY, 1 connection", "events/s", self.copy);
        let two_copies = Values::new("binary COPY, 2 connections", "events/s", self.two_copies);
        let empty = Values::new("the same requests to an empty handler", "events/s", self.empty);
        let lines = vec![
            Line::ratio(kind.line, &http, &copy, Target::AtLeast(kind.at_least)),
            Line::ratio(
                "load client: empty handler ÷ Colloquy, the same requests",
                &empty,
                &http,
                Target::AtLeast(3.0),
            ),
        ];
        let sides = vec![
            http,
            copy,
            two_copies,
            empty,
            Values::new("CPU of PostgreSQL for a million events, by HTTP", "s", self.database_cpu),
            Values::new("CPU of the server for a million events", "s", self.server_cpu),
            Values::new("CPU of PostgreSQL for a million events, by COPY", "s", self.copy_cpu),
            Values::new("memory of the server at most", "MB", self.memory_mb),
        ];
        Report { lines, sides, notes: notes(bench), texts: Vec::new() }
    }
}

fn notes(bench: &Bench) -> Vec<String> {
    vec![
        format!(
            "Each run stores {} events by each way, others each time, of {} stores by their traffic, into the same tables; before \
             each there is a checkpoint. COPY takes {} rows a transaction, encoded before, `synchronous_commit` on.",
            count(bench.ingest_events),
            count(STORES),
            count(copy::TRANSACTION_ROWS)
        ),
        format!("`{}`", copy::COPY),
    ]
}

/// Events in a time.
#[allow(clippy::cast_precision_loss)] // millions
pub fn events_per_second(events: usize, took: Duration) -> f64 {
    events as f64 / took.as_secs_f64()
}

/// What a million events cost, of what some did.
#[allow(clippy::cast_precision_loss)] // millions
pub fn per_million(seconds: f64, events: usize) -> f64 {
    seconds * 1e6 / events as f64
}
