//! Stores (tenants) and their dated ROI assumptions.

pub mod change;
pub mod create;
pub mod list;
mod origins;
pub mod roi_assumptions;
pub mod settings;
pub mod show;
