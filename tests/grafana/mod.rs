//! The Grafana dashboards, without Grafana: how they are put together, what their queries answer, and whether that is what
//! the API answers.

mod assembly;
mod demo;
mod frame;
mod layout;
mod macros;
mod panels;
mod plans;
mod provisioning;
mod totals;
