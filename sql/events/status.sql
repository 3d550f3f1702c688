-- How fresh the events of one store are, how late they came, and how many there were in each of the last hours.
-- $1 store_id uuid | $2 from timestamptz, inclusive, at least 24 hours before now | $3 now timestamptz
-- $4 edges timestamptz[], ascending starts of the hours | $5 labels text[], one for each edge
-- $6 zone text, IANA timezone of the store, for the answer only
-- returns part text ('status' or 'hourly'), store_id uuid (null in hourly), timezone text (IANA; null in hourly),
-- last_event_at timestamptz (null without an event in 90 days), last_received_at timestamptz (of the events of the last
-- hours, else of the last event; null as that is), events_last_hour bigint (null in hourly), events_last_24_hours bigint
-- (null in hourly), rejected_last_24_hours bigint (null in hourly), delay_p50_ms float8 (null without an event in 24
-- hours), delay_p95_ms float8 (null without an event in 24 hours), bucket text (start of the hour in local time; null in
-- status), events bigint (null in status), rejected_events bigint (null in status)
-- reads tenant.conversation_events, tenant.ingest_rejections
with
-- What producers sent: timeouts are events of our own. No end, since a producer's clock may be ahead of ours.
recent as (
    select e.created_at, e.received_at, width_bucket(e.created_at, $4::timestamptz[]) as hour
    from tenant.conversation_events e
    where e.store_id = $1::uuid and e.created_at >= $2::timestamptz
      and not (e.event_type = 'conversation_abandoned' and e.event_data ->> 'reason' is not distinct from 'timeout')
),
rejected as (
    select r.rejected_at, r.events, width_bucket(r.rejected_at, $4) as hour
    from tenant.ingest_rejections r
    where r.store_id = $1 and r.rejected_at >= $2
),
-- Of a store that has been silent for longer: day by day, so that no more than one is read. The ends are columns, for only
-- a plain comparison gets through the barrier to the index.
earlier as (
    select e.created_at, e.received_at
    from rows from (generate_series($2 - interval '24 hours', $2 - interval '2160 hours', interval '-24 hours'),
                    generate_series($2, $2 - interval '2136 hours', interval '-24 hours'))
        with ordinality as d (from_at, to_at, place)
    cross join lateral (
        select e.created_at, e.received_at
        from tenant.conversation_events e
        where e.store_id = $1 and e.created_at >= d.from_at and e.created_at < d.to_at
          and not (e.event_type = 'conversation_abandoned' and e.event_data ->> 'reason' is not distinct from 'timeout')
        order by e.created_at desc, e.received_at desc
        limit 1
    ) e
    where not exists (select from recent)
    order by d.place
    limit 1
),
-- Nothing comes before it happens: below 0 are clocks that are ahead.
of_day as (
    select count(*) filter (where r.created_at > $3::timestamptz - interval '1 hour') as events_last_hour,
           count(*) as events_last_24_hours,
           percentile_cont(array[0.5, 0.95]) within group (
               order by greatest((extract(epoch from r.received_at - r.created_at) * 1000)::float8, 0)) as delay_ms
    from recent r
    where r.created_at > $3 - interval '24 hours'
)
select p.part, p.store_id, p.timezone, p.last_event_at, p.last_received_at, p.events_last_hour, p.events_last_24_hours,
       p.rejected_last_24_hours, p.delay_p50_ms, p.delay_p95_ms, p.bucket, p.events, p.rejected_events
from (
    select 0 as hour, 'status' as part, $1 as store_id, $6::text as timezone,
           greatest(n.created_at, e.created_at) as last_event_at, greatest(n.received_at, e.received_at) as last_received_at,
           d.events_last_hour, d.events_last_24_hours, r.rejected_last_24_hours,
           d.delay_ms[1] as delay_p50_ms, d.delay_ms[2] as delay_p95_ms,
           null::text as bucket, null::bigint as events, null::bigint as rejected_events
    from of_day d
    cross join (select max(r.created_at) as created_at, max(r.received_at) as received_at from recent r) n
    cross join (
        select coalesce(sum(r.events), 0)::bigint as rejected_last_24_hours
        from rejected r
        where r.rejected_at > $3 - interval '24 hours'
    ) r
    left join earlier e on true
    union all
    select h.hour, 'hourly', null, null, null, null, null, null, null, null, null,
           h.label, coalesce(e.events, 0), coalesce(r.events, 0)
    from unnest($5::text[]) with ordinality as h (label, hour)
    left join (select r.hour, count(*) as events from recent r group by r.hour) e on e.hour = h.hour
    left join (select r.hour, sum(r.events)::bigint as events from rejected r group by r.hour) r on r.hour = h.hour
) p
order by p.hour
