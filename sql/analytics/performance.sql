-- How five metrics of the local days of a range move: a straight line through the days that have data, for one store.
-- $1 store_id uuid | $2 from timestamptz, inclusive | $3 to timestamptz, exclusive
-- $4 edges timestamptz[], ascending starts of the days, the first of them $2
-- $5 dates date[], one for each edge | $6 start_date date, day 0 of the lines
-- returns metric text, days_with_data bigint, mean float8, slope_per_day float8, intercept float8 (at start_date),
-- r_squared float8, p_value float8, direction text ('improving', 'worsening', 'flat' or 'too_few'),
-- deviating_date_1 date (null where no day deviates), deviating_value_1 float8, deviating_expected_1 float8 (the day furthest from its line),
-- deviating_date_2 date (null where no second day deviates), deviating_value_2 float8, deviating_expected_2 float8 (the second furthest);
-- rates are 0 to 1, times in milliseconds; null where nothing is defined
-- reads tenant.period_sums, metric_formulas, student_t_p
with
measured as (
    select *
    from (values (1, 'resolution_rate', 1), (2, 'escalation_rate', -1), (3, 'abandonment_rate', -1),
                 (4, 'avg_first_response_time_ms', -1), (5, 'csat', 1)) as m (position, metric, better)
),
-- Days without data say nothing about a metric and are left out. In their order, on which the last digits depend.
points as (
    select p.position, d.date, (d.date - $6::date)::float8 as x, p.y
    from (select * from tenant.period_sums($1, $2, $3, $4) order by bucket) s
    cross join lateral (select ($5::date[])[s.bucket]) as d (date)
    cross join lateral metric_formulas(
        s.total_conversations, s.resolved_conversations, s.escalated_conversations, s.abandoned_conversations,
        s.open_conversations, s.ai_resolved_conversations, s.reopened_conversations, s.total_messages, s.response_us,
        s.response_count, s.first_response_us, s.first_response_count, s.resolution_us, s.csat_responses,
        s.satisfied_responses, s.knowledge_retrievals, s.citations_clicked, s.conversations_with_retrieval,
        s.conversations_with_retrieval_and_click, null, null) m
    cross join lateral (values (1, m.resolution_rate), (2, m.escalation_rate), (3, m.abandonment_rate),
                               (4, m.avg_first_response_time_ms), (5, m.csat)) as p (position, y)
    where p.y is not null
),
-- Values that are all the same make a level line, to which rounding in the aggregates can give a slope.
lines as (
    select position, count(*) as days, avg(x) as mean_x, avg(y) as mean_y, max(abs(y)) as greatest_y,
           count(*) > 1 and min(y) = max(y) as is_level,
           regr_slope(y, x) as slope, regr_intercept(y, x) as intercept, regr_r2(y, x) as r_squared
    from points
    group by position
),
fits as (
    select position, days, mean_x, mean_y, greatest_y,
           case when is_level then 0 else slope end as slope,
           case when is_level then mean_y else intercept end as intercept,
           case when is_level or r_squared > 1 then 1 else r_squared end as r_squared,
           case when is_level or days < 3 then null
                when r_squared >= 1 then 0
                else student_t_p(sqrt(r_squared * (days - 2) / (1 - r_squared)), days::integer - 2) end as p_value
    from lines
),
-- Deviations are compared as shares of the greatest value to 12 decimals: beyond that there is only rounding.
deviations as (
    select position, date, y, expected,
           row_number() over (partition by position order by deviation desc, date) as rank
    from points
    join fits using (position)
    cross join lateral (select mean_y + slope * (x - mean_x)) as e (expected)
    cross join lateral (select round((abs(y - expected) / nullif(greatest_y, 0))::numeric, 12)) as v (deviation)
    where days >= 3 and deviation > 0
)
select m.metric,
       coalesce(f.days, 0) as days_with_data,
       f.mean_y as mean,
       f.slope as slope_per_day,
       f.intercept,
       f.r_squared,
       f.p_value,
       case when coalesce(f.days, 0) < 14 then 'too_few'
            when f.p_value is null or f.p_value >= 0.05 then 'flat'
            when f.slope * m.better > 0 then 'improving'
            else 'worsening' end as direction,
       d1.date as deviating_date_1, d1.y as deviating_value_1, d1.expected as deviating_expected_1,
       d2.date as deviating_date_2, d2.y as deviating_value_2, d2.expected as deviating_expected_2
from measured m
left join fits f using (position)
left join deviations d1 on d1.position = m.position and d1.rank = 1
left join deviations d2 on d2.position = m.position and d2.rank = 2
order by m.position
