-- Conversations that started in the time range by the tenth of their overall score; 1.00 is in the last one.
-- returns "Score" text, "Conversations" bigint
-- reads scored_conversations
select format('0.%s0 to %s', t.tenth, case when t.tenth = 9 then '1.00' else '0.' || t.tenth || '9' end) as "Score",
       count(s.tenth) as "Conversations"
from generate_series(0, 9) as t (tenth)
left join (
    select least(floor(overall_score * 10), 9)::integer as tenth
    from scored_conversations
    where store_id = '$store' and started_at >= $__timeFrom() and started_at < $__timeTo()
) s using (tenth)
group by t.tenth
order by t.tenth
