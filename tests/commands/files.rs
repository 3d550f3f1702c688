//! Files to import, gone with the test.

use std::{
    fs,
    io::{Read, Write},
    path::{Path, PathBuf},
    sync::Arc,
};

use colloquy::import::{self, ImportError, Options, Progress, Stop, Summary};
use flate2::{Compression, read::MultiGzDecoder, write::GzEncoder};
use uuid::Uuid;

use super::database::Database;
use crate::support::oracle::Event;

/// A folder that is removed with this value.
pub struct Folder(PathBuf);

impl Folder {
    pub fn new() -> Self {
        let path = std::env::temp_dir().join(format!("colloquy-{}", Uuid::now_v7().simple()));
        fs::create_dir(&path).unwrap();
        Self(path)
    }

    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Names of the files in it, in order.
    pub fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(&self.0).unwrap();
        let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    pub fn file(&self, name: &str, content: &[u8]) -> PathBuf {
        let path = self.0.join(name);
        fs::write(&path, content).unwrap();
        path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

pub fn ndjson(events: &[Event]) -> Vec<u8> {
    events.iter().flat_map(|event| [event.to_json().to_string().into_bytes(), b"\n".to_vec()]).flatten().collect()
}

pub fn gzip(content: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

pub fn unpacked(content: &[u8]) -> Vec<u8> {
    let mut text = Vec::new();
    MultiGzDecoder::new(content).read_to_end(&mut text).unwrap();
    text
}

pub fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name)
}

pub fn options() -> Options {
    Options {
        create_stores: true,
        timezone: "UTC".to_owned(),
        dry_run: false,
        shift_to_now: false,
        keep_bytes: import::KEEP_BYTES,
    }
}

pub async fn import(database: &Database, paths: &[PathBuf], options: &Options) -> Result<Summary, ImportError> {
    let client = database.connect().await;
    import::run(client, Vec::new(), paths, options, &Arc::new(Progress::silent()), &Stop::never()).await
}
