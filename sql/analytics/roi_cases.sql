-- What the AI saved in a range of local days if fewer or more conversations than its own resolutions count as saved.
-- low: AI-resolved, and neither the same customer nor the same conversation wrote within 7 days after.
-- high: resolved without a message of a human agent, escalated before or not.
-- A row lasts less than 720 hours, so that those which start outside the last two parameters have no say.
-- $1 store_id uuid | $2 from timestamptz, inclusive | $3 to timestamptz, exclusive
-- $4 dates date[], the local days | $5 edges timestamptz[], their ascending starts, the first of them $2
-- $6 avg_human_agent_cost_per_hour numeric | $7 avg_conversation_time_minutes numeric
-- $8 ai_cost_per_conversation numeric: override the stored ones where not null
-- $9 contacts_from timestamptz, 720 hours before $2 | $10 contacts_to timestamptz, 37 days after $3
-- returns part text ('low' or 'high'), date date (null here, see roi.sql), total_conversations bigint,
-- ai_resolved_conversations bigint (those that the case counts as saved),
-- avg_human_agent_cost_per_hour numeric (in force on the last day, never null), avg_conversation_time_minutes numeric
-- (in force on the last day, never null), ai_cost_per_conversation numeric (in force on the last day, never null),
-- human_agent_cost numeric (currency of the store, two decimals, never null), ai_cost numeric (currency of the store, two
-- decimals, never null), savings numeric (currency of the store, two decimals, never null), roi_percentage numeric (two
-- decimals, 0 when ai_cost is 0, never null), assumptions_changed boolean,
-- unsettled_conversations bigint (counted ones whose 7 days are not over at $3; null for
-- high)
-- reads tenant.conversations, tenant.roi_of_days
with
-- Merged by customer, so that one with thousands of conversations is not compared with each of them.
customers as (
    select customer_id, range_agg(contact_windows) as contact_windows
    from tenant.conversations
    where store_id = $1 and started_at >= $9 and started_at <= $10 and customer_id is not null
    group by customer_id
),
-- Rows of an id that the next one goes on with, whose customer may be another one or none. It starts 720 hours after
-- them, so that only a row that lasted 552 can have one within 7 days.
continued as (
    select distinct c.conversation_id, c.started_at
    from tenant.conversations c
    join tenant.conversations n on n.conversation_id = c.conversation_id and n.contact_windows @> c.outcome_at
    where c.store_id = $1 and c.started_at >= $2 and c.started_at < $3
      and c.ai_resolved and c.outcome_at >= c.started_at + interval '552 hours'
      and n.store_id = $1 and n.started_at >= $2::timestamptz + interval '720 hours' and n.started_at <= $10
),
counted as (
    select width_bucket(c.started_at, $5) as bucket,
           c.ai_resolved
               and not coalesce(u.contact_windows @> c.outcome_at, false)
               and n.started_at is null as is_low,
           c.outcome = 'resolved' and c.human_messages_sent = 0 as is_high,
           c.outcome_at + interval '168 hours' > $3 as is_unsettled
    from tenant.conversations c
    left join customers u using (customer_id)
    left join continued n on n.conversation_id = c.conversation_id and n.started_at = c.started_at
    where c.store_id = $1 and c.started_at >= $2 and c.started_at < $3
),
days as (
    select bucket, count(c.is_low) as total,
           count(*) filter (where c.is_low) as low,
           count(*) filter (where c.is_high) as high,
           count(*) filter (where c.is_low and c.is_unsettled) as unsettled
    from generate_series(1, cardinality($5::timestamptz[])) as e (bucket)
    left join counted c using (bucket)
    group by bucket
)
select s.part, null::date as date, r.total_conversations, r.ai_resolved_conversations, r.avg_human_agent_cost_per_hour,
       r.avg_conversation_time_minutes, r.ai_cost_per_conversation, r.human_agent_cost, r.ai_cost,
       r.savings, r.roi_percentage, r.assumptions_changed, s.unsettled as unsettled_conversations
from (
    select array_agg(total order by bucket) as totals, array_agg(low order by bucket) as low,
           array_agg(high order by bucket) as high, sum(unsettled)::bigint as unsettled
    from days
) d
cross join lateral (
    values (1, 'low', d.low, d.unsettled), (2, 'high', d.high, null)
) as s (position, part, saved, unsettled)
cross join lateral tenant.roi_of_days($1, $4, d.totals, s.saved, $6, $7, $8) r
order by s.position
