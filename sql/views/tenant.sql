-- The rows of one store: each view shows what belongs to the store named by the transaction's colloquy.store_id,
-- and nothing when it is unset. Columns as in the relation of the same name in schema analytics.
-- Barriers, so that no condition of a query runs on another store's rows.
create or replace view tenant.stores with (security_barrier) as
select store_id, name, timezone, locale, currency, abandon_after, gap_confidence_threshold, created_at, archived_at,
       allowed_origins
from analytics.stores
where store_id = nullif(current_setting('colloquy.store_id', true), '')::uuid;
comment on view tenant.stores is 'analytics.stores, the store of colloquy.store_id only.';

create or replace view tenant.roi_assumptions with (security_barrier) as
select store_id, valid_from, avg_human_agent_cost_per_hour, avg_conversation_time_minutes, ai_cost_per_conversation
from analytics.roi_assumptions
where store_id = nullif(current_setting('colloquy.store_id', true), '')::uuid;
comment on view tenant.roi_assumptions is 'analytics.roi_assumptions, the store of colloquy.store_id only.';

create or replace view tenant.content_gaps with (security_barrier) as
select gap_id, store_id, topic, frequency, confidence_threshold, has_own_threshold, best_confidence, example_questions,
       status, first_seen_at, last_seen_at, resolved_at, reopened_count, created_at, updated_at
from analytics.content_gaps
where store_id = nullif(current_setting('colloquy.store_id', true), '')::uuid;
comment on view tenant.content_gaps is 'analytics.content_gaps, the store of colloquy.store_id only.';

create or replace view tenant.content_gap_changes with (security_barrier) as
select change_id, gap_id, store_id, changed_at, from_status, to_status, changed_by
from analytics.content_gap_changes
where store_id = nullif(current_setting('colloquy.store_id', true), '')::uuid;
comment on view tenant.content_gap_changes is 'analytics.content_gap_changes, the store of colloquy.store_id only.';

create or replace view tenant.conversations with (security_barrier) as
select store_id, conversation_id, started_at, last_event_at, customer_id, channel, language, outcome, outcome_at,
       ai_resolved, reopened_at, messages_sent, messages_received, response_us, response_count, first_response_us,
       rating, knowledge_retrievals, citations_clicked, event_count, human_messages_sent, contact_windows, topics
from analytics.conversations
where store_id = nullif(current_setting('colloquy.store_id', true), '')::uuid;
comment on view tenant.conversations is 'analytics.conversations, the store of colloquy.store_id only.';

create or replace view tenant.conversation_events with (security_barrier) as
select store_id, conversation_id, event_id, event_type, customer_id, response_us, event_data, created_at, received_at
from analytics.conversation_events
where store_id = nullif(current_setting('colloquy.store_id', true), '')::uuid;
comment on view tenant.conversation_events is 'analytics.conversation_events, the store of colloquy.store_id only.';

create or replace view tenant.conversation_measures with (security_barrier) as
select *
from analytics.conversation_measures
where store_id = nullif(current_setting('colloquy.store_id', true), '')::uuid;
comment on view tenant.conversation_measures is 'analytics.conversation_measures, the store of colloquy.store_id only.';

create or replace view tenant.conversation_metrics_15m with (security_barrier) as
select *
from analytics.conversation_metrics_15m
where store_id = nullif(current_setting('colloquy.store_id', true), '')::uuid;
comment on view tenant.conversation_metrics_15m is 'analytics.conversation_metrics_15m, the store of colloquy.store_id only.';

create or replace view tenant.conversation_metrics_15m_settled with (security_barrier) as
select *
from analytics.conversation_metrics_15m_settled
where store_id = nullif(current_setting('colloquy.store_id', true), '')::uuid;
comment on view tenant.conversation_metrics_15m_settled is 'analytics.conversation_metrics_15m_settled, the store of colloquy.store_id only.';

create or replace view tenant.rollup_pending with (security_barrier) as
select id, store_id, bucket
from analytics.rollup_pending
where store_id = nullif(current_setting('colloquy.store_id', true), '')::uuid;
comment on view tenant.rollup_pending is 'analytics.rollup_pending, the store of colloquy.store_id only.';

create or replace view tenant.settled_days with (security_barrier) as
select *
from analytics.settled_days
where store_id = nullif(current_setting('colloquy.store_id', true), '')::uuid;
comment on view tenant.settled_days is 'analytics.settled_days, the store of colloquy.store_id only.';

create or replace view tenant.settled_customers with (security_barrier) as
select store_id, from_at, block, customers
from analytics.settled_customers
where store_id = nullif(current_setting('colloquy.store_id', true), '')::uuid;
comment on view tenant.settled_customers is 'analytics.settled_customers, the store of colloquy.store_id only.';

create or replace view tenant.settled_first_responses with (security_barrier) as
select store_id, from_at, bin, responses, first_responses_us
from analytics.settled_first_responses
where store_id = nullif(current_setting('colloquy.store_id', true), '')::uuid;
comment on view tenant.settled_first_responses is 'analytics.settled_first_responses, the store of colloquy.store_id only.';

create or replace view tenant.settled_contacts with (security_barrier) as
select store_id, from_at, customer_id, contact_windows
from analytics.settled_contacts
where store_id = nullif(current_setting('colloquy.store_id', true), '')::uuid;
comment on view tenant.settled_contacts is 'analytics.settled_contacts, the store of colloquy.store_id only.';

create or replace view tenant.settled_topics with (security_barrier) as
select store_id, from_at, to_at, topics
from analytics.settled_topics
where store_id = nullif(current_setting('colloquy.store_id', true), '')::uuid;
comment on view tenant.settled_topics is 'analytics.settled_topics, the store of colloquy.store_id only.';

create or replace view tenant.customer_numbers with (security_barrier) as
select store_id, number, customer_id
from analytics.customer_numbers
where store_id = nullif(current_setting('colloquy.store_id', true), '')::uuid;
comment on view tenant.customer_numbers is 'analytics.customer_numbers, the store of colloquy.store_id only.';

create or replace view tenant.daily_metrics with (security_barrier) as
select *
from analytics.daily_metrics
where store_id = nullif(current_setting('colloquy.store_id', true), '')::uuid;
comment on view tenant.daily_metrics is 'analytics.daily_metrics, the store of colloquy.store_id only.';

create or replace view tenant.weekly_metrics with (security_barrier) as
select *
from analytics.weekly_metrics
where store_id = nullif(current_setting('colloquy.store_id', true), '')::uuid;
comment on view tenant.weekly_metrics is 'analytics.weekly_metrics, the store of colloquy.store_id only.';

create or replace view tenant.monthly_metrics with (security_barrier) as
select *
from analytics.monthly_metrics
where store_id = nullif(current_setting('colloquy.store_id', true), '')::uuid;
comment on view tenant.monthly_metrics is 'analytics.monthly_metrics, the store of colloquy.store_id only.';

create or replace view tenant.conversation_quality_scores with (security_barrier) as
select score_id, conversation_id, store_id, overall_score, helpfulness_score, accuracy_score, politeness_score, scored_at
from analytics.conversation_quality_scores
where store_id = nullif(current_setting('colloquy.store_id', true), '')::uuid;
comment on view tenant.conversation_quality_scores is 'analytics.conversation_quality_scores, the store of colloquy.store_id only.';

create or replace view tenant.conversation_weeks with (security_barrier) as
select store_id, conversation_id, week_at
from analytics.conversation_weeks
where store_id = nullif(current_setting('colloquy.store_id', true), '')::uuid;
comment on view tenant.conversation_weeks is 'analytics.conversation_weeks, the store of colloquy.store_id only.';

create or replace view tenant.ingest_rejections with (security_barrier) as
select rejection_id, store_id, rejected_at, code, field, detail, event_index, payload, events
from analytics.ingest_rejections
where store_id = nullif(current_setting('colloquy.store_id', true), '')::uuid;
comment on view tenant.ingest_rejections is 'analytics.ingest_rejections, the store of colloquy.store_id only.';
