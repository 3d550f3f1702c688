//! Row 1: events by HTTP, a thousand a request, whole conversations, against binary COPY.

use crate::{
    Result,
    bench::Bench,
    ingest,
    report::Report,
    rows::bulk::{self, Kind},
};

const KIND: Kind = Kind {
    scratch: "contiguous",
    line: "events/s by HTTP, 1,000 a request, conversations contiguous ÷ binary COPY",
    at_least: 0.6,
    requests: ingest::contiguous,
};

pub async fn run(bench: &Bench) -> Result<Report> {
    bulk::run(bench, &KIND).await
}
