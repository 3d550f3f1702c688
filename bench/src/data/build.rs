//! Fills a database with the conversations of a generator, on the way that imports take.

use std::{sync::Arc, time::Instant};

use super::store_days;
use crate::{
    Result,
    generator::{DAYS, Generator},
};
use colloquy::{
    database,
    events::Event,
    import::{Loader, Placed, Progress, Session, Span, Stop, Summary},
    schema,
};
use tokio::{
    sync::{Mutex, mpsc},
    task::{JoinSet, spawn_blocking},
};
use tokio_postgres::Client;

/// Connections that store at the same time.
const LOADERS: usize = 2;
/// Conversations that are handed over at a time, and how many such windows may wait.
const WINDOW_CONVERSATIONS: usize = 5_000;
const WAITING_WINDOWS: usize = 4;

/// Low cases of days that `refresh_rollups` has not had time for.
const IS_UNSETTLED: &str = "select exists (
    select from settled_days
    where saved_low_conversations is null
      and upper(contacts_between) < public.time_bucket(interval '15 minutes', now() - interval '48 hours'))";

type Windows = Arc<Mutex<mpsc::Receiver<Vec<Placed>>>>;

/// Migrates a new database and stores all conversations in order of time.
///
/// # Errors
/// When the database fails.
pub async fn fill(url: &str, generator: &Generator) -> Result<()> {
    let began = Instant::now();
    let mut client = database::connect(url).await?;
    schema::migrate(&mut client).await?;
    store_days::create(&client, generator.stores(), generator.from()).await?;
    let progress = Arc::new(Progress::on_stderr());
    progress.start("building", "events", generator.events());
    load(url, generator, &progress).await?;
    eprintln!("building: finishing");
    finish(url, generator, &progress).await?;
    settle(&client).await?;
    for call in ["call detect_content_gaps()", "call compress_raw_events()"] {
        client.batch_execute(call).await?;
    }
    eprintln!("building: {} events in {:.0?}", generator.events(), began.elapsed());
    Ok(())
}

/// Brings a set that an earlier version has filled up to the schema of this one.
///
/// # Errors
/// When the database fails.
pub async fn upgrade(url: &str) -> Result<()> {
    let mut client = database::connect(url).await?;
    if !schema::is_migrated(&client).await? {
        schema::migrate(&mut client).await?;
        client.batch_execute("call refresh_rollups()").await?;
    }
    settle(&client).await
}

async fn settle(client: &Client) -> Result<()> {
    while client.query_one(IS_UNSETTLED, &[]).await?.get(0) {
        client.batch_execute("call refresh_rollups()").await?;
    }
    Ok(())
}

async fn load(url: &str, generator: &Generator, progress: &Arc<Progress>) -> Result<()> {
    let (sender, receiver) = mpsc::channel(WAITING_WINDOWS);
    let receiver = Arc::new(Mutex::new(receiver));
    let mut loaders = JoinSet::new();
    for _ in 0..LOADERS {
        loaders.spawn(store(url.to_owned(), Arc::clone(&receiver), Arc::clone(progress)));
    }
    let generator = Generator::new(generator.asked_events(), generator.until());
    let making = spawn_blocking(move || make(&generator, &sender));
    while let Some(done) = loaders.join_next().await {
        done??;
    }
    making.await?;
    Ok(())
}

/// Ends early when nobody stores any more.
fn make(generator: &Generator, sender: &mpsc::Sender<Vec<Placed>>) {
    for day in 0..DAYS {
        for conversations in generator.day(day).chunks(WINDOW_CONVERSATIONS) {
            if sender.blocking_send(conversations.iter().flatten().map(placed).collect()).is_err() {
                return;
            }
        }
    }
}

fn placed(event: &Event) -> Placed {
    Placed { event: event.clone(), file: 0, line: 0 }
}

async fn store(url: String, windows: Windows, progress: Arc<Progress>) -> Result<()> {
    let session = Session::open(database::connect(&url).await?).await?;
    let stop = Stop::never();
    let mut loader = Loader::new(&session, &progress, &stop);
    loop {
        let next = windows.lock().await.recv().await;
        match next {
            Some(window) => loader.load(window).await?,
            None => return Ok(()),
        }
    }
}

/// Times out what is silent and refreshes the rollup, as at the end of an import.
async fn finish(url: &str, generator: &Generator, progress: &Progress) -> Result<()> {
    let session = Session::open(database::connect(url).await?).await?;
    let stop = Stop::never();
    let span = Span::new(generator.from(), generator.until());
    Loader::new(&session, progress, &stop).finish(Some(span), &[], &mut Summary::default()).await?;
    Ok(())
}
