-- Brings settled_days up to date; part of refresh_rollups, which has the lock and deletes the marks afterwards.
-- pending_ids bigint[], marks of rollup_pending that are folded in | settle_to timestamptz: days that end by then are over
-- Commits after the days of 50 stores in a month.
create or replace procedure settle_days(pending_ids bigint[], settle_to timestamptz)
language plpgsql
as $$
declare
    settled_to timestamptz;
    stores uuid[];
    store uuid;
    starts timestamptz[];
    ends timestamptz[];
begin
    -- Low cases that these changes may have reached, of whatever day.
    update analytics.settled_days d
    set saved_low_conversations = null
    from (
        select p.store_id, range_agg(tstzrange(p.bucket, p.bucket + interval '15 minutes')) as changed
        from analytics.rollup_pending p
        where p.id = any (pending_ids)
        group by p.store_id
    ) p
    where d.store_id = p.store_id and d.saved_low_conversations is not null and d.contacts_between && p.changed;
    commit;

    select p.days_settled_to into settled_to from analytics.rollup_progress p;
    for stores, starts, ends in
        with due as (
            -- What time has finished since the last run; the first time, from the first conversation on.
            select d.store_id, d.from_at, d.to_at
            from (
                select s.store_id,
                       case when settled_to > '-infinity' then settled_to
                            else (select min(c.started_at) from analytics.conversations c where c.store_id = s.store_id)
                       end as over_from
                from analytics.stores s
            ) s
            join analytics.store_days d
              on d.store_id = s.store_id and d.date > (s.over_from - interval '3 days')::date
             and d.date <= (settle_to + interval '1 day')::date
            where d.to_at > s.over_from and d.to_at <= settle_to
            union
            -- What has changed since.
            select d.store_id, d.from_at, d.to_at
            from (select distinct store_id, bucket from analytics.rollup_pending where id = any (pending_ids)) p
            join analytics.store_days d
              on d.store_id = p.store_id and d.date > (p.bucket - interval '3 days')::date
             and d.date < (p.bucket + interval '3 days')::date
            where d.from_at < p.bucket + interval '15 minutes' and d.to_at > p.bucket and d.to_at <= settle_to
            union
            -- What an earlier version has written, and empty days that it has left out between.
            select d.store_id, d.from_at, d.to_at
            from (
                select s.store_id, min(s.from_at) as first_at, max(s.to_at) as last_at
                from analytics.settled_days s
                where s.saved_low_conversations is null and s.contacts_between is null
                group by s.store_id
            ) s
            join analytics.store_days d
              on d.store_id = s.store_id and d.from_at >= s.first_at and d.to_at <= s.last_at
        )
        select array_agg(d.store_id), array_agg(d.from_at), array_agg(d.to_at)
        from (
            select *, dense_rank() over (partition by date_trunc('month', d.from_at) order by d.store_id) - 1 as nth
            from due d
        ) d
        group by date_trunc('month', d.from_at), d.nth / 50
        order by min(d.from_at), d.nth / 50
    loop
        call analytics.settle_days_of(stores, starts, ends);
        commit;
    end loop;
    update analytics.rollup_progress p set days_settled_to = greatest(p.days_settled_to, settle_to);
    commit;

    -- Changes of what started before settle_to leave marks, and what starts later has no say in these. What has not its turn
    -- is read from conversations until the next run: an import of a thousand stores would wait for them, at 4 ms each.
    for store, starts in
        select d.store_id, array_agg(d.from_at order by d.from_at)
        from analytics.settled_days d
        where d.saved_low_conversations is null and upper(d.contacts_between) < settle_to
        group by d.store_id, date_trunc('month', d.from_at)
        order by sum(d.total_conversations) desc, d.store_id, min(d.from_at)
        limit 250
    loop
        call analytics.settle_cases_of(store, starts);
        commit;
    end loop;
end
$$;
comment on procedure settle_days(bigint[], timestamptz) is 'Brings settled_days up to date; part of refresh_rollups.';
