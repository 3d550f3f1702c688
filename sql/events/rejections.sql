-- What ingest rejected in the last 7 days for one store: how many events by code, and the last examples.
-- $1 store_id uuid | $2 code text or null, for one code only | $3 examples bigint, rows at most
-- returns part text (counts or examples), code text, events bigint (null in examples), first_at timestamptz,
-- last_at timestamptz (both null in examples), rejected_at timestamptz, field text (null if the whole
-- is at fault), detail text,
-- event_index integer (from 0; null for a whole request), payload text (at most 2,048 bytes, null if nothing could be
-- read or it was erased); from rejected_at on
-- null in counts
-- reads tenant.ingest_rejections
with
recent as (
    select rejection_id, rejected_at, code, field, detail, event_index, payload, events
    from tenant.ingest_rejections
    where store_id = $1::uuid and rejected_at > now() - interval '7 days' and ($2::text is null or code = $2::text)
),
examples as (
    select rejection_id, rejected_at, code, field, detail, event_index, payload
    from recent
    order by rejected_at desc, rejection_id desc
    limit $3::bigint
),
parts as (
    select 'counts'::text as part, code, sum(events)::bigint as events, min(rejected_at) as first_at,
           max(rejected_at) as last_at, null::timestamptz as rejected_at, null::text as field, null::text as detail,
           null::integer as event_index, null::text as payload, null::bigint as rejection_id
    from recent
    group by code
    union all
    select 'examples', code, null, null, null, rejected_at, field, detail, event_index, payload, rejection_id
    from examples
)
select part, code, events, first_at, last_at, rejected_at, field, detail, event_index, payload
from parts
order by part, events desc, rejected_at desc, rejection_id desc, code collate "C"
