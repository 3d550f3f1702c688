//! Imports files: a first pass checks them and creates what is missing, a second one stores their events.

use std::{path::PathBuf, sync::Arc, time::Instant};

use chrono::{DateTime, Duration, Utc};
use tokio::{sync::mpsc, task::spawn_blocking};
use tokio_postgres::Client;

use super::{
    ImportError, Loader, Placed, Progress, Session, Stop, Summary,
    check::check,
    duplicates::Duplicates,
    lines::{Line, Lines},
    scan::scan,
    shift,
    stores::{self, KnownStores},
};

/// Events that are sorted at a time.
const WINDOW_EVENTS: usize = 50_000;
/// Bytes of lines after which a window is full all the same.
const WINDOW_BYTES: usize = 64 * 1024 * 1024;

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
}

/// Imports files over a connection that nobody else uses.
///
/// # Errors
/// See [`ImportError`]; nothing is written before all files have been read to their end.
pub async fn run(
    client: Client,
    paths: &[PathBuf],
    options: &Options,
    progress: &Arc<Progress>,
    stop: &Stop,
) -> Result<Summary, ImportError> {
    let began = Instant::now();
    let now = Utc::now();
    let session = Session::open(client).await?;
    let known = Arc::new(KnownStores::read(session.client(), options.create_stores).await?);
    progress.start("checking", "bytes", stored_bytes(paths));
    let mut found = {
        let (paths, known, progress, stop) = (paths.to_vec(), known.clone(), progress.clone(), stop.clone());
        spawn_blocking(move || scan(&paths, &known, now, &progress, &stop)).await??
    };
    let by = match found.span() {
        Some(span) if options.shift_to_now => {
            let by = shift::to_now(span.last, now);
            shift::earlier(session.client(), &found.stores, by).await?.unwrap_or(by)
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
    let windows = read_windows(paths.to_vec(), known, now, by);
    let mut loader = Loader::new(&session, progress, stop);
    if options.dry_run {
        summary.stores_created = missing.len() as u64;
        count(&session, &mut loader, windows).await?;
        loader.tally(&mut summary);
    } else {
        summary.stores_created = stores::create(session.client(), &missing, &options.timezone).await?;
        stores::add_days(session.client(), &found.stores).await?;
        load(&mut loader, windows).await?;
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

type Windows = mpsc::Receiver<Result<Vec<Placed>, ImportError>>;

async fn load(loader: &mut Loader<'_>, mut windows: Windows) -> Result<(), ImportError> {
    while let Some(window) = windows.recv().await {
        loader.load(window?).await?;
    }
    Ok(())
}

async fn count(session: &Session, loader: &mut Loader<'_>, mut windows: Windows) -> Result<(), ImportError> {
    let seen = Duplicates::open(session.client()).await?;
    while let Some(window) = windows.recv().await {
        loader.count(&seen, window?).await?;
    }
    Ok(())
}

/// Reads on another thread, one window ahead of the database.
fn read_windows(paths: Vec<PathBuf>, stores: Arc<KnownStores>, now: DateTime<Utc>, by: Duration) -> Windows {
    let (sender, windows) = mpsc::channel(1);
    spawn_blocking(move || {
        if let Err(error) = send_windows(&paths, &stores, now, by, &sender) {
            // Nobody listens any more where the import has ended.
            let _ = sender.blocking_send(Err(error));
        }
    });
    windows
}

fn send_windows(
    paths: &[PathBuf],
    stores: &KnownStores,
    now: DateTime<Utc>,
    by: Duration,
    sender: &mpsc::Sender<Result<Vec<Placed>, ImportError>>,
) -> Result<(), ImportError> {
    let mut window = Vec::new();
    let mut bytes = 0;
    for (file, path) in paths.iter().enumerate() {
        let mut lines = Lines::open(path, None)?;
        while let Some((number, line)) = lines.next_line()? {
            // What is refused here has been named by the first pass.
            let Ok(mut event) = check(&line, now) else { continue };
            if stores.refusal(event.store_id).is_some() {
                continue;
            }
            if !by.is_zero() {
                shift::shift(&mut event, by);
            }
            bytes += if let Line::Text(text) = line { text.len() } else { 0 };
            window.push(Placed { event, file, line: number });
            if window.len() >= WINDOW_EVENTS || bytes >= WINDOW_BYTES {
                bytes = 0;
                if sender.blocking_send(Ok(std::mem::take(&mut window))).is_err() {
                    return Ok(());
                }
            }
        }
    }
    if !window.is_empty() {
        let _ = sender.blocking_send(Ok(window));
    }
    Ok(())
}

/// What a progress bar needs; a file that cannot be read is named when it is opened.
fn stored_bytes(paths: &[PathBuf]) -> u64 {
    paths.iter().filter_map(|path| path.metadata().ok()).map(|metadata| metadata.len()).sum()
}
