-- What cannot be summed of the conversations that started in a range, cut into buckets, for one store: as
-- analytics.period_exact for whoever may read all stores, and as tenant.period_exact, which reads the barriers of schema
-- tenant.
-- store uuid | from_at timestamptz, inclusive | to_at timestamptz, exclusive
-- | edges timestamptz[]: ascending starts of the buckets, the first of them from_at
-- returns bucket integer (1-based), unique_customers bigint, first_response_us float8[] (the median and the 95th
-- percentile, null if nothing was answered); no row of a bucket without conversations, or one of 0 and null
-- reads settled_days, settled_customers, settled_first_responses, customer_numbers, rollup_pending, conversations, of the
-- function's own schema
-- Split into functions as period_sums is.
do $do$
declare
    home text;
begin
    foreach home in array array['analytics', 'tenant'] loop
        -- What settled days have of a range: the answer of each bucket that is one day, the days with sets in longer
        -- buckets, and the ranges for which conversations have to be read.
        execute format($function$
create or replace function %1$I.exact_parts(store uuid, from_at timestamptz, to_at timestamptz, edges timestamptz[])
returns table (
    ready_buckets integer[], ready_customers bigint[], ready_medians float8[], ready_95ths float8[],
    set_days timestamptz[], others tstzmultirange)
language plpgsql stable rows 1
set plan_cache_mode = force_generic_plan
as $body$
declare
    asked constant tstzmultirange := tstzmultirange(tstzrange(from_at, to_at));
    pending tstzmultirange;
begin
    select coalesce(range_agg(tstzrange(p.bucket, p.bucket + interval '15 minutes')), '{}') into pending
    from %1$I.rollup_pending p
    where p.store_id = store and p.bucket > lower(asked) - interval '15 minutes' and p.bucket < upper(asked);

    select array_agg(d.bucket) filter (where d.is_bucket), array_agg(d.unique_customers) filter (where d.is_bucket),
           array_agg(d.first_response_percentiles_us[1]) filter (where d.is_bucket),
           array_agg(d.first_response_percentiles_us[2]) filter (where d.is_bucket),
           array_agg(d.from_at) filter (where d.has_sets and not d.is_bucket),
           asked - coalesce(range_agg(tstzrange(d.from_at, d.to_at)) filter (where d.has_sets or d.is_bucket), '{}')
    into ready_buckets, ready_customers, ready_medians, ready_95ths, set_days, others
    from (
        select d.*, b.bucket,
               d.from_at = edges[b.bucket] and d.to_at = coalesce(edges[b.bucket + 1], upper(asked)) as is_bucket
        from %1$I.settled_days d
        cross join lateral (select width_bucket(d.from_at, edges)) as b (bucket)
        where d.store_id = store and d.from_at >= lower(asked) and d.from_at < upper(asked) and d.to_at <= upper(asked)
          and b.bucket = width_bucket(d.to_at - interval '1 microsecond', edges)
          and not tstzrange(d.from_at, d.to_at) && pending
    ) d;
    return next;
end
$body$
        $function$, home);

        execute format($function$
create or replace function %1$I.period_exact(store uuid, from_at timestamptz, to_at timestamptz, edges timestamptz[])
returns table (bucket integer, unique_customers bigint, first_response_us float8[])
language plpgsql stable rows 30
set plan_cache_mode = force_custom_plan
set jit = off
as $body$
#variable_conflict use_column
declare
    parts record;
    others tstzmultirange;
    others_from timestamptz;
    others_to timestamptz;
    starts timestamptz[];
    ends timestamptz[];
begin
    select * into parts from %1$I.exact_parts(store, from_at, to_at, edges);
    others := parts.others;
    -- Beyond all chunks where there is nothing to read.
    others_from := coalesce(lower(others), 'infinity');
    others_to := coalesce(upper(others), 'infinity');

    return query
        select r.bucket, r.customers, case when r.median is not null then array[r.median, r.the_95th] end
        from unnest(parts.ready_buckets, parts.ready_customers, parts.ready_medians, parts.ready_95ths)
            as r (bucket, customers, median, the_95th);

    if parts.set_days is null then
        if not isempty(others) then
            return query
                select width_bucket(c.started_at, edges), count(distinct c.customer_id),
                       percentile_cont(array[0.5, 0.95]) within group (order by c.first_response_us)
                from %1$I.conversations c
                where c.store_id = store and c.started_at >= others_from and c.started_at < others_to
                  and (others = tstzmultirange(tstzrange(others_from, others_to)) or c.started_at <@ others)
                group by 1;
        end if;
        return;
    end if;

    select array_agg(lower(o.part)), array_agg(upper(o.part)) into starts, ends from unnest(others) as o (part);
    return query
        with
        days as materialized (
            select d.from_at, width_bucket(d.from_at, edges) as bucket from unnest(parts.set_days) as d (from_at)
        ),
        more as materialized (
            select width_bucket(c.started_at, edges) as bucket, c.customer_id, c.first_response_us,
                   analytics.first_response_bin(c.first_response_us) as bin
            from unnest(starts, ends) as o (from_at, to_at)
            cross join lateral (
                select c.started_at, c.customer_id, c.first_response_us
                from %1$I.conversations c
                where c.store_id = store and c.started_at >= o.from_at and c.started_at < o.to_at
                  and c.started_at >= others_from and c.started_at < others_to
                offset 0 -- keeps it a look-up for each range, through the barrier
            ) c
        ),
        -- Bits of all days of a bucket together.
        sets as materialized (
            select d.bucket, s.block, bit_or(s.customers) as customers
            from days d
            join %1$I.settled_customers s on s.store_id = store and s.from_at = d.from_at
            group by d.bucket, s.block
        ),
        -- One walk through the index for all of them; looked up one by one they would take most of the time.
        known as materialized (
            select n.customer_id, n.number
            from %1$I.customer_numbers n
            where n.store_id = store
              and n.customer_id = any (array(select distinct m.customer_id from more m where m.customer_id is not null))
        ),
        -- Customers of the other conversations who are in none of the sets.
        more_customers as (
            select m.bucket, count(*) as customers
            from (select distinct m.bucket, m.customer_id from more m where m.customer_id is not null) m
            left join known k on k.customer_id = m.customer_id
            left join sets s on s.bucket = m.bucket and s.block = k.number / 2048
            where coalesce(get_bit(s.customers, k.number %% 2048), 0) = 0
            group by m.bucket
        ),
        customers as (
            select c.bucket, sum(c.customers)::bigint as customers
            from (
                select s.bucket, sum(bit_count(s.customers)) as customers from sets s group by s.bucket
                union all
                select m.bucket, m.customers from more_customers m
            ) c
            group by c.bucket
        ),
        -- As settled days have them.
        more_first_responses as materialized (
            select m.bucket, m.bin, array_agg(m.first_response_us) as first_responses_us
            from more m
            where m.bin is not null
            group by m.bucket, m.bin
        ),
        -- How many first responses of the bucket are in each bin, and how many in those below it.
        bins as materialized (
            select b.bucket, b.bin, sum(b.responses) as responses,
                   sum(sum(b.responses)) over (partition by b.bucket order by b.bin) - sum(b.responses) as below,
                   sum(sum(b.responses)) over (partition by b.bucket) as total
            from (
                select d.bucket, f.bin, f.responses
                from days d
                join %1$I.settled_first_responses f on f.store_id = store and f.from_at = d.from_at
                union all
                select m.bucket, m.bin, cardinality(m.first_responses_us) from more_first_responses m
            ) b
            group by b.bucket, b.bin
        ),
        -- The two neighbours of each percentile, counted from 0, as percentile_cont takes them.
        ranks as materialized (
            select distinct b.bucket, p.nth, floor(p.share * (b.total - 1)::float8) as lower_rank,
                   ceil(p.share * (b.total - 1)::float8) as upper_rank, p.share * (b.total - 1)::float8 as rank
            from bins b
            cross join (values (1, 0.5::float8), (2, 0.95::float8)) as p (nth, share)
        ),
        -- The few bins that hold them are all that is sorted.
        near as materialized (
            select b.bucket, b.bin, b.below
            from bins b
            where exists (
                select from ranks r
                where r.bucket = b.bucket
                  and (r.lower_rank >= b.below and r.lower_rank < b.below + b.responses
                       or r.upper_rank >= b.below and r.upper_rank < b.below + b.responses))
        ),
        sorted as materialized (
            select n.bucket, n.below, array(
                select u.us
                from (
                    select f.first_responses_us
                    from days d
                    join %1$I.settled_first_responses f on f.store_id = store and f.from_at = d.from_at and f.bin = n.bin
                    where d.bucket = n.bucket
                    union all
                    select m.first_responses_us
                    from more_first_responses m
                    where m.bucket = n.bucket and m.bin = n.bin
                ) v
                cross join lateral unnest(v.first_responses_us) as u (us)
                order by u.us) as us
            from near n
        ),
        percentiles as (
            select r.bucket, array_agg(l.us + (r.rank - r.lower_rank) * (u.us - l.us) order by r.nth) as us
            from ranks r
            cross join lateral (
                select s.us[(r.lower_rank - s.below)::integer + 1] as us
                from sorted s
                where s.bucket = r.bucket and r.lower_rank >= s.below and r.lower_rank < s.below + cardinality(s.us)
            ) l
            cross join lateral (
                select s.us[(r.upper_rank - s.below)::integer + 1] as us
                from sorted s
                where s.bucket = r.bucket and r.upper_rank >= s.below and r.upper_rank < s.below + cardinality(s.us)
            ) u
            group by r.bucket
        )
        select b.bucket, coalesce(c.customers, 0), p.us
        from (select d.bucket from days d union select m.bucket from more m) b
        left join customers c on c.bucket = b.bucket
        left join percentiles p on p.bucket = b.bucket;
end
$body$
        $function$, home);
    end loop;
end
$do$;
comment on function analytics.exact_parts(uuid, timestamptz, timestamptz, timestamptz[]) is
    'What settled days have of a range, for one store: whole answers, sets, and what has to be read from conversations.';
comment on function analytics.period_exact(uuid, timestamptz, timestamptz, timestamptz[]) is
    'Distinct customers and percentiles of first responses of the conversations that started in a range, cut into buckets, for one store.';
comment on function tenant.exact_parts(uuid, timestamptz, timestamptz, timestamptz[]) is
    'What settled days have of a range, for the store of colloquy.store_id: whole answers, sets, and what has to be read from conversations.';
comment on function tenant.period_exact(uuid, timestamptz, timestamptz, timestamptz[]) is
    'Distinct customers and percentiles of first responses of the conversations that started in a range, cut into buckets, for the store of colloquy.store_id.';
