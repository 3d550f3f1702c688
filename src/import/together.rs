//! Stores the parts of windows over several connections at the same time.

use futures_util::future::join_all;

use super::{ImportError, Loader, Progress, Session, Stop, windows::Windows};

/// Stores all windows, each connection its own part; returns one loader with what all have done.
///
/// # Errors
/// When the database fails or somebody asked to stop. Each connection has ended by itself then, after a whole batch.
pub async fn load<'a>(
    sessions: &'a [Session],
    windows: Vec<Windows>,
    progress: &'a Progress,
    stop: &'a Stop,
) -> Result<Loader<'a>, ImportError> {
    let first = Loader::new(&sessions[0], progress, stop);
    let mut loaders: Vec<_> = sessions[1..].iter().map(|session| first.beside(session)).collect();
    loaders.insert(0, first);
    let ended = join_all(loaders.iter_mut().zip(windows).map(|(loader, windows)| store(loader, windows))).await;
    let mut joined = loaders.remove(0);
    for loader in loaders {
        joined.join(loader);
    }
    let mut stopped = false;
    for result in ended {
        match result {
            Err(ImportError::Stopped { .. }) => stopped = true,
            result => result?,
        }
    }
    if stopped { Err(ImportError::Stopped { events: joined.done() }) } else { Ok(joined) }
}

async fn store(loader: &mut Loader<'_>, mut windows: Windows) -> Result<(), ImportError> {
    while let Some(window) = windows.recv().await {
        loader.load(window?).await?;
    }
    Ok(())
}
