-- Stores quality scores; a conversation that has one already gets the new one instead, of several the last.
-- $1 store_ids uuid[] | $2 conversation_ids uuid[] | $3 overall_scores numeric[] | $4 helpfulness_scores numeric[]
-- $5 accuracy_scores numeric[] | $6 politeness_scores numeric[] | $7 scored_ats timestamptz[], now where null
-- returns ordinal integer (1-based), status text (unknown_store, archived_store or unknown_conversation: not stored;
-- replaced: stored over an older one); those without a row were simply stored
with
given as (
    select *
    from unnest($1::uuid[], $2::uuid[], $3::numeric[], $4::numeric[], $5::numeric[], $6::numeric[], $7::timestamptz[])
        with ordinality as g (store_id, conversation_id, overall_score, helpfulness_score, accuracy_score,
                              politeness_score, scored_at, ordinal)
),
-- A conversation has events, and those have weeks: a look-up that opens no chunk.
checked as (
    select g.*,
           case when s.store_id is null then 'unknown_store'
                when s.archived_at is not null then 'archived_store'
                when not exists (select from conversation_weeks w
                                 where w.store_id = g.store_id and w.conversation_id = g.conversation_id)
                then 'unknown_conversation'
                when exists (select from conversation_quality_scores q
                             where q.store_id = g.store_id and q.conversation_id = g.conversation_id)
                then 'replaced'
                else 'stored' end as status
    from given g
    left join stores s using (store_id)
),
-- In the order of the key, so that two requests cannot wait for each other.
written as (
    insert into conversation_quality_scores (store_id, conversation_id, overall_score, helpfulness_score,
                                             accuracy_score, politeness_score, scored_at)
    select distinct on (store_id, conversation_id)
           store_id, conversation_id, overall_score, helpfulness_score, accuracy_score, politeness_score,
           coalesce(scored_at, now())
    from checked
    where status in ('replaced', 'stored')
    order by store_id, conversation_id, ordinal desc
    on conflict (store_id, conversation_id) do update set
        overall_score = excluded.overall_score,
        helpfulness_score = excluded.helpfulness_score,
        accuracy_score = excluded.accuracy_score,
        politeness_score = excluded.politeness_score,
        scored_at = excluded.scored_at
)
select ordinal::integer, status
from checked
where status <> 'stored'
order by ordinal
