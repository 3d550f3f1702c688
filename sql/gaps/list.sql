-- A page of the content gaps of a store, from the one after the cursor on.
-- $1 store_id uuid | $2 status text or null, only those | $3 topic text or null, a part of it in any case
-- $4 order text: cost, frequency, last_seen_at (greatest first), topic (ascending); then gap_id
-- $5 after_number numeric or null, of the last gap that was seen its human_cost, frequency or last_seen_at (microseconds
-- since 1970, -1 if never), 0 in order of topic | $6 after_topic text or null | $7 after_gap_id uuid or null
-- $8 limit bigint, rows at most
-- returns gap_id uuid, topic text, status text ('identified', 'in_progress' or 'resolved'), frequency bigint,
-- confidence_threshold numeric (0 to 1, never null), best_confidence numeric (0 to 1, null if none is known),
-- example_questions text[], first_seen_at timestamptz (null if never), last_seen_at timestamptz (null if never),
-- conversations bigint, escalated_conversations bigint, abandoned_conversations bigint, human_cost numeric (currency of
-- the store, two decimals, never null), created_at timestamptz, updated_at timestamptz,
-- resolved_at timestamptz (null while not resolved), reopened_count integer
-- reads conversations, tenant.content_gap_rows
with
ranked as (
    select g.*,
           case $4::text
               when 'cost' then human_cost
               when 'frequency' then frequency
               when 'last_seen_at' then coalesce(extract(epoch from last_seen_at) * 1000000, -1)
               else 0
           end as sort_number,
           case $4::text when 'topic' then topic else '' end collate "C" as sort_topic
    from tenant.content_gap_rows($1) g
    where ($2::text is null or status = $2::text)
      -- The collation "C" of topics knows no capitals beyond ASCII.
      and ($3::text is null
           or position(lower($3::text collate pg_c_utf8) in lower(topic collate pg_c_utf8)) > 0)
)
select gap_id, topic, status, frequency, confidence_threshold, best_confidence, example_questions, first_seen_at,
       last_seen_at, conversations, escalated_conversations, abandoned_conversations, human_cost, created_at,
       updated_at, resolved_at, reopened_count
from ranked
where $7::uuid is null or sort_number < $5::numeric
   or (sort_number = $5::numeric and (sort_topic, gap_id) > ($6::text, $7::uuid))
order by sort_number desc, sort_topic, gap_id
limit $8::bigint
