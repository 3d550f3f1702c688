//! Row 11: what raw events take once they are in the columnstore.

use tokio_postgres::Client;

use crate::{
    Result,
    bench::Bench,
    data::DataSet,
    measure::{Line, Target, Values},
    plans,
    report::{Report, Text},
};

/// Heap, indexes and long values of the chunks that are there, before and after, and how many chunks these are.
const SIZES: &str = "select coalesce(sum(before_compression_total_bytes), 0)::float8 as before_bytes,
        coalesce(sum(after_compression_total_bytes), 0)::float8 as after_bytes, count(*) as chunks
    from public.chunk_columnstore_stats('analytics.conversation_events')
    where compression_status = 'Compressed'";
/// Events in these chunks.
const CHUNK_EVENTS: &str =
    "select coalesce(string_agg(format('select count(*) from %I.%I', chunk_schema, chunk_name), ' union all '),
        'select 0::bigint')
    from timescaledb_information.chunks
    where hypertable_schema = 'analytics' and hypertable_name = 'conversation_events' and is_compressed";
const SETTINGS: &str = "select format('segment by %s, order by %s', segmentby, orderby)
    from timescaledb_information.hypertable_columnstore_settings
    where hypertable = 'analytics.conversation_events'::regclass";

pub async fn run(bench: &Bench) -> Result<Report> {
    let set = DataSet::large(bench).await?;
    let client = set.connect().await?;
    let license: String = client.query_one("show timescaledb.license", &[]).await?.get(0);
    if license == "apache" {
        let notes = vec!["The Apache-2 Edition has no columnstore.".to_owned()];
        return Ok(Report { notes, ..Report::default() });
    }
    report(&client).await
}

async fn report(client: &Client) -> Result<Report> {
    let sizes = client.query_one(SIZES, &[]).await?;
    let (before, after, chunks): (f64, f64, i64) = (sizes.get(0), sizes.get(1), sizes.get(2));
    let events = events(client).await?;
    let before = Values::new("an event before, with its indexes", "bytes", vec![before / events]);
    let after = Values::new("an event in the columnstore, with its indexes", "bytes", vec![after / events]);
    let lines = vec![Line::ratio(
        "bytes per event after columnstore ÷ before (Community)",
        &after,
        &before,
        Target::AtMost(0.2),
    )];
    let notes = vec![format!(
        "{chunks} chunks of raw events older than 56 days, with {events} events, as `compress_raw_events` has left them; sizes by \
         `chunk_columnstore_stats`."
    )];
    let settings = client.query(SETTINGS, &[]).await?.iter().map(|row| row.get::<_, String>(0)).collect();
    let texts = vec![
        plans::indexes(client, "conversation_events").await?,
        Text::new("Settings of the columnstore of conversation_events", settings),
    ];
    Ok(Report { lines, sides: vec![before, after], notes, texts })
}

#[allow(clippy::cast_precision_loss)] // millions
async fn events(client: &Client) -> Result<f64> {
    let counts: String = client.query_one(CHUNK_EVENTS, &[]).await?.get(0);
    Ok(client.query(&counts, &[]).await?.iter().map(|row| row.get::<_, i64>(0) as f64).sum())
}
