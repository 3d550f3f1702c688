//! Times at the edges of what there is, and clocks that jump: a clear code or a right number.

mod changes;
mod dates;
mod fake;
mod instants;
mod jumps;
