//! Events: over HTTP and in SQL.

mod cases;
mod concurrency;
mod in_sql;
mod ingest;
