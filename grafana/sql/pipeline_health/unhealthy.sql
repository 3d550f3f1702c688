-- How many figures of the chosen areas are not as they should be now.
-- returns "Unhealthy" bigint
-- reads pipeline_health
select count(*) as "Unhealthy"
from pipeline_health
where area in ($area) and not is_healthy
