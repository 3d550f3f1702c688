//! The record of what admins, commands and people in psql have changed; triggers of the database write it.

pub mod list;
