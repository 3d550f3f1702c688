//! Events: over HTTP and in SQL.

mod cases;
mod concurrency;
mod cors;
mod dry_run;
mod gzip;
mod in_sql;
mod ingest;
mod producer;
mod queue;
mod rejections;
mod seeds;
mod status;
