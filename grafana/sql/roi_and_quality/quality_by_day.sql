-- Average quality scores of the conversations of each local day that begins in the time range.
-- returns time timestamptz (start of the day), averages float8 (0 to 1, null if nothing was scored)
-- reads store_days, scored_conversations
with
days as (
    select array_agg(from_at order by from_at) as edges, max(to_at) as end_at
    from store_days
    where store_id = '$store' and from_at >= $__timeFrom() and from_at < $__timeTo()
),
-- All of them are read once, not once for each day. The second bound lets chunks be left out, the first is exact.
scores as (
    select width_bucket(s.started_at, d.edges) as day, avg(s.overall_score)::float8 as overall,
           avg(s.helpfulness_score)::float8 as helpfulness, avg(s.accuracy_score)::float8 as accuracy,
           avg(s.politeness_score)::float8 as politeness
    from days d
    join scored_conversations s on s.started_at < d.end_at
    where s.store_id = '$store' and s.started_at >= $__timeFrom()
      and s.started_at < $__timeTo()::timestamptz + interval '2 days'
    group by 1
)
select e.from_at as time, s.overall as "Overall", s.helpfulness as "Helpfulness", s.accuracy as "Accuracy",
       s.politeness as "Politeness"
from days d
cross join unnest(d.edges) with ordinality as e (from_at, day)
left join scores s using (day)
order by e.from_at
