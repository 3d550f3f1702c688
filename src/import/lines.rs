//! The lines of a plain or compressed file, whatever its name.

use std::{
    fs::File,
    io::{self, BufRead, BufReader, Read},
    path::{Path, PathBuf},
};

use flate2::bufread::MultiGzDecoder;

use super::{ImportError, progress::Progress};

/// Most bytes a line may have: 1 MiB.
pub const MAX_LINE_BYTES: usize = 1024 * 1024;
const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";
const BUFFER_BYTES: usize = 256 * 1024;

/// A line, without what marks its end.
pub enum Line<'a> {
    /// Its bytes.
    Text(&'a [u8]),
    /// More than [`MAX_LINE_BYTES`].
    TooLong,
}

/// Reads a file line by line.
pub struct Lines<'a> {
    path: PathBuf,
    is_gzip: bool,
    source: Box<dyn BufRead + 'a>,
    line: Vec<u8>,
    number: u64,
}

impl<'a> Lines<'a> {
    /// Opens a file; `progress` is told how many of its bytes, as stored, have been read.
    ///
    /// # Errors
    /// When it is not a regular file that can be read.
    pub fn open(path: &Path, progress: Option<&'a Progress>) -> Result<Self, ImportError> {
        let failed = |source| ImportError::File { path: path.to_owned(), source };
        let file = File::open(path).map_err(failed)?;
        if !file.metadata().map_err(failed)?.is_file() {
            return Err(ImportError::NotRegular { path: path.to_owned() });
        }
        Self::of(path, Watched { file, progress })
    }

    /// The lines of what is read from a source; `path` names it in errors.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn of(path: &Path, mut source: impl Read + 'a) -> Result<Self, ImportError> {
        let failed = |source| ImportError::File { path: path.to_owned(), source };
        // A source may give its bytes one by one.
        let mut start = Vec::new();
        source.by_ref().take(GZIP_MAGIC.len() as u64).read_to_end(&mut start).map_err(failed)?;
        let is_gzip = start == GZIP_MAGIC;
        let stored = BufReader::with_capacity(BUFFER_BYTES, io::Cursor::new(start).chain(source));
        let source: Box<dyn BufRead> = if is_gzip {
            Box::new(BufReader::with_capacity(BUFFER_BYTES, MultiGzDecoder::new(stored)))
        } else {
            Box::new(stored)
        };
        Ok(Self { path: path.to_owned(), is_gzip, source, line: Vec::new(), number: 0 })
    }

    /// The next line that is not blank, and its number from 1.
    ///
    /// # Errors
    /// When the file cannot be read on.
    pub fn next_line(&mut self) -> Result<Option<(u64, Line<'_>)>, ImportError> {
        loop {
            match self.read_line() {
                Err(source) => return Err(self.failure(source)),
                Ok(false) => return Ok(None),
                Ok(true) if self.line.len() > MAX_LINE_BYTES => return Ok(Some((self.number, Line::TooLong))),
                Ok(true) if self.text().iter().all(u8::is_ascii_whitespace) => {}
                Ok(true) => break,
            }
        }
        Ok(Some((self.number, Line::Text(self.text()))))
    }

    /// The line without the mark that a file may begin with.
    fn text(&self) -> &[u8] {
        self.line.strip_prefix(BYTE_ORDER_MARK).filter(|_| self.number == 1).unwrap_or(&self.line)
    }

    /// Reads up to the end of the line, but keeps no more than shows that it is too long.
    fn read_line(&mut self) -> io::Result<bool> {
        self.line.clear();
        loop {
            let buffer = self.source.fill_buf()?;
            if buffer.is_empty() {
                let is_last = !self.line.is_empty();
                self.number += u64::from(is_last);
                return Ok(is_last);
            }
            let end = buffer.iter().position(|byte| *byte == b'\n');
            let text = &buffer[..end.unwrap_or(buffer.len())];
            let room = (MAX_LINE_BYTES + 1).saturating_sub(self.line.len());
            self.line.extend_from_slice(&text[..text.len().min(room)]);
            let used = text.len() + usize::from(end.is_some());
            self.source.consume(used);
            if end.is_some() {
                self.number += 1;
                return Ok(true);
            }
        }
    }

    fn failure(&self, source: io::Error) -> ImportError {
        let path = self.path.clone();
        let is_broken = matches!(source.kind(), io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData)
            || source.kind() == io::ErrorKind::UnexpectedEof;
        if self.is_gzip && is_broken {
            ImportError::Gzip { path, line: self.number, source }
        } else {
            ImportError::File { path, source }
        }
    }
}

struct Watched<'a> {
    file: File,
    progress: Option<&'a Progress>,
}

impl Read for Watched<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.file.read(buffer)?;
        if let Some(progress) = self.progress {
            progress.advance(count as u64);
        }
        Ok(count)
    }
}
