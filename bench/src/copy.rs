//! The limit of ingest: rows of events that are encoded before the time starts, by binary COPY.

use std::time::{Duration, Instant};

use bytes::{BufMut, Bytes, BytesMut};
use colloquy::events::Event;
use futures_util::SinkExt;
use tokio::task::JoinSet;
use tokio_postgres::{
    Client,
    types::{IsNull, Json, ToSql, Type},
};

use crate::Result;

/// Rows of a transaction.
pub const TRANSACTION_ROWS: usize = 10_000;
/// The statement, for the page.
pub const COPY: &str = "copy conversation_events (store_id, conversation_id, event_id, event_type, customer_id, response_us, \
    event_data, created_at) from stdin (format binary)";
const FIELDS: i16 = 8;

/// The rows of one transaction, in PostgreSQL's binary format.
pub type Rows = Bytes;

/// Encodes events as rows, so many to a transaction.
///
/// # Errors
/// When a value cannot be encoded.
pub fn encode(events: &[&Event]) -> Result<Vec<Rows>> {
    events.chunks(TRANSACTION_ROWS).map(encode_transaction).collect()
}

fn encode_transaction(events: &[&Event]) -> Result<Rows> {
    let mut rows = BytesMut::new();
    rows.put_slice(b"PGCOPY\n\xff\r\n\0");
    // No flags, no extension of the header.
    rows.put_u64(0);
    for event in events {
        rows.put_i16(FIELDS);
        put(&mut rows, &event.store_id, &Type::UUID)?;
        put(&mut rows, &event.conversation_id, &Type::UUID)?;
        put(&mut rows, &event.event_id, &Type::UUID)?;
        put(&mut rows, &event.event_type.name(), &Type::TEXT)?;
        put(&mut rows, &event.customer_id, &Type::TEXT)?;
        put(&mut rows, &event.response_us, &Type::INT8)?;
        put(&mut rows, &Json(&*event.event_data), &Type::JSONB)?;
        put(&mut rows, &event.created_at, &Type::TIMESTAMPTZ)?;
    }
    rows.put_i16(-1);
    Ok(rows.freeze())
}

fn put(rows: &mut BytesMut, value: &dyn ToSql, kind: &Type) -> Result<()> {
    let length_at = rows.len();
    rows.put_i32(-1);
    if matches!(value.to_sql_checked(kind, rows)?, IsNull::No) {
        let length = i32::try_from(rows.len() - length_at - 4)?;
        rows[length_at..length_at + 4].copy_from_slice(&length.to_be_bytes());
    }
    Ok(())
}

/// Stores transactions one after the other over one connection; returns the time it took and the rows.
///
/// # Errors
/// When the database refuses.
pub async fn store(client: &Client, transactions: &[Rows]) -> Result<(Duration, u64)> {
    let began = Instant::now();
    let mut rows = 0;
    for transaction in transactions {
        let mut sink = Box::pin(client.copy_in::<_, Bytes>(COPY).await?);
        sink.send(transaction.clone()).await?;
        rows += sink.as_mut().finish().await?;
    }
    Ok((began.elapsed(), rows))
}

/// The same over several connections, each with its part of the transactions.
///
/// # Errors
/// When the database refuses.
pub async fn store_by_all(clients: Vec<Client>, transactions: &[Rows]) -> Result<(Duration, u64)> {
    let part = transactions.len().div_ceil(clients.len());
    let parts: Vec<Vec<Rows>> = transactions.chunks(part).map(<[Rows]>::to_vec).collect();
    let began = Instant::now();
    let mut storing = JoinSet::new();
    for (client, part) in clients.into_iter().zip(parts) {
        storing.spawn(async move { store(&client, &part).await });
    }
    let mut rows = 0;
    while let Some(done) = storing.join_next().await {
        rows += done??.1;
    }
    Ok((began.elapsed(), rows))
}
