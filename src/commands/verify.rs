//! `colloquy verify`: compares raw events, conversations, rollups and views, names each difference, and repairs them.

use chrono::{DateTime, NaiveDate, Utc};
use clap::Args;
use tokio_postgres::{Client, Row};
use uuid::Uuid;

use super::CommandError;
use crate::config::DatabaseArgs;
use crate::database::{self, DatabaseError};
use crate::http::reply::rfc3339;
use crate::import::{Progress, Stop};
use crate::recalculation::{Edge, ResolvedRange, resolve};
use crate::reconciliation::{Check, Mode, Report, Status};
use crate::schema;

const SPAN: &str = include_str!("../../sql/reconciliation/span.sql");

/// What the command line gives.
#[derive(Args)]
pub struct VerifyArgs {
    #[command(flatten)]
    pub database: DatabaseArgs,
    /// First day, as YYYY-MM-DD in the timezone of the store (UTC without --store), or first instant, in RFC 3339; all if absent
    #[arg(long, value_parser = Edge::parse)]
    pub from: Option<Edge>,
    /// Last day, included, or first instant after the range; all if absent
    #[arg(long, value_parser = Edge::parse)]
    pub to: Option<Edge>,
    /// Only this store
    #[arg(long, value_name = "UUID")]
    pub store: Option<Uuid>,
    /// Put right what differs, then compare again
    #[arg(long)]
    pub repair: bool,
}

/// Runs the command.
///
/// # Errors
/// When differences are there (with `--repair`: are left), the range or the store is wrong, the database fails, or it was
/// asked to stop.
pub async fn run(args: VerifyArgs) -> Result<(), CommandError> {
    let stop = Stop::on_signal()?;
    let client = database::connect(&args.database.database_url).await?;
    if !schema::is_migrated(&client).await.map_err(DatabaseError::from)? {
        return Err(CommandError::NotMigrated);
    }
    let ResolvedRange { from, to, is_store } = range(&client, &args).await?;
    if !is_store {
        return Err(CommandError::Refused("there is no such store".into()));
    }
    if from > to {
        return Err(CommandError::Refused("--from must be before --to".into()));
    }
    let progress = Progress::on_stderr();
    let check = Check { client: &client, store_id: args.store, from, to, progress: &progress, stop: &stop };
    let compared = async |mode| {
        let report = check.run(mode).await?.ok_or_else(|| CommandError::Refused("stopped".into()))?;
        print(&report)?;
        Ok::<_, CommandError>(report.counts.differences)
    };
    let mut differences = compared(if args.repair { Mode::Repair } else { Mode::Compare }).await?;
    if args.repair && differences > 0 {
        println!("\nrepaired; compared again:");
        differences = compared(Mode::Compare).await?;
    }
    match differences {
        0 => Ok(()),
        1 => Err(CommandError::Refused("1 difference".into())),
        many => Err(CommandError::Refused(format!("{many} differences"))),
    }
}

/// What is left out reaches as far as there is data.
async fn range(client: &Client, args: &VerifyArgs) -> Result<ResolvedRange, DatabaseError> {
    let row = client.query_one(SPAN, &[]).await?;
    let now = Edge::Instant(Utc::now());
    let edge = |column: &str| {
        let at: Option<DateTime<Utc>> = row.try_get(column)?;
        Ok::<_, DatabaseError>(at.map_or(now, Edge::Instant))
    };
    let (from, to) = (args.from.map_or_else(|| edge("from_at"), Ok)?, args.to.map_or_else(|| edge("to_at"), Ok)?);
    resolve(client, from, to, args.store).await
}

fn print(report: &Report) -> Result<(), DatabaseError> {
    for row in &report.differences {
        println!("{}", sentence(row)?);
    }
    let listed = report.differences.len() as u64;
    if report.counts.differences > listed {
        println!("and {} more", report.counts.differences - listed);
    }
    for span in report.ranges() {
        let status = match span.status {
            Status::Verified => "verified",
            Status::Differs => "differs",
            Status::Unverifiable => "unverifiable",
        };
        println!("{status:<13} from {} to {}", rfc3339(span.from), rfc3339(span.to));
    }
    println!(
        "{} conversations compared, {} differences",
        report.counts.conversations_compared, report.counts.differences
    );
    Ok(())
}

/// A difference in one line.
fn sentence(row: &Row) -> Result<String, DatabaseError> {
    let (level, kind): (&str, &str) = (row.try_get("level")?, row.try_get("kind")?);
    let mut parts = vec![format!("{level} {kind}: store {}", row.try_get::<_, Uuid>("store_id")?)];
    if let Some(id) = row.try_get::<_, Option<Uuid>>("conversation_id")? {
        parts.push(format!("conversation {id}"));
    }
    parts.push(format!("at {}", rfc3339(row.try_get("at")?)));
    if let Some(date) = row.try_get::<_, Option<NaiveDate>>("date")? {
        parts.push(format!("date {date}"));
    }
    let place = parts.join(", ");
    let Some(column) = row.try_get::<_, Option<&str>>("column")? else { return Ok(place) };
    let value = |column| Ok::<_, DatabaseError>(row.try_get::<_, Option<&str>>(column)?.unwrap_or("null"));
    Ok(format!("{place}: {column} expected {}, found {}", value("expected")?, value("found")?))
}
