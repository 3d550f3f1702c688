-- Drops an archived chunk of raw events, unless it has other events than its archive.
-- $1 from timestamptz | $2 to timestamptz: its range | $3 events bigint in the archive
-- returns present_events bigint; dropped if as many as in the archive
-- reads drop_archived_events
select drop_archived_events($1::timestamptz, $2::timestamptz, $3::bigint) as present_events
