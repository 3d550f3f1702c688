//! The conversations behind the numbers.

mod list;
mod pages;
mod show;
