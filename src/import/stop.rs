//! Ends an import between two batches when somebody asks for it.

use tokio::{
    signal::unix::{SignalKind, signal},
    sync::watch,
};

/// Whether to end. Clones share one answer.
#[derive(Clone, Debug)]
pub struct Stop(watch::Receiver<bool>);

impl Stop {
    /// Asked for by SIGINT or SIGTERM; a second signal ends the process at once.
    ///
    /// # Errors
    /// When the signals cannot be watched.
    pub fn on_signal() -> std::io::Result<Self> {
        let mut interrupt = signal(SignalKind::interrupt())?;
        let mut terminate = signal(SignalKind::terminate())?;
        let (sender, receiver) = watch::channel(false);
        tokio::spawn(async move {
            loop {
                tokio::select! {
                    _ = interrupt.recv() => {}
                    _ = terminate.recv() => {}
                }
                if sender.send_replace(true) {
                    std::process::exit(130);
                }
                eprintln!("ending after this batch; once more ends at once");
            }
        });
        Ok(Self(receiver))
    }

    /// Asked for by a sender, once it holds true.
    #[must_use]
    pub fn when(asked: watch::Receiver<bool>) -> Self {
        Self(asked)
    }

    /// Never asked for.
    #[must_use]
    pub fn never() -> Self {
        Self(watch::channel(false).1)
    }

    /// Whether it has been asked for.
    #[must_use]
    pub fn requested(&self) -> bool {
        *self.0.borrow()
    }

    /// Waits until it is asked for.
    pub async fn wait(&self) {
        if self.0.clone().wait_for(|asked| *asked).await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
