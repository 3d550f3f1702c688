//! The dashboard in a real browser: what it shows, to whom, and whether everybody can use it. `make e2e` runs it.
#![allow(clippy::unwrap_used)]

mod accessibility;
mod admin;
mod browser;
mod charts;
mod console;
mod contrast;
mod demo;
mod drill_down;
mod driver;
mod empty;
mod errors;
mod gaps;
mod headers;
mod keyboard;
mod live;
mod loading;
mod narrow;
mod no_script;
mod numbers;
mod pages;
mod periods;
mod requests;
mod roi;
mod screenshots;
mod secrets;
mod sessions;
mod sign_in;
mod site;
mod speed;
// The suite uses the rest of it.
#[allow(unused_imports)]
#[path = "../support/mod.rs"]
mod support;
