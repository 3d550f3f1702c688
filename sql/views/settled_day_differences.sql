-- Compares settled_days with the conversations of each day, all columns but what sets are of.
-- store uuid, null for all | from_at timestamptz, inclusive | to_at timestamptz, exclusive: of the starts of the days
-- returns as rollup_differences: level text, kind text ('changed'), store_id uuid, bucket timestamptz (first instant of
-- the day), column_name text, expected text, found text
-- reads settled_days, rollup_pending, conversation_measures, conversations, settled_customers, settled_first_responses,
-- settled_contacts, settled_topics
-- Days that changes wait to be folded into are left out, and low cases that they may have reached: nobody reads them. So are
-- the cases and topics of days from before version 19 of the schema, until the next refresh.
create or replace function settled_day_differences(store uuid, from_at timestamptz, to_at timestamptz)
returns table (level text, kind text, store_id uuid, bucket timestamptz, column_name text, expected text, found text)
language sql stable
as $$
    with
    f as materialized (
        select s.*,
               case when s.has_sets then (
                   select coalesce(sum(bit_count(c.customers)), 0)::bigint
                   from analytics.settled_customers c
                   where c.store_id = s.store_id and c.from_at = s.from_at) else s.unique_customers end as customers_in_sets,
               case when s.has_sets then (
                   select coalesce(sum(r.responses), 0)
                   from analytics.settled_first_responses r
                   where r.store_id = s.store_id and r.from_at = s.from_at) else s.first_response_count end
                   as responses_in_sets,
               s.saved_low_conversations is not null and not exists (
                   select from analytics.rollup_pending p
                   where p.store_id = s.store_id
                     and tstzrange(p.bucket, p.bucket + interval '15 minutes') && s.contacts_between) as has_low,
               case when s.contacts_between is not null then (
                   -- As a digest, because ids of customers belong in no report.
                   select coalesce(md5(string_agg(concat(k.customer_id, k.contact_windows), ' ' order by k.customer_id)), '')
                   from analytics.settled_contacts k
                   where k.store_id = s.store_id and k.from_at = s.from_at) end as contacts,
               case when s.contacts_between is not null then (
                   select coalesce(md5(string_agg(concat_ws(' ', t.topic, t.retrievals, trim_scale(t.best_confidence),
                                                            t.first_at, t.last_at, t.conversations,
                                                            t.escalated_conversations, t.abandoned_conversations),
                                                  ' ' order by t.topic)), '')
                   from analytics.settled_topics k
                   cross join unnest(k.topics) t
                   where k.store_id = s.store_id and k.from_at = s.from_at and k.to_at = s.to_at) end as topics
        from analytics.settled_days s
        where s.from_at >= settled_day_differences.from_at and s.from_at < settled_day_differences.to_at
          and (store is null or s.store_id = store)
          and not exists (
              select from analytics.rollup_pending p
              where p.store_id = s.store_id and p.bucket > s.from_at - interval '15 minutes' and p.bucket < s.to_at)
    ),
    -- By store, because each day needs the conversations of a month and more.
    stores as (
        select f.store_id, array_agg(f.from_at order by f.from_at) as starts, array_agg(f.to_at order by f.from_at) as ends,
               min(f.from_at) as first_at, max(f.to_at) as last_at, max(upper(f.contacts_between)) as contacts_to
        from f
        where f.contacts_between is not null
        group by f.store_id
    ),
    -- The rule of the low case in full, without what other days keep for it.
    lows as materialized (
        select s.store_id, s.starts[l.nth] as from_at, l.low
        from stores s
        cross join lateral (
            select width_bucket(c.started_at, s.starts) as nth, count(*) as low
            from analytics.conversations c
            left join (
                select u.customer_id, range_agg(u.contact_windows) as contact_windows
                from analytics.conversations u
                where u.store_id = s.store_id and u.customer_id is not null
                  and u.started_at > s.first_at - interval '720 hours' and u.started_at <= s.contacts_to
                  and u.started_at > settled_day_differences.from_at - interval '720 hours'
                  and u.started_at < settled_day_differences.to_at + interval '40 days'
                  and upper(u.contact_windows) > s.first_at
                group by u.customer_id
            ) u on u.customer_id = c.customer_id
            where c.store_id = s.store_id and c.started_at >= s.first_at and c.started_at < s.last_at
              and c.started_at >= settled_day_differences.from_at
              and c.started_at < settled_day_differences.to_at + interval '3 days'
              and c.started_at < s.ends[width_bucket(c.started_at, s.starts)]
              and c.ai_resolved and not coalesce(u.contact_windows @> c.outcome_at, false)
              and (c.outcome_at < c.started_at + interval '552 hours'
                   or not exists (
                       select from analytics.conversations n
                       where n.store_id = s.store_id and n.conversation_id = c.conversation_id
                         and n.started_at > c.started_at
                         and n.started_at > settled_day_differences.from_at
                         and n.started_at < settled_day_differences.to_at + interval '40 days'
                         and n.contact_windows @> c.outcome_at))
            group by nth
        ) l
    ),
    contacts as materialized (
        select s.store_id, s.starts[c.nth] as from_at,
               md5(string_agg(concat(c.customer_id, c.contact_windows), ' ' order by c.customer_id)) as contacts
        from stores s
        cross join lateral (
            select width_bucket(c.started_at, s.starts) as nth, c.customer_id,
                   range_agg(c.contact_windows)
                       * tstzmultirange(tstzrange(s.ends[width_bucket(c.started_at, s.starts)], null)) as contact_windows
            from analytics.conversations c
            where c.store_id = s.store_id and c.started_at >= s.first_at and c.started_at < s.last_at
              and c.started_at >= settled_day_differences.from_at
              and c.started_at < settled_day_differences.to_at + interval '3 days'
              and c.customer_id is not null
              and c.started_at < s.ends[width_bucket(c.started_at, s.starts)]
              and upper(c.contact_windows) > s.ends[width_bucket(c.started_at, s.starts)]
            group by nth, c.customer_id
        ) c
        group by s.store_id, s.starts[c.nth]
    )
    select 'settled_days', 'changed', f.store_id, f.from_at, d.column_name, d.expected, d.found
    from f
    left join lows l on l.store_id = f.store_id and l.from_at = f.from_at
    left join contacts k on k.store_id = f.store_id and k.from_at = f.from_at
    cross join lateral (
        select count(*) as total_conversations,
               count(distinct m.customer_id) as unique_customers,
               count(distinct m.customer_id) as customers_in_sets,
               coalesce(sum(m.first_response_count), 0)::bigint as responses_in_sets,
               percentile_cont(array[0.5, 0.95]) within group (order by m.first_response_us)
                   filter (where m.first_response_count = 1) as first_response_percentiles_us,
               coalesce(sum(m.resolved_conversations), 0)::bigint as resolved_conversations,
               coalesce(sum(m.escalated_conversations), 0)::bigint as escalated_conversations,
               coalesce(sum(m.abandoned_conversations), 0)::bigint as abandoned_conversations,
               coalesce(sum(m.open_conversations), 0)::bigint as open_conversations,
               coalesce(sum(m.ai_resolved_conversations), 0)::bigint as ai_resolved_conversations,
               coalesce(sum(m.reopened_conversations), 0)::bigint as reopened_conversations,
               coalesce(sum(m.messages_sent), 0)::bigint as messages_sent,
               coalesce(sum(m.messages_received), 0)::bigint as messages_received,
               coalesce(sum(m.response_us), 0)::bigint as response_us,
               coalesce(sum(m.response_count), 0)::bigint as response_count,
               coalesce(sum(m.first_response_us), 0)::bigint as first_response_us,
               coalesce(sum(m.first_response_count), 0)::bigint as first_response_count,
               coalesce(sum(m.resolution_us), 0)::bigint as resolution_us,
               coalesce(sum(m.csat_responses), 0)::bigint as csat_responses,
               coalesce(sum(m.satisfied_responses), 0)::bigint as satisfied_responses,
               coalesce(sum(m.knowledge_retrievals), 0)::bigint as knowledge_retrievals,
               coalesce(sum(m.citations_clicked), 0)::bigint as citations_clicked,
               coalesce(sum(m.conversations_with_retrieval), 0)::bigint as conversations_with_retrieval,
               coalesce(sum(m.conversations_with_retrieval_and_click), 0)::bigint
                   as conversations_with_retrieval_and_click,
               case when f.contacts_between is not null
                    then coalesce(sum(m.saved_high_conversations), 0)::bigint end as saved_high_conversations,
               max(m.ai_resolved_at) as last_ai_resolved_at
        from analytics.conversation_measures m
        where m.store_id = f.store_id and m.started_at >= f.from_at and m.started_at < f.to_at
          and m.started_at >= settled_day_differences.from_at
          and m.started_at < settled_day_differences.to_at + interval '3 days'
    ) e
    cross join lateral (
        select coalesce(md5(string_agg(concat_ws(' ', t.topic, t.retrievals, trim_scale(t.best_confidence), t.first_at,
                                                 t.last_at, t.conversations, t.escalated, t.abandoned),
                                       ' ' order by t.topic)), '') as topics
        from (
            select t.topic, sum(t.retrievals) as retrievals, max(t.best_confidence) as best_confidence,
                   min(t.first_at) as first_at, max(t.last_at) as last_at, count(*) as conversations,
                   count(*) filter (where c.outcome = 'escalated') as escalated,
                   count(*) filter (where c.outcome = 'abandoned') as abandoned
            from analytics.conversations c
            cross join unnest(c.topics) t
            where f.contacts_between is not null
              and c.store_id = f.store_id and c.started_at >= f.from_at and c.started_at < f.to_at
              and c.started_at >= settled_day_differences.from_at
              and c.started_at < settled_day_differences.to_at + interval '3 days'
            group by t.topic
        ) t
    ) t
    cross join lateral (
        select x.key as column_name, x.value as expected, y.value as found
        from jsonb_each_text(to_jsonb(e) || jsonb_build_object(
                 'contacts', case when f.contacts_between is not null then coalesce(k.contacts, '') end,
                 'topics', case when f.contacts_between is not null then t.topics end,
                 'saved_low_conversations', case when f.has_low then coalesce(l.low, 0)
                                                 else f.saved_low_conversations end,
                 'contacts_between', case when f.contacts_between is null then null
                                          when e.last_ai_resolved_at is null then tstzrange(f.from_at, f.to_at)
                                          else tstzrange(f.from_at - interval '720 hours',
                                                         greatest(f.to_at, e.last_ai_resolved_at + interval '168 hours'),
                                                         '[]') end)) x
        join jsonb_each_text(to_jsonb(f)) y using (key)
        where x.value is distinct from y.value
    ) d
$$;
comment on function settled_day_differences(uuid, timestamptz, timestamptz) is
    'Compares settled_days, where readers use them, with the conversations of each day.';
