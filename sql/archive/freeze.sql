-- Freezes conversations that started before an instant, so that nothing writes to older chunks any more.
-- $1 instant timestamptz
-- returns frozen text; always empty
-- reads move_raw_complete_from
select move_raw_complete_from($1::timestamptz)::text as frozen
