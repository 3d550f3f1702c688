//! `colloquy stores create|list`.

use clap::{Args, Subcommand};
use tokio_postgres::error::SqlState;
use uuid::Uuid;

use super::{CommandError, small_pool};
use crate::config::DatabaseArgs;
use crate::database::{self, DatabaseError};
use crate::stores::create::insert;
use crate::stores::list;
use crate::stores::settings::{self, StoreSettings};

const PAGE: i64 = 1000;

/// What to do with stores.
#[derive(Subcommand)]
pub enum StoresCommand {
    /// Create a store and print its id
    Create(CreateArgs),
    /// Print id, timezone and name of each store, separated by tabs
    List(ListArgs),
}

/// What the command line gives for `stores create`.
#[derive(Args)]
pub struct CreateArgs {
    #[command(flatten)]
    database: DatabaseArgs,
    /// Name of the store, 1 to 200 characters
    #[arg(long, value_parser = settings::name)]
    name: String,
    /// IANA timezone whose local days the metrics use
    #[arg(long, default_value = "UTC", value_parser = settings::timezone)]
    timezone: String,
    /// Id of the store; a new one if absent
    #[arg(long, value_name = "UUID")]
    id: Option<Uuid>,
}

/// What the command line gives for `stores list`.
#[derive(Args)]
pub struct ListArgs {
    #[command(flatten)]
    database: DatabaseArgs,
}

/// Runs the command.
///
/// # Errors
/// When the store exists or the database fails.
pub async fn run(command: StoresCommand) -> Result<(), CommandError> {
    match command {
        StoresCommand::Create(args) => create(args).await,
        StoresCommand::List(args) => print_all(args).await,
    }
}

async fn create(args: CreateArgs) -> Result<(), CommandError> {
    let pool = small_pool(&args.database)?;
    let settings = StoreSettings { name: Some(args.name), timezone: Some(args.timezone), ..StoreSettings::default() };
    let row = insert(&pool, args.id, &settings).await.map_err(refused)?;
    if let Some(row) = row {
        println!("{}", row.try_get::<_, Uuid>("store_id").map_err(DatabaseError::from)?);
    }
    Ok(())
}

fn refused(error: DatabaseError) -> CommandError {
    match error.sql_state() {
        Some(&SqlState::UNIQUE_VIOLATION) => CommandError::Refused("there is a store with this id already".into()),
        Some(&SqlState::INVALID_PARAMETER_VALUE) => {
            CommandError::Refused("the timezone is not known to the database".into())
        }
        _ => error.into(),
    }
}

async fn print_all(args: ListArgs) -> Result<(), CommandError> {
    let pool = small_pool(&args.database)?;
    let mut cursor: Option<Uuid> = None;
    loop {
        let rows = database::query(&pool, list::SQL, &[&cursor, &PAGE]).await?;
        let Some(last) = rows.last() else {
            return Ok(());
        };
        cursor = last.try_get("store_id").map_err(DatabaseError::from)?;
        for row in &rows {
            let id: Uuid = row.try_get("store_id").map_err(DatabaseError::from)?;
            let timezone: &str = row.try_get("timezone").map_err(DatabaseError::from)?;
            let name: &str = row.try_get("name").map_err(DatabaseError::from)?;
            println!("{id}\t{timezone}\t{name}");
        }
    }
}
