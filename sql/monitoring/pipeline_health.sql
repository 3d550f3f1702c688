-- The figures of the pipeline, as of now.
-- returns area text, metric text, label text (empty where there is one only), value float8 (null if not known yet),
-- unit text, is_healthy boolean (null without right and wrong), detail text
-- reads pipeline_health
select area, metric, label, value, unit, is_healthy, detail
from pipeline_health
order by area, metric, label
