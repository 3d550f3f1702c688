-- The session of this connection, which notifications name as their sender.
-- returns session_id integer
select pg_backend_pid() as session_id
