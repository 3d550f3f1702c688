//! What ingest systems that people trust are put through: faults, load, bad input, attackers. Each test has a quick form, in
//! `make test`, and a full one, in `make reliability`, which writes its figures into `docs/reliability.md`.

mod connection_cut;
mod database_away;
mod disk_full;
