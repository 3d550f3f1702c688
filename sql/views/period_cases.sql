-- What the low and the high case of the return on investment count of the conversations that started in a range, cut into
-- buckets, for one store: as analytics.period_cases for whoever may read all stores, and as tenant.period_cases, which
-- reads the barriers of schema tenant. What the cases are stands in analytics/roi_cases.sql.
-- store uuid | from_at timestamptz, inclusive | to_at timestamptz, exclusive
-- | edges timestamptz[]: ascending starts of the buckets, the first of them from_at
-- returns bucket integer (1-based), total bigint, low bigint, high bigint, unsettled bigint (of low: those whose 7 days are
-- not over at to_at); no row of a bucket without conversations, or one of zeros
-- reads settled_days, settled_contacts, rollup_pending, conversations, of the function's own schema
-- A row lasts less than 720 hours, and a customer must stay away for 168.
-- Split into functions as period_sums is.
do $do$
declare
    home text;
begin
    foreach home in array array['analytics', 'tenant'] loop
        -- The settled days of a range whose cases no mark may have reached and whose 7 days are over, and the rest.
        execute format($function$
create or replace function %1$I.case_parts(store uuid, from_at timestamptz, to_at timestamptz, edges timestamptz[])
returns table (
    buckets integer[], totals bigint[], low bigint[], high bigint[], other_starts timestamptz[], other_ends timestamptz[])
language plpgsql stable rows 1
set plan_cache_mode = force_generic_plan
as $body$
declare
    asked constant tstzmultirange := tstzmultirange(tstzrange(from_at, to_at));
    pending tstzmultirange;
    others tstzmultirange;
begin
    select coalesce(range_agg(tstzrange(p.bucket, p.bucket + interval '15 minutes')), '{}') into pending
    from %1$I.rollup_pending p
    where p.store_id = store and p.bucket > lower(asked) - interval '721 hours' and p.bucket <= upper(asked);

    select array_agg(d.bucket), array_agg(d.total_conversations), array_agg(d.saved_low_conversations),
           array_agg(d.saved_high_conversations),
           asked - coalesce(range_agg(tstzrange(d.from_at, d.to_at)), '{}')
    into buckets, totals, low, high, others
    from (
        select d.*, width_bucket(d.from_at, edges) as bucket
        from %1$I.settled_days d
        where d.store_id = store and d.from_at >= lower(asked) and d.from_at < upper(asked)
          and d.to_at <= upper(asked) and d.saved_low_conversations is not null
          and upper(d.contacts_between) <= upper(asked) and not d.contacts_between && pending
    ) d
    where d.bucket = width_bucket(d.to_at - interval '1 microsecond', edges);

    select array_agg(lower(o.part)), array_agg(upper(o.part)) into other_starts, other_ends from unnest(others) as o (part);
    return next;
end
$body$
        $function$, home);

        -- From where contacts of conversations of some ranges are to be read, none of which starts later than contacts_to:
        -- the days before a range say who wrote after them, all else is read from conversations.
        execute format($function$
create or replace function %1$I.contact_parts(store uuid, starts timestamptz[], contacts_to timestamptz[])
returns table (days timestamptz[], live_starts timestamptz[], live_ends timestamptz[])
language plpgsql stable rows 1
set plan_cache_mode = force_generic_plan
as $body$
declare
    since tstzmultirange;
    before tstzmultirange;
    pending tstzmultirange;
    live tstzmultirange;
begin
    select range_agg(tstzrange(p.from_at, p.to_at)),
           range_agg(tstzrange(p.from_at - interval '720 hours', p.from_at)) - range_agg(tstzrange(p.from_at, p.to_at))
    into since, before
    from unnest(starts, contacts_to) as p (from_at, to_at);

    select coalesce(range_agg(tstzrange(p.bucket, p.bucket + interval '15 minutes')), '{}') into pending
    from %1$I.rollup_pending p
    where p.store_id = store and p.bucket > lower(before) - interval '3 days' and p.bucket < upper(before);

    select array_agg(d.from_at), since + before - coalesce(range_agg(tstzrange(d.from_at, d.to_at)), '{}') into days, live
    from %1$I.settled_days d
    where d.store_id = store and d.from_at > lower(before) - interval '3 days' and d.from_at < upper(before)
      and d.contacts_between is not null
      and tstzrange(d.from_at, d.to_at) && before and not tstzrange(d.from_at, d.to_at) && since
      and not tstzrange(d.from_at, d.to_at) && pending;

    select array_agg(lower(l.part)), array_agg(upper(l.part)) into live_starts, live_ends from unnest(live) as l (part);
    return next;
end
$body$
        $function$, home);

        -- The cases of some ranges, ascending, counted from conversations.
        execute format($function$
create or replace function %1$I.live_cases(
    store uuid, starts timestamptz[], ends timestamptz[], contacts_to timestamptz[], edges timestamptz[], to_at timestamptz)
returns table (bucket integer, total bigint, low bigint, high bigint, unsettled bigint)
language plpgsql stable rows 30
set plan_cache_mode = force_custom_plan
set jit = off
as $body$
#variable_conflict use_column
declare
    next_from constant timestamptz := starts[1] + interval '720 hours';
    next_to constant timestamptz := ends[cardinality(ends)] + interval '888 hours';
    asked tstzmultirange;
    parts record;
    live_from timestamptz;
    live_to timestamptz;
begin
    if starts is null then
        return;
    end if;
    select * into parts from %1$I.contact_parts(store, starts, contacts_to);
    live_from := parts.live_starts[1];
    live_to := parts.live_ends[cardinality(parts.live_ends)];
    select range_agg(tstzrange(o.from_at, o.to_at)) into asked from unnest(starts, ends) as o (from_at, to_at);

    return query
        with
        -- Read once, for what is counted and for its contacts.
        live as materialized (
            select c.*, c.started_at <@ asked as is_asked
            from unnest(parts.live_starts, parts.live_ends) as o (from_at, to_at)
            cross join lateral (
                select c.conversation_id, c.started_at, c.customer_id, c.outcome_at, c.ai_resolved, c.contact_windows,
                       c.outcome = 'resolved' and c.human_messages_sent = 0 as is_high
                from %1$I.conversations c
                where c.store_id = store and c.started_at >= o.from_at and c.started_at < o.to_at
                  and c.started_at >= live_from and c.started_at < live_to
                offset 0 -- keeps it a look-up for each range, through the barrier
            ) c
        ),
        -- Merged by customer, so that one with thousands of conversations is not compared with each of them.
        customers as (
            select c.customer_id, range_agg(c.contact_windows) as contact_windows
            from (
                select l.customer_id, l.contact_windows from live l where l.customer_id is not null
                union all
                select s.customer_id, s.contact_windows
                from %1$I.settled_contacts s
                where s.store_id = store and s.from_at = any (parts.days)
            ) c
            group by c.customer_id
        ),
        -- Rows of an id that the next one goes on with, whose customer may be another one or none. It starts 720 hours
        -- after them, so that only a row that lasted 552 can have one within 7 days.
        continued as (
            select distinct a.conversation_id, a.started_at
            from live a
            cross join lateral (
                select n.contact_windows
                from %1$I.conversations n
                where n.store_id = store and n.conversation_id = a.conversation_id
                  and n.started_at >= a.started_at + interval '720 hours'
                  and n.started_at >= next_from and n.started_at < next_to
                offset 0
            ) n
            where a.is_asked and a.ai_resolved and a.outcome_at >= a.started_at + interval '552 hours'
              and n.contact_windows @> a.outcome_at
        )
        select c.bucket, count(*), count(*) filter (where c.is_low), count(*) filter (where c.is_high),
               count(*) filter (where c.is_low and c.outcome_at + interval '168 hours' > to_at)
        from (
            select width_bucket(a.started_at, edges) as bucket, a.outcome_at, a.is_high,
                   a.ai_resolved and not coalesce(u.contact_windows @> a.outcome_at, false) and n.started_at is null
                       as is_low
            from live a
            left join customers u on u.customer_id = a.customer_id and a.ai_resolved
            left join continued n on n.conversation_id = a.conversation_id and n.started_at = a.started_at
            where a.is_asked
        ) c
        group by c.bucket;
end
$body$
        $function$, home);

        execute format($function$
create or replace function %1$I.period_cases(store uuid, from_at timestamptz, to_at timestamptz, edges timestamptz[])
returns table (bucket integer, total bigint, low bigint, high bigint, unsettled bigint)
language plpgsql stable rows 30
set plan_cache_mode = force_generic_plan
as $body$
#variable_conflict use_column
declare
    parts record;
begin
    select * into parts from %1$I.case_parts(store, from_at, to_at, edges);
    return query
        select c.bucket, sum(c.total)::bigint, sum(c.low)::bigint, sum(c.high)::bigint, sum(c.unsettled)::bigint
        from (
            select d.bucket, d.total, d.low, d.high, 0::bigint as unsettled
            from unnest(parts.buckets, parts.totals, parts.low, parts.high) as d (bucket, total, low, high)
            union all
            select *
            from %1$I.live_cases(
                store, parts.other_starts, parts.other_ends,
                array(select o.at + interval '888 hours' from unnest(parts.other_ends) as o (at)), edges, period_cases.to_at)
        ) c
        group by c.bucket;
end
$body$
        $function$, home);
    end loop;
end
$do$;
comment on function analytics.case_parts(uuid, timestamptz, timestamptz, timestamptz[]) is
    'What settled days have of the cases of a range, for one store, and what has to be read from conversations.';
comment on function analytics.contact_parts(uuid, timestamptz[], timestamptz[]) is
    'From where contacts of the conversations of some ranges are to be read, for one store: settled days, conversations.';
comment on function analytics.live_cases(uuid, timestamptz[], timestamptz[], timestamptz[], timestamptz[], timestamptz) is
    'The low and the high case of some ranges, counted from conversations, for one store.';
comment on function analytics.period_cases(uuid, timestamptz, timestamptz, timestamptz[]) is
    'The low and the high case of the return on investment of a range, cut into buckets, for one store; exact at commit.';
comment on function tenant.case_parts(uuid, timestamptz, timestamptz, timestamptz[]) is
    'What settled days have of the cases of a range, for the store of colloquy.store_id, and what has to be read from conversations.';
comment on function tenant.contact_parts(uuid, timestamptz[], timestamptz[]) is
    'From where contacts of the conversations of some ranges are to be read, for the store of colloquy.store_id: settled days, conversations.';
comment on function tenant.live_cases(uuid, timestamptz[], timestamptz[], timestamptz[], timestamptz[], timestamptz) is
    'The low and the high case of some ranges, counted from conversations, for the store of colloquy.store_id.';
comment on function tenant.period_cases(uuid, timestamptz, timestamptz, timestamptz[]) is
    'The low and the high case of the return on investment of a range, cut into buckets, for the store of colloquy.store_id; exact at commit.';
