-- Writes the sets of some local days of a store that are in settled_days and have none yet; part of settle_days_of.
-- store uuid | starts timestamptz[], ascending | range_to timestamptz: end of the last of them
create or replace procedure settle_sets_of(store uuid, starts timestamptz[], range_to timestamptz)
language plpgsql
set search_path = analytics, public, pg_temp
set plan_cache_mode = force_custom_plan
set jit = off
as $$
declare
    range_from constant timestamptz := starts[1];
begin
    -- By when they came, so that the customers of a day are close to each other.
    insert into customer_numbers (store_id, number, customer_id)
    select store,
           coalesce((select max(n.number) + 1 from customer_numbers n where n.store_id = store), 0)
               + row_number() over (order by c.first_at, c.customer_id) - 1,
           c.customer_id
    from (
        select c.customer_id, min(c.started_at) as first_at
        from settled_days s
        join conversations c on c.store_id = store and c.started_at >= s.from_at and c.started_at < s.to_at
        where s.store_id = store and s.from_at = any (starts) and s.has_sets
          and c.started_at >= range_from and c.started_at < range_to and c.customer_id is not null
        group by c.customer_id
    ) c
    where not exists (
        select from customer_numbers n where n.store_id = store and n.customer_id = c.customer_id);

    insert into settled_customers (store_id, from_at, block, customers)
    select store, s.from_at, n.number / 2048, bit_or(set_bit(repeat('0', 2048)::bit(2048), n.number % 2048, 1))
    from settled_days s
    join conversations c on c.store_id = store and c.started_at >= s.from_at and c.started_at < s.to_at
    join customer_numbers n on n.store_id = store and n.customer_id = c.customer_id
    where s.store_id = store and s.from_at = any (starts) and s.has_sets
      and c.started_at >= range_from and c.started_at < range_to
    group by s.from_at, n.number / 2048;

    insert into settled_first_responses (store_id, from_at, bin, responses, first_responses_us)
    select store, s.from_at, first_response_bin(c.first_response_us), count(*), array_agg(c.first_response_us)
    from settled_days s
    join conversations c on c.store_id = store and c.started_at >= s.from_at and c.started_at < s.to_at
    where s.store_id = store and s.from_at = any (starts) and s.has_sets
      and c.started_at >= range_from and c.started_at < range_to and c.first_response_us is not null
    group by s.from_at, first_response_bin(c.first_response_us);
end
$$;
comment on procedure settle_sets_of(uuid, timestamptz[], timestamptz) is
    'Writes the sets of some local days of a store to settled_customers and settled_first_responses; part of settle_days_of.';
