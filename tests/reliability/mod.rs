//! What ingest systems that people trust are put through: faults, load, bad input, attackers. Each test has a quick form, in
//! `make test`, and a full one, in `make reliability`, which writes its figures into `docs/reliability.md`.

mod clock;
mod connection_cut;
mod database_away;
mod database_killed;
mod database_restarted;
mod fuzz_corpus;
mod overload;
mod payloads;
mod planted;
mod second_barrier;
mod server_killed;
mod server_stopped;
mod servers_together;
mod slow_clients;
mod soak;
mod tenants;
