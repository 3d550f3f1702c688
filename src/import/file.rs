//! Imports files: a first pass checks them and creates what is missing, then their events are stored.

use std::{path::PathBuf, sync::Arc, time::Instant};

use chrono::{Duration, Utc};
use tokio::task::spawn_blocking;
use tokio_postgres::Client;

use super::{
    ImportError, Loader, Progress, Session, Stop, Summary,
    duplicates::Duplicates,
    good::Good,
    scan::scan,
    shift,
    stores::{self, KnownStores},
    together,
};

/// What events take in memory of which there are a quarter of a million.
pub const KEEP_BYTES: usize = 128 * 1024 * 1024;

/// How to import.
#[derive(Clone, Debug)]
pub struct Options {
    /// Create the stores that events name and the database lacks.
    pub create_stores: bool,
    /// Timezone of the stores created, an IANA name.
    pub timezone: String,
    /// Check everything and write nothing.
    pub dry_run: bool,
    /// Move all times by whole weeks into the present.
    pub shift_to_now: bool,
    /// Bytes of memory in which events are kept once they are checked; if they take more, the files are read again.
    pub keep_bytes: usize,
}

/// Imports files over connections that nobody else uses: one for all, and others that store at the same time.
///
/// # Errors
/// See [`ImportError`]; nothing is written before all files have been read to their end.
pub async fn run(
    client: Client,
    others: Vec<Client>,
    paths: &[PathBuf],
    options: &Options,
    progress: &Arc<Progress>,
    stop: &Stop,
) -> Result<Summary, ImportError> {
    let began = Instant::now();
    let now = Utc::now();
    let mut sessions = vec![Session::open(client).await?];
    let client = sessions[0].client();
    let known = Arc::new(KnownStores::read(client, options.create_stores).await?);
    progress.start("checking", "bytes", stored_bytes(paths));
    let mut found = {
        let (paths, known, progress, stop) = (paths.to_vec(), known.clone(), progress.clone(), stop.clone());
        let keep_bytes = options.keep_bytes;
        spawn_blocking(move || scan(&paths, &known, now, keep_bytes, &progress, &stop)).await??
    };
    let by = match found.span() {
        Some(span) if options.shift_to_now => {
            let by = shift::to_now(span.last, now);
            shift::earlier(client, &found.stores, by).await?.unwrap_or(by)
        }
        _ => Duration::zero(),
    };
    for span in found.stores.values_mut() {
        *span = span.shifted(by);
    }

    let mut summary = Summary { is_dry_run: options.dry_run, shifted_weeks: by.num_weeks(), ..Summary::default() };
    summary.rejections = std::mem::take(&mut found.rejections);
    let missing = known.missing(found.stores.keys().copied());
    progress.start(if options.dry_run { "comparing" } else { "loading" }, "events", found.events);
    let good = Good { paths: paths.to_vec(), stores: known, now, by, kept: found.kept.take() };
    if options.dry_run {
        summary.stores_created = missing.len() as u64;
        count(&sessions[0], good, progress, stop).await?.tally(&mut summary);
    } else {
        summary.stores_created = stores::create(client, &missing, &options.timezone).await?;
        stores::add_days(client, &found.stores).await?;
        for client in others {
            sessions.push(Session::open(client).await?);
        }
        let mut loader = together::load(&sessions, good.read(sessions.len()), progress, stop).await?;
        for (file, line, code) in loader.refused() {
            summary.rejections.add(&paths[*file], *line, code, Some("store_id".to_owned()));
        }
        let store_ids: Vec<_> = found.stores.keys().copied().collect();
        loader.finish(found.span(), &store_ids, &mut summary).await?;
    }
    progress.finish();
    summary.took = began.elapsed();
    Ok(summary)
}

async fn count<'a>(
    session: &'a Session,
    good: Good,
    progress: &'a Progress,
    stop: &'a Stop,
) -> Result<Loader<'a>, ImportError> {
    let mut loader = Loader::new(session, progress, stop);
    let seen = Duplicates::open(session.client()).await?;
    for mut windows in good.read(1) {
        while let Some(window) = windows.recv().await {
            loader.count(&seen, window?).await?;
        }
    }
    Ok(loader)
}

/// What a progress bar needs; a file that cannot be read is named when it is opened.
fn stored_bytes(paths: &[PathBuf]) -> u64 {
    paths.iter().filter_map(|path| path.metadata().ok()).map(|metadata| metadata.len()).sum()
}
