//! A connection that listens to notifications of the database.

use std::future::poll_fn;

use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio_postgres::{AsyncMessage, Client};

use super::{DatabaseError, error_chain, session_settings, tls};

/// A notification.
pub struct Notification {
    /// The session that sent it.
    pub session_id: i32,
    /// Its text.
    pub payload: String,
}

/// Notifications from the moment it was opened; dropped, it closes its connection.
pub struct Notifications {
    received: mpsc::UnboundedReceiver<Notification>,
    connection: JoinHandle<()>,
    // Without it the connection would end.
    client: Client,
}

impl Notifications {
    /// Connects and runs a `listen` statement.
    ///
    /// # Errors
    /// When the database cannot be reached or refuses.
    pub async fn open(url: &str, listen: &'static str) -> Result<Self, DatabaseError> {
        let (mut config, tls) = tls::configure(url)?;
        session_settings(&mut config, "");
        let (client, mut connection) = config.connect(tls).await.map_err(DatabaseError::Connect)?;
        let (sender, received) = mpsc::unbounded_channel();
        let connection = tokio::spawn(async move {
            while let Some(message) = poll_fn(|context| connection.poll_message(context)).await {
                match message {
                    Ok(AsyncMessage::Notification(got)) => {
                        let notification =
                            Notification { session_id: got.process_id(), payload: got.payload().to_owned() };
                        if sender.send(notification).is_err() {
                            return;
                        }
                    }
                    Ok(_) => {}
                    Err(error) => {
                        tracing::debug!(error = error_chain(&error), "the connection for notifications is lost");
                        return;
                    }
                }
            }
        });
        let notifications = Self { received, connection, client };
        notifications.client.batch_execute(listen).await?;
        Ok(notifications)
    }

    /// The next notification; none once the connection is lost.
    pub async fn next(&mut self) -> Option<Notification> {
        self.received.recv().await
    }
}

impl Drop for Notifications {
    fn drop(&mut self) {
        self.connection.abort();
    }
}
