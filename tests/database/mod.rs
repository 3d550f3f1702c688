//! More than one machine: replicas that take reads, a standby that takes over, several servers of one database, a database that falls silent.

mod failover;
mod replica;
mod several_servers;
mod silent;
