-- Compares the rollup, as readers see it, and the settled days with sums over conversations.
-- $1 store_id uuid, null for all | $2 from timestamptz, inclusive | $3 to timestamptz, exclusive, both starts of buckets
-- returns level text ('conversation_metrics_15m' or 'settled_days'), kind text ('missing', 'surplus' or 'changed'),
-- store_id uuid, conversation_id uuid (null here), at timestamptz (start of the bucket or the day), date date (null here),
-- column text (null unless changed), expected text, found text (both null unless changed)
-- reads rollup_differences
select level, kind, store_id, null::uuid as conversation_id, bucket as at, null::date as date, column_name as "column",
       expected, found
from rollup_differences($1::uuid, $2::timestamptz, $3::timestamptz)
order by bucket, store_id, level, column_name
