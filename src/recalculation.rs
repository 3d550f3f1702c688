//! Recalculation: conversations and rollups of a range made anew from raw events, in slices that can be resumed.

mod days;
mod edge;
pub mod request;
pub mod show;
mod work;
pub mod worker;

pub(crate) use days::{Day, Touched, days, touched, week_of};
pub use edge::{Edge, ResolvedRange, resolve};
pub use work::{Outcome, Work};
pub(crate) use work::{pairs, remake_rollups};
