//! `colloquy keys create|list|rotate|revoke`.

use chrono::{DateTime, Utc};
use clap::{Args, Subcommand};
use tokio_postgres::Row;
use uuid::Uuid;

use super::{CommandError, small_pool};
use crate::config::DatabaseArgs;
use crate::database::{self, DatabaseError};
use crate::http::auth::Scope;
use crate::http::reply::rfc3339;
use crate::keys::create::{self, CreateKeyError, NewKey};
use crate::keys::rotate::{self, RotateKeyError, Rotation};
use crate::keys::{list, revoke};

/// What to do with keys.
#[derive(Subcommand)]
pub enum KeysCommand {
    /// Create a key and print it, this once, as the only line
    Create(CreateArgs),
    /// Print id, store (or admin), scopes, state, last use and name of each key, separated by tabs
    List(ListArgs),
    /// Make the successor of a key and print it, this once, as the only line; the old key ends after the overlap
    Rotate(RotateArgs),
    /// Revoke a key for good
    Revoke(RevokeArgs),
}

/// What the command line gives for `keys create`.
#[derive(Args)]
pub struct CreateArgs {
    #[command(flatten)]
    database: DatabaseArgs,
    /// Store that the key opens
    #[arg(long, value_name = "UUID", requires = "scope", required_unless_present = "admin", conflicts_with = "admin")]
    store: Option<Uuid>,
    /// What the key may do: ingest, read, manage, separated by commas
    #[arg(long, value_name = "SCOPE", value_delimiter = ',', requires = "store", conflicts_with = "admin",
          value_parser = ["ingest", "read", "manage"])]
    scope: Vec<String>,
    /// Make an admin key, which opens all stores and can do everything
    #[arg(long)]
    admin: bool,
    /// What the key is for, in your words
    #[arg(long, default_value = "", value_parser = key_name)]
    name: String,
    /// When the key stops working, as 2027-01-31T00:00:00Z; never if absent
    #[arg(long, value_name = "INSTANT", value_parser = create::expiry)]
    expires_at: Option<DateTime<Utc>>,
}

/// What the command line gives for `keys list`.
#[derive(Args)]
pub struct ListArgs {
    #[command(flatten)]
    database: DatabaseArgs,
    /// Only the keys of this store
    #[arg(long, value_name = "UUID")]
    store: Option<Uuid>,
}

/// What the command line gives for `keys rotate`.
#[derive(Args)]
pub struct RotateArgs {
    #[command(flatten)]
    database: DatabaseArgs,
    /// Id of the key that gets a successor, as `keys list` prints it
    key_id: Uuid,
    /// How long the old key stays good, as 90s, 15m, 24h or 30d; 0s ends it at once
    #[arg(long, value_name = "DURATION", default_value = "24h", value_parser = rotate::overlap_of_text)]
    overlap: i64,
    /// When the successor stops working, as 2027-01-31T00:00:00Z; when the old key was to stop if absent
    #[arg(long, value_name = "INSTANT", value_parser = create::expiry)]
    expires_at: Option<DateTime<Utc>>,
}

/// What the command line gives for `keys revoke`.
#[derive(Args)]
pub struct RevokeArgs {
    #[command(flatten)]
    database: DatabaseArgs,
    /// Id of the key, as `keys list` prints it
    key_id: Uuid,
}

/// Runs the command.
///
/// # Errors
/// When the store or key is unknown or the database fails.
pub async fn run(command: KeysCommand) -> Result<(), CommandError> {
    match command {
        KeysCommand::Create(args) => print_new(args).await,
        KeysCommand::List(args) => print_all(args).await,
        KeysCommand::Rotate(args) => print_successor(args).await,
        KeysCommand::Revoke(args) => revoke(args).await,
    }
}

async fn print_new(args: CreateArgs) -> Result<(), CommandError> {
    let pool = small_pool(&args.database)?;
    let scopes =
        if args.admin { vec![Scope::Admin] } else { create::scopes(&args.scope).map_err(CommandError::Refused)? };
    let new = NewKey { store_id: args.store, name: args.name, scopes, expires_at: args.expires_at };
    let (key, row) = create::insert(&pool, &new).await.map_err(|error| match error {
        CreateKeyError::Database(error) => error.into(),
        CreateKeyError::UnknownStore | CreateKeyError::Random(_) => CommandError::Refused(error.to_string()),
    })?;
    let key_id: Uuid = row.try_get("key_id").map_err(DatabaseError::from)?;
    eprintln!("Key {key_id}. Keep it: it is stored only as a hash and cannot be shown again.");
    println!("{}", key.as_str());
    Ok(())
}

async fn print_successor(args: RotateArgs) -> Result<(), CommandError> {
    let pool = small_pool(&args.database)?;
    let RotateArgs { key_id, overlap: overlap_seconds, expires_at, .. } = args;
    let rotation = Rotation { store_id: None, key_id, overlap_seconds, expires_at };
    let (key, row) = rotate::rotate(&pool, &rotation).await.map_err(|error| match error {
        RotateKeyError::Database(error) => error.into(),
        error => CommandError::Refused(format!("key {key_id}: {error}")),
    })?;
    let successor: Uuid = row.try_get("key_id").map_err(DatabaseError::from)?;
    let ends_at: DateTime<Utc> = row.try_get("replaced_expires_at").map_err(DatabaseError::from)?;
    eprintln!(
        "Key {successor} replaces {key_id}, which is good until {}. Keep it: it cannot be shown again.",
        rfc3339(ends_at)
    );
    println!("{}", key.as_str());
    Ok(())
}

async fn print_all(args: ListArgs) -> Result<(), CommandError> {
    let pool = small_pool(&args.database)?;
    for row in database::query(&pool, list::SQL, &[&args.store]).await? {
        println!("{}", line(&row).map_err(DatabaseError::from)?);
    }
    Ok(())
}

fn line(row: &Row) -> Result<String, tokio_postgres::Error> {
    let key_id: Uuid = row.try_get("key_id")?;
    let store_id: Option<Uuid> = row.try_get("store_id")?;
    let scopes: Vec<&str> = row.try_get("scopes")?;
    let revoked_at: Option<DateTime<Utc>> = row.try_get("revoked_at")?;
    let expires_at: Option<DateTime<Utc>> = row.try_get("expires_at")?;
    let state = match (revoked_at, expires_at) {
        (Some(at), _) => format!("revoked {}", rfc3339(at)),
        (None, Some(at)) if at <= Utc::now() => format!("expired {}", rfc3339(at)),
        (None, Some(at)) => format!("good until {}", rfc3339(at)),
        (None, None) => "good".to_owned(),
    };
    let last_used_at: Option<DateTime<Utc>> = row.try_get("last_used_at")?;
    let use_text = last_used_at.map_or_else(|| "never used".to_owned(), |at| format!("used {}", rfc3339(at)));
    let owner = store_id.map_or_else(|| "admin".to_owned(), |id| id.to_string());
    let name: &str = row.try_get("name")?;
    Ok(format!("{key_id}\t{owner}\t{}\t{state}\t{use_text}\t{name}", scopes.join(",")))
}

async fn revoke(args: RevokeArgs) -> Result<(), CommandError> {
    let pool = small_pool(&args.database)?;
    if revoke::revoke(&pool, args.key_id, None).await? {
        eprintln!("Key {} is revoked.", args.key_id);
        Ok(())
    } else {
        Err(CommandError::Refused(format!("there is no key {}", args.key_id)))
    }
}

fn key_name(text: &str) -> Result<String, String> {
    crate::http::fields::text(0..=200)(text)
}
