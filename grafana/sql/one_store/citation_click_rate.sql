-- Share of conversations with a click on a citation among those with a knowledge retrieval.
-- returns "Citation clicks" float8 (0 to 1, null without retrievals)
-- reads conversation_metrics_15m
select sum(conversations_with_retrieval_and_click)::float8 / nullif(sum(conversations_with_retrieval), 0)
           as "Citation clicks"
from conversation_metrics_15m
where store_id = '$store' and bucket >= $__timeFrom() and bucket < $__timeTo()
