-- Erases a customer of a store: the id gives way to a random token, free text goes, and no number changes.
-- store uuid | customer text: the id | key uuid: API key that asks for it, null for the command line and SQL
-- returns the receipt, as in table erasures, and the token: erasure_id uuid, token text, requested_at timestamptz,
-- finished_at timestamptz, conversations, events, example_questions, rejections, labels, kept_labels bigint; no row, and
-- nothing done, where nothing of the customer is left
-- Locks as store_events does, in its order; what comes in for conversations found here waits, what comes in for others
-- names a new customer of the same id. Raises lock_not_available, with nothing done, while retention or an archive is at
-- work or something takes longer than 30 s.
create or replace function erase_customer(store uuid, customer text, key uuid default null)
returns table (
    erasure_id uuid, token text, requested_at timestamptz, finished_at timestamptz, conversations bigint,
    events bigint, example_questions bigint, rejections bigint, labels bigint, kept_labels bigint)
language plpgsql volatile security definer
set search_path = analytics, public, pg_temp
set plan_cache_mode = force_custom_plan -- planned for the range at hand
set enable_nestloop = off -- as in rebuild_conversations
set jit = off
as $$
#variable_conflict use_column
declare
    began_at constant timestamptz := clock_timestamp();
    new_id constant text := 'erased-' || replace(gen_random_uuid()::text, '-', '');
    -- As it stands inside of the text of a jsonb.
    escaped constant text := substr(to_jsonb(customer)::text, 2, length(to_jsonb(customer)::text) - 2);
    found_ids uuid[];
    span_from timestamptz;
    span_to timestamptz;
    named_ids uuid[];
    named_starts timestamptz[];
    new_labels jsonb;
    labels_kept bigint;
    hit_conversations uuid[];
    hit_events uuid[];
    hit_times timestamptz[];
    hit_customers text[];
    hit_datas jsonb[];
    asked_questions text[];
    events_changed bigint;
    rows_changed bigint;
    examples_removed bigint;
    rejections_changed bigint;
begin
    if current_setting('transaction_isolation') <> 'read committed' then
        raise exception 'a customer can only be erased in a read committed transaction'
            using errcode = 'invalid_transaction_state',
                  detail = format('The isolation level is %s.', current_setting('transaction_isolation')),
                  hint = 'Use "begin isolation level read committed".';
    end if;
    if coalesce(customer, '') = '' then
        return;
    end if;
    -- As in store_events: nobody waits for longer.
    if current_setting('transaction_timeout')::interval not between interval '1 millisecond' and interval '10 minutes' then
        perform set_config('transaction_timeout', '10min', true);
    end if;
    perform set_config('lock_timeout', '30s', true);
    if current_setting('timescaledb.license') <> 'apache' then
        perform set_config('timescaledb.max_tuples_decompressed_per_dml_transaction', '0', true);
    end if;

    -- Not while an archive is written, which would be in no receipt; one erasure at a time.
    perform pg_advisory_xact_lock_shared(hashtext('colloquy.raw_in_use'), 0);
    perform pg_advisory_xact_lock(hashtext('colloquy.erasure'), 0);
    perform pg_advisory_xact_lock_shared(hashtext('colloquy.raw_complete_from'), 0);

    -- Where the customer is: reads all that is there of the store, before anybody has to wait.
    select array_agg(conversation_id) into found_ids
    from (
        select conversation_id
        from conversations
        where store_id = store
          and (customer_id = customer or holds_id(channel, customer) or holds_id(language, customer)
               or exists (select from unnest(topics) as t where holds_id(t.topic, customer)))
        union
        select conversation_id
        from conversation_events
        where store_id = store
          and (customer_id = customer
               or (position(escaped in event_data::text) > 0 and event_holds_id(event_data, customer)))
    ) as found;

    perform lock_conversations(found_ids);
    perform pg_advisory_xact_lock(hashtext('colloquy.content_gaps'), 0);

    select min(week_at), max(week_at) + interval '168 hours' into span_from, span_to
    from conversation_weeks
    where store_id = store and conversation_id = any (found_ids);

    -- Conversations that name the customer on any event lose all free text, whoever is their first customer.
    select array_agg(conversation_id), array_agg(started_at) into named_ids, named_starts
    from (
        select c.conversation_id, c.started_at
        from conversations c
        where c.store_id = store and c.conversation_id = any (found_ids)
          and c.started_at >= span_from and c.started_at < span_to and c.customer_id = customer
        union
        select c.conversation_id, c.started_at
        from conversation_events e
        join conversations c
          on c.conversation_id = e.conversation_id
         and e.created_at >= c.started_at and e.created_at < c.started_at + interval '720 hours'
        where e.store_id = store and e.conversation_id = any (found_ids)
          and e.created_at >= span_from and e.created_at < span_to
          and (e.customer_id = customer or e.event_data ->> 'customer_id' = customer)
          and c.store_id = store and c.conversation_id = any (found_ids)
          and c.started_at >= span_from and c.started_at < span_to
    ) as named;

    -- A label that three other conversations have is a word of the shop; any other that holds the id is replaced
    -- wherever it stands, so that it stays one group.
    with
    used as (
        select c.conversation_id, c.started_at, label.value as label,
               (c.conversation_id, c.started_at) in (select * from unnest(named_ids, named_starts)) as is_named
        from conversations c
        cross join lateral (
            select c.channel union select c.language union select t.topic from unnest(c.topics) t
        ) as label (value)
        where c.store_id = store and c.conversation_id = any (found_ids)
          and c.started_at >= span_from and c.started_at < span_to and holds_id(label.value, customer)
        union all
        select null, null, label.value, true
        from conversation_events e
        cross join lateral (
            values (e.event_data ->> 'channel'), (e.event_data ->> 'language'), (left(e.event_data ->> 'topic', 255))
        ) as label (value)
        where e.store_id = store and e.conversation_id = any (found_ids)
          and e.created_at >= span_from and e.created_at < span_to and holds_id(label.value, customer)
        union all
        select null, null, g.topic, true from content_gaps g where g.store_id = store and holds_id(g.topic, customer)
    ),
    counted as (
        select label, count(*) filter (where not is_named) < 3 as is_replaced,
               row_number() over (order by label collate "C") as nth
        from used
        group by label
    )
    select coalesce(jsonb_object_agg(label, new_id || '-' || nth) filter (where is_replaced), '{}'),
           count(*) filter (where not is_replaced)
    into new_labels, labels_kept
    from counted;

    -- Found first and changed afterwards: chunks of the columnstore are unpacked by what changes them.
    select array_agg(conversation_id), array_agg(event_id), array_agg(created_at),
           array_agg(new_customer), array_agg(new_data),
           array_agg(question) filter (where is_named and question is not null)
    into hit_conversations, hit_events, hit_times, hit_customers, hit_datas, asked_questions
    from (
        select e.conversation_id, e.event_id, e.created_at, e.customer_id, e.event_data, e.is_named,
               case when e.customer_id = customer then new_id else e.customer_id end as new_customer,
               case when e.is_named then erased_event_data(e.event_type, e.event_data, new_labels)
                    else event_data_without_id(e.event_data, customer, new_labels) end as new_data,
               left(e.event_data ->> 'question', 1000) as question
        from (
            select e.*,
                   n.conversation_id is not null or coalesce(e.customer_id = customer, false)
                       or coalesce(e.event_data ->> 'customer_id' = customer, false) as is_named
            from conversation_events e
            left join unnest(named_ids, named_starts) as n (conversation_id, started_at)
              on n.conversation_id = e.conversation_id
             and e.created_at >= n.started_at and e.created_at < n.started_at + interval '720 hours'
            where e.store_id = store and e.conversation_id = any (found_ids)
              and e.created_at >= span_from and e.created_at < span_to
        ) as e
    ) as seen
    where (customer_id, event_data) is distinct from (new_customer, new_data);

    update conversation_events e
    set customer_id = h.customer_id, event_data = h.event_data
    from unnest(hit_conversations, hit_events, hit_times, hit_customers, hit_datas)
        as h (conversation_id, event_id, created_at, customer_id, event_data)
    where e.store_id = store and e.conversation_id = any (found_ids)
      and e.created_at >= span_from and e.created_at < span_to
      and (e.conversation_id, e.event_id, e.created_at) = (h.conversation_id, h.event_id, h.created_at);
    get diagnostics events_changed = row_count;

    -- What rebuild_conversations would make of the events now. It is not called: it cannot change rows without their
    -- events, and of a row whose events are partly gone it could change more than the customer.
    update conversations c
    set customer_id = case when c.customer_id = customer then new_id else c.customer_id end,
        channel = coalesce(new_labels ->> c.channel, c.channel),
        language = coalesce(new_labels ->> c.language, c.language),
        topics = (select coalesce(array_agg(
                             row(coalesce(new_labels ->> t.topic, t.topic), t.retrievals, t.best_confidence, t.first_at,
                                 t.last_at)::topic_retrievals
                             order by coalesce(new_labels ->> t.topic, t.topic) collate "C"), '{}')
                  from unnest(c.topics) t)
    where c.store_id = store and c.conversation_id = any (found_ids)
      and c.started_at >= span_from and c.started_at < span_to
      and (c.customer_id = customer or new_labels ? c.channel or new_labels ? c.language
           or exists (select from unnest(c.topics) t where new_labels ? t.topic));
    get diagnostics rows_changed = row_count;
    -- The sets of settled days stay as they are.
    update customer_numbers n set customer_id = new_id where n.store_id = store and n.customer_id = customer;
    update settled_contacts s set customer_id = new_id where s.store_id = store and s.customer_id = customer;

    update settled_topics s
    set topics = (select array_agg(
                             row(coalesce(new_labels ->> t.topic, t.topic), t.retrievals, t.best_confidence, t.first_at,
                                 t.last_at, t.conversations, t.escalated_conversations,
                                 t.abandoned_conversations)::topic_totals
                             order by coalesce(new_labels ->> t.topic, t.topic) collate "C")
                  from unnest(s.topics) t)
    where s.store_id = store and exists (select from unnest(s.topics) t where new_labels ? t.topic);

    -- Examples of questions: those of these conversations, and whatever holds the id.
    with
    kept as (
        select g.gap_id, count(*) as before, count(*) filter (where x.is_kept) as after,
               coalesce(array_agg(x.question order by x.nth) filter (where x.is_kept), '{}') as questions,
               coalesce(array_agg(x.conversation_id order by x.nth) filter (where x.is_kept), '{}') as conversation_ids
        from content_gaps g
        cross join lateral (
            select q.question, g.example_conversations[q.nth] as conversation_id, q.nth,
                   not holds_id(q.question, customer)
                       and case when g.example_conversations[q.nth] is null
                                then not coalesce(q.question = any (asked_questions), false)
                                else not coalesce(g.example_conversations[q.nth] = any (named_ids), false) end as is_kept
            from unnest(g.example_questions) with ordinality as q (question, nth)
        ) as x
        where g.store_id = store
        group by g.gap_id
    ),
    changed as (
        update content_gaps g
        set example_questions = k.questions, example_conversations = k.conversation_ids, sought_frequency = null,
            updated_at = clock_timestamp()
        from kept k
        where k.gap_id = g.gap_id and k.after < k.before
        returning k.before - k.after as removed
    )
    select coalesce(sum(removed), 0) into examples_removed from changed;
    update content_gaps
    set topic = new_labels ->> topic, updated_at = clock_timestamp()
    where store_id = store and new_labels ? topic;

    -- What the log of rejections quotes; how many there were of which code stays.
    update ingest_rejections
    set payload = null,
        field = case when holds_id(field, customer) or starts_with(customer, field) and length(field) = 64
                     then null else field end,
        detail = case when holds_id(detail, customer) then 'Erased with its customer.' else detail end
    where store_id = store
      and (rejection_holds_id(payload, customer, found_ids is not null) or holds_id(detail, customer) or holds_id(field, customer)
           or starts_with(customer, field) and length(field) = 64
           or exists (
               select
               from regexp_matches(payload, '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}', 'gi') as m
               where m[1]::uuid = any (named_ids)));
    get diagnostics rejections_changed = row_count;

    if events_changed + rows_changed + examples_removed + rejections_changed = 0 and new_labels = '{}' then
        return;
    end if;

    perform forget_in_statistics(customer);

    return query
    insert into erasures as r (store_id, requested_by, requested_at, finished_at, conversations, events,
                               example_questions, rejections, labels, kept_labels, archive_ids)
    values (store, key, began_at, clock_timestamp(), coalesce(cardinality(named_ids), 0), events_changed,
            examples_removed, rejections_changed, (select count(*) from jsonb_object_keys(new_labels)), labels_kept,
            array(select a.archive_id
                  from archives a
                  where exists (select
                                from conversation_weeks w
                                where w.store_id = store and w.conversation_id = any (named_ids)
                                  and (a.from_at is null or w.week_at + interval '168 hours' > a.from_at)
                                  and (a.to_at is null or w.week_at < a.to_at))
                  order by a.from_at, a.archive_id))
    returning r.erasure_id, new_id, r.requested_at, r.finished_at, r.conversations, r.events, r.example_questions,
              r.rejections, r.labels, r.kept_labels;
end
$$;
comment on function erase_customer(uuid, text, uuid) is
    'Erases a customer of a store and returns the receipt, or no row where nothing of the customer is left. One call a transaction, read committed.';
