//! A file of raw events that is being written, and how it is read back.

use std::fs::{self, File, OpenOptions, Permissions, TryLockError};
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use chrono::Utc;
use flate2::Compression;
use flate2::write::GzEncoder;
use sha2::{Digest, Sha256};

use super::ArchiveError;
use crate::import::{Line, Lines, check};

/// For the owner only: the events are customers' words.
const MODE: u32 = 0o600;

/// What a file holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Content {
    /// Number of lines, each an event.
    pub events: u64,
    /// SHA-256 of the lines, unpacked, in hexadecimal digits.
    pub lines_sha256: String,
}

/// A file that is not complete yet. It is removed if this ends in an error, and used again after a crash.
pub struct Unfinished {
    path: PathBuf,
    encoder: Option<GzEncoder<BufWriter<File>>>,
    events: u64,
    lines: Sha256,
    is_complete: bool,
}

impl Unfinished {
    /// Begins a file, over what a run that was killed has left.
    pub fn create(path: PathBuf) -> Result<Self, ArchiveError> {
        let failed = |source| ArchiveError::File { path: path.clone(), source };
        let file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(false) // not before it is known that nobody else writes it
            .mode(MODE)
            .open(&path)
            .map_err(failed)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(ArchiveError::InUse { path }),
            Err(TryLockError::Error(source)) => return Err(failed(source)),
        }
        file.set_permissions(Permissions::from_mode(MODE)).map_err(failed)?;
        file.set_len(0).map_err(failed)?;
        let encoder = Some(GzEncoder::new(BufWriter::new(file), Compression::default()));
        Ok(Self { path, encoder, events: 0, lines: Sha256::new(), is_complete: false })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Adds a line.
    pub fn write(&mut self, line: &[u8]) -> Result<(), ArchiveError> {
        self.events += 1;
        self.lines.update(line);
        match &mut self.encoder {
            Some(encoder) => encoder.write_all(line),
            None => Err(io::ErrorKind::BrokenPipe.into()),
        }
        .map_err(|source| ArchiveError::File { path: self.path.clone(), source })
    }

    /// Ends the file, and returns once it is on disk.
    pub fn finish(&mut self) -> Result<Content, ArchiveError> {
        let encoder = self.encoder.take();
        let synced = encoder.map_or(Ok(()), |encoder| {
            encoder.finish()?.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()
        });
        synced.map_err(|source| ArchiveError::File { path: self.path.clone(), source })?;
        Ok(Content { events: self.events, lines_sha256: hex(&self.lines.clone().finalize()) })
    }

    /// Keeps the file under its present name, whatever comes.
    pub fn keep(mut self) {
        self.is_complete = true;
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        if !self.is_complete {
            // What cannot be removed is written over by the next run.
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// Reads a file as import would, and says what it holds.
pub fn read_back(path: &Path) -> Result<Content, ArchiveError> {
    let unreadable = |fault: String| ArchiveError::Unreadable { path: path.to_owned(), fault };
    let now = Utc::now();
    let mut lines = Lines::open(path, None).map_err(|error| unreadable(error.to_string()))?;
    let mut digest = Sha256::new();
    let mut events = 0;
    while let Some((number, line)) = lines.next_line().map_err(|error| unreadable(error.to_string()))? {
        check(&line, now).map_err(|fault| unreadable(format!("import would refuse line {number}: {}", fault.code)))?;
        if let Line::Text(text) = line {
            digest.update(text);
            digest.update(b"\n");
        }
        events += 1;
    }
    Ok(Content { events, lines_sha256: hex(&digest.finalize()) })
}

/// Size in bytes and SHA-256 of a whole file.
pub fn fingerprint(path: &Path) -> io::Result<(u64, String)> {
    let mut digest = Sha256::new();
    let bytes = io::copy(&mut File::open(path)?, &mut Hashed(&mut digest))?;
    Ok((bytes, hex(&digest.finalize())))
}

struct Hashed<'a>(&'a mut Sha256);

impl Write for Hashed<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
