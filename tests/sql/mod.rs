//! What the database makes of our SQL.

mod plans;
