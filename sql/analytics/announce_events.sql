-- Tells other servers which stores have got events through this one; see functions/announce_events.sql.
-- $1 store_ids uuid[]
-- returns announced void
-- reads announce_events
select announce_events($1) as announced
