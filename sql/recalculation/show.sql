-- A recalculation and how far it has come.
-- $1 recalculation_id uuid
-- returns recalculation_id uuid, store_id uuid (null for all), from timestamptz, to timestamptz,
-- status text ('queued', 'running', 'done' or 'failed'), progress float8 (0 to 1, never null),
-- unavailable_before timestamptz (nothing before it was touched, for want of raw events; null if all were there),
-- conversations_rebuilt bigint (so far), changed_rows bigint (of conversations, that were not what their events make),
-- failures integer (in a row), requested_at timestamptz, started_at timestamptz (null while it waits),
-- finished_at timestamptz (null before its end)
-- reads recalculations
select recalculation_id, store_id, from_at as "from", to_at as "to",
       case
           when finished_at is not null and last_error is not null then 'failed'
           when finished_at is not null then 'done'
           when started_at is not null then 'running'
           else 'queued'
       end as status,
       case
           when finished_at is not null and last_error is null then 1
           else extract(epoch from done_to - from_at) / nullif(extract(epoch from to_at - from_at), 0)
       end::float8 as progress,
       unavailable_before, conversations_rebuilt, changed_rows, failures, requested_at, started_at, finished_at
from recalculations
where recalculation_id = $1::uuid
