//! More than one machine: replicas that take reads, a standby that takes over, several servers of one database.

mod failover;
mod replica;
mod several_servers;
