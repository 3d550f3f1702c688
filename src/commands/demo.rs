//! `colloquy demo`: fills three made-up shops with conversations, and prints one line per shop.

use clap::Args;

use super::CommandError;
use crate::config::DatabaseArgs;
use crate::database;
use crate::demo::{self, SHOPS};
use crate::import::{Progress, Stop};

/// What the command line gives.
#[derive(Args)]
pub struct DemoArgs {
    #[command(flatten)]
    pub database: DatabaseArgs,
    /// Which of many possible pasts the shops have
    #[arg(long, value_name = "NUMBER", default_value_t = demo::DEFAULT_SEED)]
    pub seed: u64,
}

/// Runs the command. Standard output gets id, timezone and name of each shop, separated by tabs.
///
/// # Errors
/// When the database fails or it was asked to stop.
pub async fn run(args: DemoArgs) -> Result<(), CommandError> {
    let stop = Stop::on_signal()?;
    let client = database::connect(&args.database.database_url).await?;
    let loaded = demo::load(client, args.seed, &Progress::on_stderr(), &stop).await?;
    let day = loaded.until.date_naive();
    if loaded.is_new {
        eprintln!("{}", loaded.summary);
    } else if loaded.is_ours {
        eprintln!("The demo of {day} is there already and stays as it is.");
    } else {
        eprintln!("The demo stores hold other conversations than seed {} makes; they stay as they are.", args.seed);
    }
    for shop in SHOPS.iter() {
        println!("{}\t{}\t{}", shop.store_id(), shop.timezone.name(), shop.name);
    }
    Ok(())
}
