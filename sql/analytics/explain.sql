-- The sums behind the metrics of a range, for one store.
-- $1 store_id uuid | $2 from timestamptz, inclusive | $3 to timestamptz, exclusive
-- returns total_conversations bigint, resolved_conversations bigint, escalated_conversations bigint,
-- abandoned_conversations bigint, open_conversations bigint, ai_resolved_conversations bigint,
-- reopened_conversations bigint, total_messages bigint, unique_customers bigint, csat_responses bigint,
-- satisfied_responses bigint, knowledge_retrievals bigint, citations_clicked bigint, responses bigint,
-- response_us bigint (microseconds), answered_conversations bigint, first_response_us bigint (microseconds),
-- resolution_us bigint (microseconds), conversations_with_retrieval bigint,
-- conversations_with_retrieval_and_click bigint, conversations_with_click bigint, conversations_with_customer bigint
-- reads tenant.conversations, tenant.period_metrics
select total_conversations, resolved_conversations, escalated_conversations, abandoned_conversations,
       open_conversations, ai_resolved_conversations, reopened_conversations, total_messages, unique_customers,
       csat_responses, satisfied_responses, knowledge_retrievals, citations_clicked, responses, response_us,
       answered_conversations, first_response_us, resolution_us, conversations_with_retrieval,
       conversations_with_retrieval_and_click, conversations_with_click, conversations_with_customer
from tenant.period_metrics($1, $2, $3, array[$2::timestamptz])
-- What no metric is made of, but links lead to.
cross join (
    select count(*) filter (where citations_clicked > 0) as conversations_with_click,
           count(customer_id) as conversations_with_customer
    from tenant.conversations
    where store_id = $1 and started_at >= $2 and started_at < $3
) as linked
