//! What `migrate` does with a database that holds data already.

mod make_release;
mod questions;
mod release;
