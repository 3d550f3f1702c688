//! `colloquy roles apply|print`: the owner, the writer and the reader of the database.

use std::env;
use std::path::PathBuf;

use clap::{Args, Subcommand};
use tokio_postgres::error::SqlState;

use super::CommandError;
use crate::config::DatabaseArgs;
use crate::database::{self, DatabaseError};
use crate::{roles, schema};

/// What to do with the roles of the database.
#[derive(Subcommand)]
pub enum RolesCommand {
    /// Create `colloquy_owner`, `colloquy_writer` and `colloquy_reader`, and give them what they own and may do
    Apply(ApplyArgs),
    /// Print the SQL that `apply` runs, for an administrator who runs it by psql in the database
    Print,
}

/// What the command line gives for `roles apply`.
///
/// Passwords are no flags, because other users of the machine can read those.
#[derive(Args)]
#[command(
    after_help = "Passwords come from COLLOQUY_OWNER_PASSWORD, COLLOQUY_WRITER_PASSWORD and COLLOQUY_READER_PASSWORD, \
                        or from files. A role without one keeps the login that it has, if any."
)]
pub struct ApplyArgs {
    #[command(flatten)]
    database: DatabaseArgs,
    /// File with the password of `colloquy_owner`
    #[arg(long, env = "COLLOQUY_OWNER_PASSWORD_FILE", value_name = "FILE")]
    owner_password_file: Option<PathBuf>,
    /// File with the password of `colloquy_writer`
    #[arg(long, env = "COLLOQUY_WRITER_PASSWORD_FILE", value_name = "FILE")]
    writer_password_file: Option<PathBuf>,
    /// File with the password of `colloquy_reader`
    #[arg(long, env = "COLLOQUY_READER_PASSWORD_FILE", value_name = "FILE")]
    reader_password_file: Option<PathBuf>,
}

/// Runs the command.
///
/// # Errors
/// When a password cannot be read, or the database cannot be reached or refuses.
pub async fn run(command: RolesCommand) -> Result<(), CommandError> {
    match command {
        RolesCommand::Apply(args) => apply(args).await,
        RolesCommand::Print => {
            print!("{}", schema::roles_sql());
            Ok(())
        }
    }
}

async fn apply(args: ApplyArgs) -> Result<(), CommandError> {
    // All of them first, so that nothing is half done for want of a file.
    let logins = [
        ("colloquy_owner", password("COLLOQUY_OWNER_PASSWORD", args.owner_password_file)?),
        ("colloquy_writer", password("COLLOQUY_WRITER_PASSWORD", args.writer_password_file)?),
        ("colloquy_reader", password("COLLOQUY_READER_PASSWORD", args.reader_password_file)?),
    ];
    let mut client = database::connect(&args.database.database_url).await?;
    schema::apply_roles(&client).await.map_err(|error| refused(error.into()))?;
    for (role, password) in logins {
        if let Some(password) = password {
            roles::set_login(&mut client, role, &password).await.map_err(refused)?;
            println!("{role}: made ready, logs in by the password given");
        } else {
            println!("{role}: made ready, no password given");
        }
    }
    Ok(())
}

/// The password in the file, else in the variable; none where both are absent or the variable is empty.
fn password(variable: &str, file: Option<PathBuf>) -> Result<Option<String>, CommandError> {
    // Compose files pass variables that are empty.
    let Some(file) = file.filter(|file| !file.as_os_str().is_empty()) else {
        return Ok(env::var(variable).ok().filter(|password| !password.is_empty()));
    };
    let refuse = |reason: String| CommandError::Refused(format!("{}: {reason}", file.display()));
    let text = std::fs::read_to_string(&file).map_err(|error| refuse(error.to_string()))?;
    let password = text.trim_end_matches(['\r', '\n']);
    if password.is_empty() || password.contains('\n') {
        return Err(refuse("must have one line, the password".to_owned()));
    }
    Ok(Some(password.to_owned()))
}

fn refused(error: DatabaseError) -> CommandError {
    if error.sql_state() == Some(&SqlState::INSUFFICIENT_PRIVILEGE) {
        CommandError::Refused(format!(
            "this session may not make the roles ({error}); connect as a superuser, or as a role that may create roles \
             and owns the database and what is in it, or give the output of `colloquy roles print` to an administrator"
        ))
    } else {
        error.into()
    }
}
