//! `colloquy recalculate`: makes conversations and rollups of a range anew from raw events; run again, it goes on.

use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use clap::Args;
use tokio_postgres::{Client, Row};
use uuid::Uuid;

use super::CommandError;
use crate::config::DatabaseArgs;
use crate::database::{self, DatabaseError, StatementParameters};
use crate::http::reply::rfc3339;
use crate::import::{Progress, Stop};
use crate::recalculation::{Edge, Outcome, Work, request, resolve, show};
use crate::schema;

const INTERRUPTED: &str = include_str!("../../sql/recalculation/interrupted.sql");
const ASK_AGAIN: Duration = Duration::from_secs(1);

/// What the command line gives.
#[derive(Args)]
pub struct RecalculateArgs {
    #[command(flatten)]
    pub database: DatabaseArgs,
    /// First day, as YYYY-MM-DD in the timezone of the store (UTC without --store), or first instant, in RFC 3339
    #[arg(long, value_parser = Edge::parse)]
    pub from: Edge,
    /// Last day, included, or first instant after the range
    #[arg(long, value_parser = Edge::parse)]
    pub to: Edge,
    /// Only this store
    #[arg(long, value_name = "UUID")]
    pub store: Option<Uuid>,
}

/// Runs the command.
///
/// # Errors
/// When the range or the store is wrong, the database fails, or it was asked to stop.
pub async fn run(args: RecalculateArgs) -> Result<(), CommandError> {
    let began = Instant::now();
    let stop = Stop::on_signal()?;
    let client = database::connect(&args.database.database_url).await?;
    if !schema::is_migrated(&client).await.map_err(DatabaseError::from)? {
        return Err(CommandError::NotMigrated);
    }
    let range = resolve(&client, args.from, args.to, args.store).await?;
    if !range.is_store {
        return Err(CommandError::Refused("there is no such store".into()));
    }
    if range.from >= range.to {
        return Err(CommandError::Refused("--from must be before --to".into()));
    }
    let interrupted = client.query_opt(INTERRUPTED, &[&args.store, &range.from, &range.to]).await;
    let id = if let Some(row) = interrupted.map_err(DatabaseError::from)? {
        eprintln!("going on with an unfinished recalculation of this range from {}", rfc3339(get(&row, "done_to")?));
        get(&row, "recalculation_id")?
    } else {
        let id = Uuid::new_v4();
        let key_id: Option<Uuid> = None;
        let parameters: StatementParameters<'_> = &[&id, &args.store, &range.from, &range.to, &false, &key_id];
        client.execute(request::CREATE, parameters).await.map_err(DatabaseError::from)?;
        id
    };
    let work = claim(&args.database.database_url, id, &stop).await?;
    let progress = Progress::on_stderr();
    let outcome = work.run(&progress, &stop).await?;
    progress.finish();
    print(work.client(), id, began).await?;
    match outcome {
        Outcome::Done => Ok(()),
        Outcome::Stopped => Err(stopped()),
    }
}

/// Waits while another process works on it.
async fn claim(database_url: &str, id: Uuid, stop: &Stop) -> Result<Work, CommandError> {
    let mut is_told = false;
    loop {
        if let Some(work) = Work::claim(database::connect(database_url).await?, id).await? {
            return Ok(work);
        }
        if !is_told {
            eprintln!("another process works on it; waiting for its end");
            is_told = true;
        }
        tokio::select! {
            () = stop.wait() => return Err(stopped()),
            () = tokio::time::sleep(ASK_AGAIN) => {}
        }
    }
}

fn stopped() -> CommandError {
    CommandError::Refused("stopped; the same command goes on where it was".into())
}

async fn print(client: &Client, id: Uuid, began: Instant) -> Result<(), DatabaseError> {
    let row = client.query_one(show::SQL, &[&id]).await?;
    println!("conversations   {:>12} rebuilt", get::<i64>(&row, "conversations_rebuilt")?);
    println!("rows changed    {:>12}", get::<i64>(&row, "changed_rows")?);
    if let Some(before) = get::<Option<DateTime<Utc>>>(&row, "unavailable_before")? {
        println!("not touched     before {}: raw events from then are not there any more", rfc3339(before));
    }
    println!("took            {:>12.1} s", began.elapsed().as_secs_f64());
    Ok(())
}

fn get<'a, T: tokio_postgres::types::FromSql<'a>>(row: &'a Row, column: &str) -> Result<T, DatabaseError> {
    Ok(row.try_get(column)?)
}
