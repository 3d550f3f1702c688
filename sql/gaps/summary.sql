-- The content gaps of a store in short: how many there are of each status, and the five unresolved ones that cost most.
-- $1 store_id uuid
-- returns part text (counts once, then top), identified bigint, in_progress bigint, resolved bigint (in the row counts,
-- null elsewhere), gap_id uuid, topic text, status text, frequency bigint, conversations bigint,
-- escalated_conversations bigint, abandoned_conversations bigint, human_cost numeric (currency of the store, two
-- decimals; null in the row counts)
-- reads conversations, tenant.content_gap_rows
with
gaps as materialized (
    select gap_id, topic, status, frequency, conversations, escalated_conversations, abandoned_conversations, human_cost
    from tenant.content_gap_rows($1)
),
top as (
    select *, row_number() over (order by human_cost desc, gap_id) as place
    from gaps
    where status <> 'resolved'
    order by place
    limit 5
),
parts as (
    select 'counts' as part, 0 as place, count(*) filter (where status = 'identified') as identified,
           count(*) filter (where status = 'in_progress') as in_progress,
           count(*) filter (where status = 'resolved') as resolved,
           null::uuid as gap_id, null::text as topic, null::text as status, null::bigint as frequency,
           null::bigint as conversations, null::bigint as escalated_conversations,
           null::bigint as abandoned_conversations, null::numeric as human_cost
    from gaps
    union all
    select 'top', place, null, null, null, gap_id, topic, status, frequency, conversations, escalated_conversations,
           abandoned_conversations, human_cost
    from top
)
select part, identified, in_progress, resolved, gap_id, topic, status, frequency, conversations,
       escalated_conversations, abandoned_conversations, human_cost
from parts
order by place
