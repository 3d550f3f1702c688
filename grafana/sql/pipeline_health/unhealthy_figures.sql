-- The figures of the chosen areas that are not as they should be now, and why.
-- returns texts, "Value" float8 (in its unit)
-- reads pipeline_health
select area as "Area", metric as "Figure", label as "Of", value as "Value", unit as "Unit", detail as "Detail"
from pipeline_health
where area in ($area) and not is_healthy
order by area, metric, label
