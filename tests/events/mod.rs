//! Events: over HTTP and in SQL.

mod cases;
mod in_sql;
mod ingest;
