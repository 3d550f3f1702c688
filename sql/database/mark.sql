-- Marks a place in the log of the primary: a replica that has replayed it has every commit before that instant.
-- returns at timestamptz, written bigint (bytes of the log);
-- The mark is a message that nobody reads, flushed at once: no row and no transaction id. Without it a replica of a
-- silent primary could not tell that it has everything.
select now() as at,
       pg_wal_lsn_diff(pg_logical_emit_message(false, 'colloquy', '', true), '0/0')::bigint as written
