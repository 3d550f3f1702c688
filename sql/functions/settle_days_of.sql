-- Writes some local days of a store to settled_days, with their sets, from conversations; for refresh_rollups.
-- store uuid | starts timestamptz[], ascending | ends timestamptz[], one for each
-- saved_low_conversations stays null: it depends on later days too, see settle_cases_of.
-- The caller sees to it that changes of these days that are not seen here have a mark in rollup_pending.
-- Sets are kept of days with 200 conversations or more (colloquy.least_settled_set): a month of smaller ones is read from
-- conversations in a few milliseconds.
create or replace procedure settle_days_of(store uuid, starts timestamptz[], ends timestamptz[])
language plpgsql
set search_path = analytics, public, pg_temp
set plan_cache_mode = force_custom_plan
set jit = off
as $$
declare
    least_set constant bigint :=
        coalesce(nullif(current_setting('colloquy.least_settled_set', true), ''), '200')::bigint;
    range_from constant timestamptz := starts[1];
    range_to constant timestamptz := ends[cardinality(ends)];
    outdated timestamptz[];
begin
    -- Not while a customer is erased, whose id would get a number here.
    perform pg_advisory_xact_lock_shared(hashtext('colloquy.erasure'), 0);

    -- Days of another timezone that they overlap too.
    select array_agg(distinct s.from_at) into outdated
    from unnest(starts, ends) as d (from_at, to_at)
    join settled_days s on s.store_id = store and s.from_at > d.from_at - interval '3 days'
                       and s.from_at < d.to_at and s.to_at > d.from_at;
    delete from settled_customers s where s.store_id = store and s.from_at = any (outdated);
    delete from settled_first_responses s where s.store_id = store and s.from_at = any (outdated);
    delete from settled_contacts s where s.store_id = store and s.from_at = any (outdated);
    delete from settled_days s where s.store_id = store and s.from_at = any (outdated);

    insert into settled_days
        (store_id, from_at, to_at, has_sets, unique_customers, first_response_percentiles_us, total_conversations,
         resolved_conversations, escalated_conversations, abandoned_conversations, open_conversations,
         ai_resolved_conversations, reopened_conversations, messages_sent, messages_received, response_us,
         response_count, first_response_us, first_response_count, resolution_us, csat_responses, satisfied_responses,
         knowledge_retrievals, citations_clicked, conversations_with_retrieval,
         conversations_with_retrieval_and_click, saved_high_conversations, contacts_between)
    select store, d.from_at, d.to_at, m.total_conversations >= least_set, m.*
    from unnest(starts, ends) as d (from_at, to_at)
    cross join lateral (
        select count(distinct m.customer_id),
               percentile_cont(array[0.5, 0.95]) within group (order by m.first_response_us)
                   filter (where m.first_response_count = 1),
               count(*) as total_conversations, coalesce(sum(m.resolved_conversations), 0),
               coalesce(sum(m.escalated_conversations), 0), coalesce(sum(m.abandoned_conversations), 0),
               coalesce(sum(m.open_conversations), 0), coalesce(sum(m.ai_resolved_conversations), 0),
               coalesce(sum(m.reopened_conversations), 0), coalesce(sum(m.messages_sent), 0),
               coalesce(sum(m.messages_received), 0), coalesce(sum(m.response_us), 0),
               coalesce(sum(m.response_count), 0), coalesce(sum(m.first_response_us), 0),
               coalesce(sum(m.first_response_count), 0), coalesce(sum(m.resolution_us), 0),
               coalesce(sum(m.csat_responses), 0), coalesce(sum(m.satisfied_responses), 0),
               coalesce(sum(m.knowledge_retrievals), 0), coalesce(sum(m.citations_clicked), 0),
               coalesce(sum(m.conversations_with_retrieval), 0),
               coalesce(sum(m.conversations_with_retrieval_and_click), 0),
               coalesce(sum(m.saved_high_conversations), 0),
               -- A row lasts less than 720 hours: what started earlier has no message after an outcome of the day.
               case when max(m.ai_resolved_at) is null then tstzrange(d.from_at, d.to_at)
                    else tstzrange(d.from_at - interval '720 hours',
                                   greatest(d.to_at, max(m.ai_resolved_at) + interval '168 hours'), '[]') end
        from conversation_measures m
        where m.store_id = store and m.started_at >= d.from_at and m.started_at < d.to_at
          and m.started_at >= range_from and m.started_at < range_to
    ) m;
    -- Nothing of stores before their first conversation.
    delete from settled_days s
    where s.store_id = store and s.from_at = any (starts) and s.total_conversations = 0
      and not exists (
          select from settled_days e
          where e.store_id = store and e.from_at < s.from_at and e.total_conversations > 0);

    insert into settled_contacts (store_id, from_at, customer_id, contact_windows)
    select store, s.from_at, c.customer_id,
           range_agg(c.contact_windows) * tstzmultirange(tstzrange(s.to_at, null))
    from settled_days s
    join conversations c on c.store_id = store and c.started_at >= s.from_at and c.started_at < s.to_at
    where s.store_id = store and s.from_at = any (starts)
      and c.started_at >= range_from and c.started_at < range_to and c.customer_id is not null
      and upper(c.contact_windows) > s.to_at
    group by s.from_at, s.to_at, c.customer_id;

    if not exists (select from settled_days s where s.store_id = store and s.from_at = any (starts) and s.has_sets) then
        return;
    end if;

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
comment on procedure settle_days_of(uuid, timestamptz[], timestamptz[]) is
    'Writes some local days of a store to settled_days, with their sets, from conversations; for refresh_rollups.';
