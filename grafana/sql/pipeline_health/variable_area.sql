-- The areas of the pipeline that are measured.
-- returns __text text, __value text
-- reads pipeline_health
select distinct area as __text, area as __value
from pipeline_health
order by area
