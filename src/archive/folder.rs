//! The folder of archives, and how a file in it gets its name.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use super::ArchiveError;

/// A folder that exists.
pub struct Folder(PathBuf);

impl Folder {
    /// Looks whether it is there; its path becomes absolute.
    pub fn open(path: &Path) -> Result<Self, ArchiveError> {
        let failed = |source| ArchiveError::Folder { path: path.to_owned(), source };
        let absolute = fs::canonicalize(path).map_err(failed)?;
        if !absolute.is_dir() {
            return Err(failed(io::ErrorKind::NotADirectory.into()));
        }
        if absolute.to_str().is_none() {
            return Err(ArchiveError::NotUnicode { path: absolute });
        }
        Ok(Self(absolute))
    }

    /// The path of a file in it.
    pub fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// Gives a complete file its name for good, and returns once the disk knows.
    pub fn rename(&self, from: &Path, to: &Path) -> Result<(), ArchiveError> {
        let failed = |source| ArchiveError::File { path: to.to_owned(), source };
        fs::rename(from, to).map_err(failed)?;
        self.sync().map_err(failed)
    }

    /// Waits until the names in the folder are on disk.
    pub fn sync(&self) -> io::Result<()> {
        File::open(&self.0)?.sync_all()
    }
}
