-- A page of the conversations of a store that started in a range, newest first; every filter that is null is none.
-- $1 store_id uuid | $2 from timestamptz, inclusive | $3 to timestamptz, exclusive
-- $4 events_to timestamptz, at least 720 hours after $3: where the events of these conversations end
-- $5 outcome text, open, resolved, escalated or abandoned | $6 channel text, '' for none named
-- $7 language text, '' for none named | $8 agent text, ai, human, both or none
-- $9 customer_id text | $10 topic text | $11 subject text, part of it, in any case
-- $12 min_messages bigint, sent and received | $13 ai_resolved boolean | $14 reopened boolean | $15 answered boolean
-- $16 rated boolean | $17 satisfied boolean, rated 4 or 5, or 1 to 3 | $18 retrieved boolean | $19 clicked boolean
-- $20 customer_named boolean | $21 hour_of_week text, as 1-09: ISO weekday and local hour of the start
-- $22 zone text, IANA timezone | $23 after_started_at timestamptz, last row of the page before, null on the first
-- $24 after_conversation_id uuid | $25 limit bigint
-- $26 min_overall_score numeric | $27 max_overall_score numeric: of its quality score, both included
-- returns conversation_id uuid, started_at timestamptz, last_event_at timestamptz, customer_id text (first named, or
-- null), channel text (first named, or null), language text (first named, or null), subject text (first named, null
-- when raw events have been dropped), outcome text ('open', 'resolved', 'escalated' or 'abandoned'), outcome_at
-- timestamptz (null while open), ai_resolved boolean, reopened_at timestamptz (null if never), messages_sent integer,
-- human_messages_sent integer, messages_received integer, avg_response_time_ms float8, first_response_time_ms float8
-- (null if nothing was answered), rating smallint (1 to 5, or null), knowledge_retrievals integer, citations_clicked
-- integer, topics text[], event_count integer
-- reads tenant.conversations, tenant.conversation_events, tenant.scored_conversations
with
page as materialized (
    select c.*
    from tenant.conversations c
    where c.store_id = $1 and c.started_at >= $2 and c.started_at < $3
      and ($5::text is null or c.outcome = $5)
      and ($6::text is null or coalesce(c.channel, '') = $6)
      and ($7::text is null or coalesce(c.language, '') = $7)
      and ($8::text is null or $8 = case when c.messages_sent = 0 then 'none'
                                         when c.human_messages_sent = 0 then 'ai'
                                         when c.human_messages_sent = c.messages_sent then 'human'
                                         else 'both' end)
      and ($9::text is null or c.customer_id = $9)
      and ($10::text is null or exists (select from unnest(c.topics) t where t.topic = $10))
      and ($11::text is null or exists (
          select
          from tenant.conversation_events e
          where e.store_id = $1 and e.conversation_id = c.conversation_id
            and e.created_at >= $2 and e.created_at < $4
            and e.created_at >= c.started_at and e.created_at < c.started_at + interval '720 hours'
            and position(lower($11 collate pg_c_utf8) in lower((e.event_data ->> 'subject') collate pg_c_utf8)) > 0))
      and ($12::bigint is null or c.messages_sent + c.messages_received >= $12)
      and ($13::boolean is null or c.ai_resolved = $13)
      and ($14::boolean is null or (c.reopened_at is not null) = $14)
      and ($15::boolean is null or (c.first_response_us is not null) = $15)
      and ($16::boolean is null or (c.rating is not null) = $16)
      and ($17::boolean is null or (c.rating >= 4) = $17)
      and ($18::boolean is null or (c.knowledge_retrievals > 0) = $18)
      and ($19::boolean is null or (c.citations_clicked > 0) = $19)
      and ($20::boolean is null or (c.customer_id is not null) = $20)
      and ($21::text is null or to_char(c.started_at at time zone $22, 'ID-HH24') = $21)
      and ($26::numeric is null and $27::numeric is null or exists (
          select
          from tenant.scored_conversations($1, $2, $3) s
          where s.conversation_id = c.conversation_id and s.started_at = c.started_at
            and s.overall_score >= coalesce($26, 0) and s.overall_score <= coalesce($27, 1)))
      and ($23::timestamptz is null or (c.started_at, c.conversation_id) < ($23, $24::uuid))
    order by c.started_at desc, c.conversation_id desc
    limit $25
)
select p.conversation_id, p.started_at, p.last_event_at, p.customer_id, p.channel, p.language,
       (select e.event_data ->> 'subject'
        from tenant.conversation_events e
        where e.store_id = $1 and e.conversation_id = p.conversation_id
          and e.created_at >= $2 and e.created_at < $4
          and e.created_at >= p.started_at and e.created_at < p.started_at + interval '720 hours'
          and e.event_data ->> 'subject' is not null
        order by e.created_at, e.event_id
        limit 1) as subject,
       p.outcome, p.outcome_at, p.ai_resolved, p.reopened_at, p.messages_sent, p.human_messages_sent,
       p.messages_received, p.response_us::float8 / 1000 / nullif(p.response_count, 0) as avg_response_time_ms,
       p.first_response_us::float8 / 1000 as first_response_time_ms, p.rating, p.knowledge_retrievals,
       p.citations_clicked, array(select t.topic from unnest(p.topics) t order by t.topic) as topics, p.event_count
from page p
order by p.started_at desc, p.conversation_id desc
