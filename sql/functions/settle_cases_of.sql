-- Writes the low case of some settled days of a store; for refresh_rollups.
-- store uuid | days timestamptz[]: their first instants, ascending
-- The caller sees to it that changes which are not seen here have a mark in rollup_pending.
create or replace procedure settle_cases_of(store uuid, days timestamptz[])
language plpgsql
set search_path = analytics, public, pg_temp
as $$
begin
    update settled_days d
    set saved_low_conversations = coalesce(l.low, 0)
    from (
        select array_agg(s.from_at order by s.from_at) as starts, array_agg(s.to_at order by s.from_at) as ends,
               array_agg(upper(s.contacts_between) + interval '1 microsecond' order by s.from_at) as contacts_to
        from settled_days s
        where s.store_id = store and s.from_at = any (days)
    ) p
    cross join lateral unnest(p.starts) with ordinality as u (from_at, bucket)
    left join lateral live_cases(store, p.starts, p.ends, p.contacts_to, p.starts, 'infinity') l on l.bucket = u.bucket
    where d.store_id = store and d.from_at = u.from_at;
end
$$;
comment on procedure settle_cases_of(uuid, timestamptz[]) is
    'Writes the low case of some settled days of a store; for refresh_rollups.';
