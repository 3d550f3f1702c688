//! Quality scores over HTTP.

mod scores;
