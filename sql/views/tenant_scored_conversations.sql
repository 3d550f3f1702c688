-- The quality scores of the conversations that started in a range, each with the row it belongs to, for one store.
-- store uuid | from_at timestamptz, inclusive | to_at timestamptz, exclusive
-- returns conversation_id uuid, started_at timestamptz, scores numeric (0.00 to 1.00, null if not scored)
-- reads tenant.conversations, tenant.conversation_quality_scores, tenant.conversation_weeks
-- An id has a row for each 720 hours it spans, and one score: it belongs to the last row that had started when it was
-- scored, or to the first one. Rows of the same id outside the range are looked for in the weeks that can hold them
-- only, which have to be constants by then: hence two statements.
create or replace function tenant.scored_conversations(store uuid, from_at timestamptz, to_at timestamptz)
returns table (conversation_id uuid, started_at timestamptz, overall_score numeric, helpfulness_score numeric,
               accuracy_score numeric, politeness_score numeric)
language plpgsql stable
as $$
declare
    ids uuid[];
    first_at timestamptz;
    end_at timestamptz;
begin
    select array_agg(distinct c.conversation_id), min(w.week_at), max(w.week_at) + interval '168 hours'
    into ids, first_at, end_at
    from tenant.conversations c
    join tenant.conversation_quality_scores s on s.store_id = store and s.conversation_id = c.conversation_id
    join tenant.conversation_weeks w on w.store_id = store and w.conversation_id = c.conversation_id
    where c.store_id = store and c.started_at >= from_at and c.started_at < to_at
      and case when s.scored_at >= c.started_at
               then w.week_at > c.started_at + interval '552 hours' and w.week_at <= s.scored_at -- 720 - 168
               else w.week_at <= c.started_at - interval '720 hours' end;

    return query
        select c.conversation_id, c.started_at, s.overall_score, s.helpfulness_score, s.accuracy_score,
               s.politeness_score
        from tenant.conversations c
        join tenant.conversation_quality_scores s on s.store_id = store and s.conversation_id = c.conversation_id
        where c.store_id = store and c.started_at >= from_at and c.started_at < to_at
          and not exists (
              select
              from tenant.conversations o
              where o.store_id = store and o.conversation_id = any (ids)
                and o.started_at >= first_at and o.started_at < end_at
                and o.conversation_id = c.conversation_id
                and case when s.scored_at >= c.started_at
                         then o.started_at > c.started_at and o.started_at <= s.scored_at
                         else o.started_at < c.started_at end);
end
$$;
comment on function tenant.scored_conversations(uuid, timestamptz, timestamptz) is
    'Quality scores of the conversations that started in a range, each with the row it belongs to, for the store of colloquy.store_id.';
