//! Row 2: events by HTTP, a thousand a request, each of another conversation, against binary COPY.

use crate::{
    Result,
    bench::Bench,
    ingest,
    report::Report,
    rows::bulk::{self, Kind},
};

const KIND: Kind = Kind {
    scratch: "scattered",
    line: "events/s by HTTP, 1,000 a request, 10,000 open conversations ÷ binary COPY",
    at_least: 0.35,
    requests: ingest::scattered,
};

pub async fn run(bench: &Bench) -> Result<Report> {
    bulk::run(bench, &KIND).await
}
