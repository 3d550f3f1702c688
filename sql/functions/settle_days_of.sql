-- Writes some local days of stores to settled_days, with their topics and sets, from conversations; for refresh_rollups.
-- stores uuid[] | starts timestamptz[] | ends timestamptz[], an element of each for a day; close to each other in time
-- Days of many stores at a time: planning takes ten times as long as reading the month of a small one.
-- saved_low_conversations stays null: it depends on later days too, see settle_cases_of.
-- The caller sees to it that changes of these days that are not seen here have a mark in rollup_pending.
-- Sets are kept of days with 200 conversations or more (colloquy.least_settled_set): a month of smaller ones is read from
-- conversations in a few milliseconds.
create or replace procedure settle_days_of(stores uuid[], starts timestamptz[], ends timestamptz[])
language plpgsql
set search_path = analytics, public, pg_temp
set plan_cache_mode = force_custom_plan
set jit = off
as $$
declare
    least_set constant bigint :=
        coalesce(nullif(current_setting('colloquy.least_settled_set', true), ''), '200')::bigint;
    range_from constant timestamptz := (select min(d.from_at) from unnest(starts) as d (from_at));
    range_to constant timestamptz := (select max(d.to_at) from unnest(ends) as d (to_at));
    outdated_stores uuid[];
    outdated timestamptz[];
    store_with_sets uuid;
    starts_with_sets timestamptz[];
    last_end timestamptz;
begin
    -- Not while a customer is erased, whose id would get a number here.
    perform pg_advisory_xact_lock_shared(hashtext('colloquy.erasure'), 0);

    -- Days of another timezone that they overlap too.
    select array_agg(o.store_id), array_agg(o.from_at) into outdated_stores, outdated
    from (
        select distinct s.store_id, s.from_at
        from unnest(stores, starts, ends) as d (store_id, from_at, to_at)
        join settled_days s on s.store_id = d.store_id and s.from_at > d.from_at - interval '3 days'
                           and s.from_at < d.to_at and s.to_at > d.from_at
    ) o;
    delete from settled_customers s using unnest(outdated_stores, outdated) as o (store_id, from_at)
    where (s.store_id, s.from_at) = (o.store_id, o.from_at);
    delete from settled_first_responses s using unnest(outdated_stores, outdated) as o (store_id, from_at)
    where (s.store_id, s.from_at) = (o.store_id, o.from_at);
    delete from settled_contacts s using unnest(outdated_stores, outdated) as o (store_id, from_at)
    where (s.store_id, s.from_at) = (o.store_id, o.from_at);
    delete from settled_topics s using unnest(outdated_stores, outdated) as o (store_id, from_at)
    where (s.store_id, s.from_at) = (o.store_id, o.from_at);
    delete from settled_days s using unnest(outdated_stores, outdated) as o (store_id, from_at)
    where (s.store_id, s.from_at) = (o.store_id, o.from_at);

    insert into settled_days
        (store_id, from_at, to_at, has_sets, unique_customers, first_response_percentiles_us, total_conversations,
         resolved_conversations, escalated_conversations, abandoned_conversations, open_conversations,
         ai_resolved_conversations, reopened_conversations, messages_sent, messages_received, response_us,
         response_count, first_response_us, first_response_count, resolution_us, csat_responses, satisfied_responses,
         knowledge_retrievals, citations_clicked, conversations_with_retrieval,
         conversations_with_retrieval_and_click, saved_high_conversations, contacts_between)
    select d.store_id, d.from_at, d.to_at, m.total_conversations >= least_set, m.*
    from unnest(stores, starts, ends) as d (store_id, from_at, to_at)
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
        where m.store_id = d.store_id and m.started_at >= d.from_at and m.started_at < d.to_at
          and m.started_at >= range_from and m.started_at < range_to
    ) m;
    -- Nothing of stores before their first conversation.
    delete from settled_days s using unnest(stores, starts) as d (store_id, from_at)
    where (s.store_id, s.from_at) = (d.store_id, d.from_at) and s.total_conversations = 0
      and not exists (
          select from settled_days e
          where e.store_id = s.store_id and e.from_at < s.from_at and e.total_conversations > 0);

    insert into settled_contacts (store_id, from_at, customer_id, contact_windows)
    select s.store_id, s.from_at, c.customer_id,
           range_agg(c.contact_windows) * tstzmultirange(tstzrange(s.to_at, null))
    from unnest(stores, starts) as d (store_id, from_at)
    join settled_days s using (store_id, from_at)
    join conversations c on c.store_id = s.store_id and c.started_at >= s.from_at and c.started_at < s.to_at
    where c.started_at >= range_from and c.started_at < range_to and c.customer_id is not null
      and upper(c.contact_windows) > s.to_at
    group by s.store_id, s.from_at, s.to_at, c.customer_id;

    insert into settled_topics (store_id, from_at, to_at, topics)
    select s.store_id, s.from_at, s.to_at, coalesce(t.topics, '{}')
    from unnest(stores, starts) as d (store_id, from_at)
    join settled_days s using (store_id, from_at)
    left join (
        select t.store_id, t.from_at,
               array_agg(row(t.topic, t.retrievals, t.best_confidence, t.first_at, t.last_at, t.conversations, t.escalated,
                             t.abandoned)::topic_totals
                         order by t.topic) as topics
        from (
            select d.store_id, d.from_at, t.topic, sum(t.retrievals) as retrievals,
                   max(t.best_confidence) as best_confidence, min(t.first_at) as first_at, max(t.last_at) as last_at,
                   count(*) as conversations, count(*) filter (where c.outcome = 'escalated') as escalated,
                   count(*) filter (where c.outcome = 'abandoned') as abandoned
            from unnest(stores, starts, ends) as d (store_id, from_at, to_at)
            join conversations c on c.store_id = d.store_id and c.started_at >= d.from_at and c.started_at < d.to_at
            cross join unnest(c.topics) t
            where c.started_at >= range_from and c.started_at < range_to
            group by d.store_id, d.from_at, t.topic
        ) t
        group by t.store_id, t.from_at
    ) t using (store_id, from_at);

    for store_with_sets, starts_with_sets, last_end in
        select s.store_id, array_agg(s.from_at order by s.from_at), max(s.to_at)
        from unnest(stores, starts) as d (store_id, from_at)
        join settled_days s using (store_id, from_at)
        where s.has_sets
        group by s.store_id
        order by s.store_id
    loop
        call settle_sets_of(store_with_sets, starts_with_sets, last_end);
    end loop;
end
$$;
comment on procedure settle_days_of(uuid[], timestamptz[], timestamptz[]) is
    'Writes some local days of stores to settled_days, with their topics and sets, from conversations; for refresh_rollups.';
