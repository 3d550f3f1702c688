-- All figures of the chosen areas as they are now.
-- returns texts, "Value" float8 (in its unit), "Healthy" boolean
-- reads pipeline_health
select area as "Area", metric as "Figure", label as "Of", value as "Value", unit as "Unit", is_healthy as "Healthy",
       detail as "Detail"
from pipeline_health
where area in ($area)
order by area, metric, label
