//! The steps of archiving a chunk, between which the process may die.

/// A step that has just been done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Imports and retention are kept away.
    Locked,
    /// Conversations that began before the end of the chunk are frozen.
    Frozen,
    /// Some of the file is written.
    Begun,
    /// The whole file is on disk, under its name for the time being.
    Written,
    /// It was read back.
    Verified,
    /// It has its name.
    Named,
    /// The database knows of it.
    Recorded,
    /// The chunk is dropped.
    Dropped,
}

/// Dies here if a test of this build wants it to, as by a power cut. Builds for production have nothing of this.
#[cfg(debug_assertions)]
pub fn reached(step: Step) {
    if std::env::var("COLLOQUY_TEST_ABORT_ARCHIVE_AT").is_ok_and(|wanted| wanted == format!("{step:?}")) {
        std::process::abort();
    }
}

/// Does nothing.
#[cfg(not(debug_assertions))]
pub fn reached(_step: Step) {}
