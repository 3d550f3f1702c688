-- All archives, the earliest range first.
-- returns from_at timestamptz, to_at timestamptz, events bigint, bytes bigint, sha256 text, archived_at timestamptz,
-- dropped_at timestamptz (null while the raw events are in the database), path text
-- reads archives
select from_at, to_at, events, bytes, sha256, archived_at, dropped_at, path
from archives
order by from_at, archived_at, path
