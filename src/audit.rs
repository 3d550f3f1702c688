//! The record of what admins, commands and people in psql have changed; triggers of the database write it, and
//! commands where no trigger sees what they do.

pub mod list;
