-- Each conversation with its quality score, all stores; a score never counts twice.
-- returns store_id uuid, conversation_id uuid, started_at timestamptz, columns of conversations, scores numeric (0.00 to 1.00)
-- reads conversations, conversation_quality_scores, conversation_weeks
-- The rule is that of tenant.scored_conversations: an id has a row for each 720 hours it spans, and one score, which belongs
-- to the last row that had started when it was scored, or to the first one. Most scores are given within 720 hours of the
-- start, and nothing is looked up for them.
create or replace view scored_conversations as
select c.store_id, c.conversation_id, c.started_at, c.outcome, c.ai_resolved, c.rating, c.channel, c.language,
       s.overall_score, s.helpfulness_score, s.accuracy_score, s.politeness_score, s.scored_at
from conversations c
join conversation_quality_scores s using (store_id, conversation_id)
where case
          -- An event before this row is of an earlier one; the rows of an id are at least 720 hours apart.
          when s.scored_at < c.started_at then not exists (
              select
              from conversation_weeks w
              where w.store_id = c.store_id and w.conversation_id = c.conversation_id
                and w.week_at <= c.started_at - interval '720 hours')
          when s.scored_at >= c.started_at + interval '720 hours' then not exists (
              select
              from conversations o
              where o.store_id = c.store_id and o.conversation_id = c.conversation_id
                and o.started_at >= c.started_at + interval '720 hours' and o.started_at <= s.scored_at)
          else true
      end;
comment on view scored_conversations is 'Conversations that have a quality score, each score with the row it belongs to. Filter by store_id and started_at.';
comment on column scored_conversations.store_id is 'Store.';
comment on column scored_conversations.conversation_id is 'Conversation.';
comment on column scored_conversations.started_at is 'When the conversation started.';
comment on column scored_conversations.outcome is 'open, resolved, escalated or abandoned, as it is now.';
comment on column scored_conversations.ai_resolved is 'Resolved, never escalated, no human message.';
comment on column scored_conversations.rating is 'Last rating, 1 to 5; null if none was given.';
comment on column scored_conversations.channel is 'First channel named; null if none is.';
comment on column scored_conversations.language is 'First language named; null if none is.';
comment on column scored_conversations.overall_score is 'Overall score, 0.00 to 1.00.';
comment on column scored_conversations.helpfulness_score is 'Score of helpfulness, 0.00 to 1.00; null if not given.';
comment on column scored_conversations.accuracy_score is 'Score of accuracy, 0.00 to 1.00; null if not given.';
comment on column scored_conversations.politeness_score is 'Score of politeness, 0.00 to 1.00; null if not given.';
comment on column scored_conversations.scored_at is 'When it was scored.';
