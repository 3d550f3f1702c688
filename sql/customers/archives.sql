-- The archives that an erasure names: files with events of weeks in which the customer's conversations have some.
-- $1 erasure_id uuid
-- returns archive_id uuid, path text, from timestamptz (inclusive), to timestamptz (exclusive)
-- reads erasures, archives
select a.archive_id, a.path, a.from_at as "from", a.to_at as "to"
from erasures r
join archives a on a.archive_id = any (r.archive_ids)
where r.erasure_id = $1
order by a.from_at, a.archive_id
