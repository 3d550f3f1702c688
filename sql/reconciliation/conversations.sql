-- Compares some conversations with what their raw events make, and changes nothing.
-- $1 store_ids uuid[] | $2 conversation_ids uuid[] (pairs, each once)
-- $3 from timestamptz, inclusive | $4 to timestamptz, exclusive, in the same week: rows that started in between
-- returns level text ('conversations' or 'conversation_weeks'), kind text ('missing', 'surplus' or 'changed'),
-- store_id uuid, conversation_id uuid, at timestamptz (start of the row or week), date date (null here),
-- column text (null unless changed), expected text, found text (both null unless changed)
-- reads conversation_differences
select level, kind, store_id, conversation_id, at, null::date as date, column_name as "column", expected, found
from conversation_differences($1::uuid[], $2::uuid[], $3::timestamptz, $4::timestamptz)
order by at, store_id, conversation_id, level, column_name
