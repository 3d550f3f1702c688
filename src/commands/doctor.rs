//! `colloquy doctor`: checks the database and says what is wrong or untested.

use clap::Args;
use tokio_postgres::Client;

use super::CommandError;
use crate::config::DatabaseArgs;
use crate::database::{self, DatabaseError};
use crate::schema;

const DIAGNOSE: &str = include_str!("../../sql/database/diagnose.sql");
const DIAGNOSE_DATA: &str = include_str!("../../sql/database/diagnose_data.sql");

/// What the command line gives.
#[derive(Args)]
pub struct DoctorArgs {
    #[command(flatten)]
    pub database: DatabaseArgs,
}

/// Runs the command: one line for each check, ok, warning or error.
///
/// # Errors
/// When the database cannot be reached, or a check found an error.
pub async fn run(args: DoctorArgs) -> Result<(), CommandError> {
    let client = database::connect(&args.database.database_url).await?;
    let mut errors = report(&client, DIAGNOSE).await?;
    if errors == 0 {
        let is_migrated = schema::is_migrated(&client).await.map_err(DatabaseError::from)?;
        if is_migrated {
            println!("ok       schema: as this version needs it");
            errors += report(&client, DIAGNOSE_DATA).await?;
        } else {
            println!("error    schema: not that of this version; run `colloquy migrate`");
            errors += 1;
        }
    }
    if errors > 0 {
        return Err(CommandError::Refused(format!("{errors} checks found an error")));
    }
    Ok(())
}

/// Prints the checks of a statement and returns how many found an error.
async fn report(client: &Client, sql: &str) -> Result<usize, DatabaseError> {
    let mut errors = 0;
    for row in client.query(sql, &[]).await? {
        let (level, subject, finding): (&str, &str, &str) =
            (row.try_get("level")?, row.try_get("subject")?, row.try_get("finding")?);
        errors += usize::from(level == "error");
        println!("{level:8} {subject}: {finding}");
    }
    Ok(errors)
}
