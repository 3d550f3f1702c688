-- The quality scores of the conversations that started in a range, each with the row it belongs to, for one store.
-- store uuid | from_at timestamptz, inclusive | to_at timestamptz, exclusive
-- returns conversation_id uuid, started_at timestamptz, outcome text, ai_resolved boolean, scores numeric (0.00 to 1.00, null if not scored)
-- reads conversations, conversation_quality_scores, conversation_weeks, tenant.conversations
-- An id has a row for each 720 hours it spans, and one score: it belongs to the last row that had started when it was
-- scored, or to the first one.

-- Joined inside of the barrier: a join of two barriers is planned without statistics, and took seconds.
create or replace view tenant.conversations_with_scores with (security_barrier) as
select c.store_id, c.conversation_id, c.started_at, c.outcome, c.ai_resolved, s.overall_score, s.helpfulness_score, s.accuracy_score,
       s.politeness_score, s.scored_at,
       -- The weeks in which a row of the same id can have started that the score belongs to rather than to this one. Most
       -- scores are given soon after the start, and nothing is looked up for them.
       case when s.scored_at < c.started_at
            then (select min(w.week_at)
                  from analytics.conversation_weeks w
                  where w.store_id = c.store_id and w.conversation_id = c.conversation_id
                    and w.week_at <= c.started_at - interval '720 hours')
            when s.scored_at > c.started_at + interval '552 hours' -- 720 - 168
            then (select min(w.week_at)
                  from analytics.conversation_weeks w
                  where w.store_id = c.store_id and w.conversation_id = c.conversation_id
                    and w.week_at > c.started_at + interval '552 hours' and w.week_at <= s.scored_at)
       end as first_week_at,
       case when s.scored_at < c.started_at then c.started_at - interval '720 hours' else s.scored_at end as last_week_at
from analytics.conversations c
join analytics.conversation_quality_scores s using (store_id, conversation_id)
where c.store_id = nullif(current_setting('colloquy.store_id', true), '')::uuid;
comment on view tenant.conversations_with_scores is
    'Each conversation whose id has a score, and the weeks in which another row of the id can have started that the score belongs to; the store of colloquy.store_id only.';

-- Other rows are looked for in the weeks that can hold them only, which are constants by then: hence two statements.
create or replace function tenant.scored_conversations(store uuid, from_at timestamptz, to_at timestamptz)
returns table (conversation_id uuid, started_at timestamptz, outcome text, ai_resolved boolean, overall_score numeric,
               helpfulness_score numeric, accuracy_score numeric, politeness_score numeric)
language plpgsql stable
as $$
declare
    ids uuid[];
    first_at timestamptz;
    end_at timestamptz;
begin
    -- Most stores score nothing.
    if not exists (select from tenant.conversation_quality_scores s where s.store_id = store) then
        return;
    end if;
    select array_agg(distinct c.conversation_id), min(c.first_week_at), max(c.last_week_at) + interval '168 hours'
    into ids, first_at, end_at
    from tenant.conversations_with_scores c
    where c.store_id = store and c.started_at >= from_at and c.started_at < to_at and c.first_week_at is not null;

    return query
        select c.conversation_id, c.started_at, c.outcome, c.ai_resolved, c.overall_score, c.helpfulness_score,
               c.accuracy_score, c.politeness_score
        from tenant.conversations_with_scores c
        where c.store_id = store and c.started_at >= from_at and c.started_at < to_at
          and not exists (
              select
              from tenant.conversations o
              where o.store_id = store and o.conversation_id = any (ids)
                and o.started_at >= first_at and o.started_at < end_at
                and o.conversation_id = c.conversation_id
                and case when c.scored_at >= c.started_at
                         then o.started_at > c.started_at and o.started_at <= c.scored_at
                         else o.started_at < c.started_at end);
end
$$;
comment on function tenant.scored_conversations(uuid, timestamptz, timestamptz) is
    'Quality scores of the conversations that started in a range, each with the row it belongs to, for the store of colloquy.store_id.';
