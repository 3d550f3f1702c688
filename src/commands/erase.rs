//! `colloquy erase`: the end of everything that names a customer of a store.

use std::io::Read;

use clap::Args;
use uuid::Uuid;

use super::{CommandError, small_pool};
use crate::config::DatabaseArgs;
use crate::customers::erase::{CustomerId, erase_customer};
use crate::database;

const SHOW_STORE: &str = include_str!("../../sql/stores/show.sql");

/// What the command line gives for `erase`.
#[derive(Args)]
pub struct EraseArgs {
    #[command(flatten)]
    database: DatabaseArgs,
    /// Store whose customer is erased; the same id in other stores stays
    #[arg(long, value_name = "UUID")]
    store: Uuid,
    /// Id of the customer. It stands in the history of the shell and in the list of processes then; --stdin avoids that
    #[arg(value_name = "CUSTOMER_ID", required_unless_present = "stdin", conflicts_with = "stdin")]
    customer_id: Option<String>,
    /// Read the id from standard input, up to its end or the first end of line
    #[arg(long)]
    stdin: bool,
}

/// Runs the command and prints the receipt as one line of JSON. Prints the id nowhere.
///
/// # Errors
/// When the store or the customer is unknown, the events are in use, or the database fails.
pub async fn run(args: EraseArgs) -> Result<(), CommandError> {
    let text = match args.customer_id {
        Some(text) => text,
        None => first_line(std::io::stdin().lock())?,
    };
    let customer = CustomerId::new(text)
        .ok_or_else(|| CommandError::Refused("the id of a customer is a text of 1 to 255 characters".into()))?;
    let pool = small_pool(&args.database)?;
    if database::query(&pool, SHOW_STORE, &[&args.store]).await?.is_empty() {
        return Err(CommandError::Refused(format!("there is no store {}", args.store)));
    }
    let receipt =
        erase_customer(&pool, args.store, &customer).await.map_err(|error| CommandError::Refused(error.to_string()))?;
    println!("{receipt}");
    Ok(())
}

fn first_line(mut input: impl Read) -> Result<String, CommandError> {
    let mut text = String::new();
    input.read_to_string(&mut text)?;
    Ok(text.lines().next().unwrap_or_default().to_owned())
}
