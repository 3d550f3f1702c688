-- Instants in the local time of a timezone, to the second, in the given order.
-- $1 instants timestamptz[] | $2 zone text, IANA timezone
-- returns local_time text
select to_char(i.at at time zone $2::text, 'YYYY-MM-DD HH24:MI:SS') as local_time
from unnest($1::timestamptz[]) with ordinality as i (at, position)
order by i.position
