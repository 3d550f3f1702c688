//! Archives and drops the chunks that are old enough, one after the other, the oldest first.

use std::path::PathBuf;
use std::pin::pin;
use std::time::Duration;

use chrono::{DateTime, Utc};
use futures_util::TryStreamExt;
use tokio::time::{Instant, sleep};
use tokio_postgres::error::SqlState;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, Row};

use super::checkpoint::{Step, reached};
use super::error::doing;
use super::file::{Content, Unfinished, fingerprint, read_back};
use super::folder::Folder;
use super::{ArchiveError, line::line};
use crate::schema;

const CUTOFF: &str = include_str!("../../sql/archive/cutoff.sql");
const NEXT_CHUNK: &str = include_str!("../../sql/archive/next_chunk.sql");
const LOCK: &str = include_str!("../../sql/archive/lock.sql");
const UNLOCK: &str = include_str!("../../sql/archive/unlock.sql");
const FREEZE: &str = include_str!("../../sql/archive/freeze.sql");
const EVENTS: &str = include_str!("../../sql/archive/events.sql");
const RECORD: &str = include_str!("../../sql/archive/record.sql");
const DROP: &str = include_str!("../../sql/archive/drop.sql");

const BETWEEN_TRIES: Duration = Duration::from_millis(500);

/// What to archive, and where.
#[derive(Clone, Debug)]
pub struct Options {
    /// An interval as PostgreSQL reads it; chunks that are older as a whole are archived. At least 90 days.
    pub older_than: String,
    /// A folder that exists.
    pub to: PathBuf,
    /// How long to wait for imports, and for queries and writers that take long.
    pub patience: Duration,
}

/// A chunk that was archived and dropped.
#[derive(Clone, Debug)]
pub struct Archived {
    /// Start of the chunk.
    pub from_at: DateTime<Utc>,
    /// End of the chunk.
    pub to_at: DateTime<Utc>,
    /// Events in the file.
    pub events: i64,
    /// Size of the file, in bytes.
    pub bytes: i64,
    /// SHA-256 of the file, in hexadecimal digits.
    pub sha256: String,
    /// The file.
    pub path: PathBuf,
}

/// What was done.
#[derive(Clone, Debug, Default)]
pub struct Summary {
    /// One for each chunk that had events.
    pub archived: Vec<Archived>,
    /// True if retention drops events of this age by itself, without an archive.
    pub is_taken_by_retention: bool,
}

/// Archives over a connection that nobody else uses; `report` is told of each chunk.
///
/// # Errors
/// See [`ArchiveError`].
pub async fn run(client: &Client, options: &Options, report: impl Fn(&Archived)) -> Result<Summary, ArchiveError> {
    if !schema::is_migrated(client).await.map_err(doing("looking at its schema"))? {
        return Err(ArchiveError::NotMigrated);
    }
    let folder = Folder::open(&options.to)?;
    let age = age(client, &options.older_than).await?;
    if !age.get::<_, bool>("is_old_enough") {
        return Err(ArchiveError::TooYoung { age: age.get("age") });
    }
    let cutoff = age.get::<_, Option<_>>("cutoff").ok_or_else(|| ArchiveError::Age(options.older_than.clone()))?;
    let mut summary = Summary { is_taken_by_retention: age.get("is_taken_by_retention"), ..Summary::default() };
    let run = Run { client, folder, patience: options.patience };
    let mut from = None;
    // Imports and retention may have their turn between two chunks.
    loop {
        run.lock().await?;
        let step = run.step(from, cutoff).await;
        let unlocked = run.unlock().await;
        let Some((chunk, archived)) = step? else { return unlocked.map(|()| summary) };
        unlocked?;
        from = Some(chunk.to);
        if let Some(archived) = archived {
            report(&archived);
            summary.archived.push(archived);
        }
    }
}

async fn age(client: &Client, text: &str) -> Result<Row, ArchiveError> {
    client.query_one(CUTOFF, &[&text]).await.map_err(|error| match error.code().map(SqlState::code) {
        // Classes of data exceptions: not an interval, or one that leads out of all time.
        Some(code) if code.starts_with("22") => ArchiveError::Age(text.to_owned()),
        _ => doing("reading the age")(error),
    })
}

#[derive(Clone, Copy)]
struct Chunk {
    from: DateTime<Utc>,
    to: DateTime<Utc>,
}

impl Chunk {
    /// Names sort by time. With the digest of its content, a file of this name can hold nothing else.
    fn name(self, ending: &str) -> String {
        format!("raw-events_{}_{}{ending}", self.from.format("%Y-%m-%d"), self.to.format("%Y-%m-%d"))
    }
}

struct Run<'a> {
    client: &'a Client,
    folder: Folder,
    patience: Duration,
}

impl Run<'_> {
    /// Keeps imports, recalculations and retention away. Never waits in line, where imports would wait behind it.
    async fn lock(&self) -> Result<(), ArchiveError> {
        let deadline = Instant::now() + self.patience;
        loop {
            let row = self.client.query_one(LOCK, &[]).await.map_err(doing("locking"))?;
            if row.get("is_locked") {
                reached(Step::Locked);
                return Ok(());
            }
            if Instant::now() >= deadline {
                return Err(ArchiveError::RawInUse);
            }
            sleep(BETWEEN_TRIES).await;
        }
    }

    async fn unlock(&self) -> Result<(), ArchiveError> {
        self.client.query_one(UNLOCK, &[]).await.map_err(doing("unlocking")).map(|_| ())
    }

    /// Archives the next chunk. None if there is no other.
    async fn step(
        &self,
        from: Option<DateTime<Utc>>,
        to: DateTime<Utc>,
    ) -> Result<Option<(Chunk, Option<Archived>)>, ArchiveError> {
        match self.next_chunk(from, to).await? {
            Some(chunk) => Ok(Some((chunk, self.archive(chunk).await?))),
            None => Ok(None),
        }
    }

    async fn next_chunk(&self, from: Option<DateTime<Utc>>, to: DateTime<Utc>) -> Result<Option<Chunk>, ArchiveError> {
        let row = self.client.query_opt(NEXT_CHUNK, &[&from, &to]).await.map_err(doing("looking for chunks"))?;
        Ok(row.map(|row| Chunk { from: row.get("from_at"), to: row.get("to_at") }))
    }

    /// Archives and drops a chunk. None if it had no events.
    async fn archive(&self, chunk: Chunk) -> Result<Option<Archived>, ArchiveError> {
        // First the file, which may fail, then the database, in which nothing can be taken back from here on.
        let mut unfinished = Unfinished::create(self.folder.path(&chunk.name(".unfinished")))?;
        self.patiently("a lock", FREEZE, &[&chunk.to]).await?;
        reached(Step::Frozen);
        let content = self.write(chunk, &mut unfinished).await?;
        if content.events == 0 {
            drop(unfinished);
            self.drop_chunk(chunk, 0).await?;
            return Ok(None);
        }
        let archived = self.publish(chunk, unfinished, &content)?;
        self.record(&archived).await?;
        self.drop_chunk(chunk, archived.events).await?;
        Ok(Some(archived))
    }

    async fn write(&self, chunk: Chunk, file: &mut Unfinished) -> Result<Content, ArchiveError> {
        let parameters: [&(dyn ToSql + Sync); 2] = [&chunk.from, &chunk.to];
        let rows = self.client.query_raw(EVENTS, parameters).await.map_err(doing("reading events"))?;
        let mut rows = pin!(rows);
        while let Some(row) = rows.try_next().await.map_err(doing("reading events"))? {
            file.write(&line(&row).map_err(doing("reading an event"))?)?;
            reached(Step::Begun);
        }
        let content = file.finish()?;
        reached(Step::Written);
        Ok(content)
    }

    /// Reads the file back and gives it its name, or finds that it has been there since a run that was killed.
    fn publish(&self, chunk: Chunk, unfinished: Unfinished, content: &Content) -> Result<Archived, ArchiveError> {
        let differs = |path: PathBuf| ArchiveError::Unreadable { path, fault: "it reads back differently".to_owned() };
        if read_back(unfinished.path())? != *content {
            return Err(differs(unfinished.path().to_owned()));
        }
        reached(Step::Verified);
        let path = self.folder.path(&chunk.name(&format!("_{}.ndjson.gz", &content.lines_sha256[..12])));
        let failed = |source| ArchiveError::File { path: path.clone(), source };
        if path.try_exists().map_err(failed)? {
            if !read_back(&path).is_ok_and(|there| there == *content) {
                return Err(ArchiveError::Exists { path });
            }
            self.folder.sync().map_err(failed)?;
        } else {
            self.folder.rename(unfinished.path(), &path)?;
            unfinished.keep();
        }
        reached(Step::Named);
        let (bytes, sha256) = fingerprint(&path).map_err(failed)?;
        let count = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
        let archived = Archived {
            from_at: chunk.from,
            to_at: chunk.to,
            events: count(content.events),
            bytes: count(bytes),
            sha256,
            path,
        };
        Ok(archived)
    }

    async fn record(&self, archived: &Archived) -> Result<(), ArchiveError> {
        let Archived { from_at, to_at, events, bytes, sha256, path } = archived;
        let path = path.to_str().ok_or_else(|| ArchiveError::NotUnicode { path: path.clone() })?;
        let recording = self.client.execute(RECORD, &[&path, from_at, to_at, events, bytes, sha256]).await;
        recording.map_err(doing("recording an archive"))?;
        reached(Step::Recorded);
        Ok(())
    }

    async fn drop_chunk(&self, chunk: Chunk, events: i64) -> Result<(), ArchiveError> {
        let row = self.patiently("the drop of a chunk", DROP, &[&chunk.from, &chunk.to, &events]).await?;
        let present: i64 = row.get("present_events");
        if present != events {
            return Err(ArchiveError::Changed { present, archived: events });
        }
        reached(Step::Dropped);
        Ok(())
    }

    /// Runs a statement that gives up soon when it meets a lock, again and again.
    async fn patiently(
        &self,
        what: &'static str,
        sql: &str,
        parameters: &[&(dyn ToSql + Sync)],
    ) -> Result<Row, ArchiveError> {
        let deadline = Instant::now() + self.patience;
        loop {
            match self.client.query_one(sql, parameters).await {
                Err(error) if is_passing(&error) && Instant::now() < deadline => sleep(BETWEEN_TRIES).await,
                Err(error) if is_passing(&error) => return Err(ArchiveError::Busy { what }),
                result => return result.map_err(doing(what)),
            }
        }
    }
}

fn is_passing(error: &tokio_postgres::Error) -> bool {
    error.code().is_some_and(|code| [SqlState::LOCK_NOT_AVAILABLE, SqlState::T_R_DEADLOCK_DETECTED].contains(code))
}
