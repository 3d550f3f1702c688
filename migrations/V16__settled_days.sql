-- What has long been over, by local day: sums, and the sets behind distinct customers and percentiles.

create table settled_days (
    store_id uuid not null,
    from_at timestamptz not null,
    to_at timestamptz not null,
    has_sets boolean not null,
    unique_customers bigint not null,
    first_response_percentiles_us float8[],
    total_conversations bigint not null,
    resolved_conversations bigint not null,
    escalated_conversations bigint not null,
    abandoned_conversations bigint not null,
    open_conversations bigint not null,
    ai_resolved_conversations bigint not null,
    reopened_conversations bigint not null,
    messages_sent bigint not null,
    messages_received bigint not null,
    response_us bigint not null,
    response_count bigint not null,
    first_response_us bigint not null,
    first_response_count bigint not null,
    resolution_us bigint not null,
    csat_responses bigint not null,
    satisfied_responses bigint not null,
    knowledge_retrievals bigint not null,
    citations_clicked bigint not null,
    conversations_with_retrieval bigint not null,
    conversations_with_retrieval_and_click bigint not null,
    primary key (store_id, from_at),
    check (from_at < to_at)
);
comment on table settled_days is 'The conversations of a store that started on a local day that ended 48 hours ago or more, as of the last refresh_rollups. Exact unless rollup_pending names a bucket of the day. Days may be missing; they never overlap.';
comment on column settled_days.store_id is 'Store.';
comment on column settled_days.from_at is 'First instant of the day.';
comment on column settled_days.to_at is 'First instant of the next day.';
comment on column settled_days.has_sets is 'Whether settled_customers and settled_first_responses hold the day: days with many conversations only, because the others are read from conversations as fast.';
comment on column settled_days.unique_customers is 'Distinct customers.';
comment on column settled_days.first_response_percentiles_us is 'The median and the 95th percentile of first response times, in microseconds; null if nothing was answered.';
comment on column settled_days.total_conversations is 'Conversations that started on the day.';
comment on column settled_days.resolved_conversations is 'Those with outcome resolved.';
comment on column settled_days.escalated_conversations is 'Those with outcome escalated.';
comment on column settled_days.abandoned_conversations is 'Those with outcome abandoned.';
comment on column settled_days.open_conversations is 'Those with outcome open.';
comment on column settled_days.ai_resolved_conversations is 'Resolved, never escalated, no human message.';
comment on column settled_days.reopened_conversations is 'Reopened at least once.';
comment on column settled_days.messages_sent is 'Messages by the AI or a human agent.';
comment on column settled_days.messages_received is 'Messages by customers.';
comment on column settled_days.response_us is 'Sum of response times, in microseconds.';
comment on column settled_days.response_count is 'Answers in response_us.';
comment on column settled_days.first_response_us is 'Sum of first response times, in microseconds.';
comment on column settled_days.first_response_count is 'Conversations in first_response_us.';
comment on column settled_days.resolution_us is 'Sum of the time from start to outcome of resolved conversations, in microseconds.';
comment on column settled_days.csat_responses is 'Conversations with a rating.';
comment on column settled_days.satisfied_responses is 'Conversations rated 4 or 5.';
comment on column settled_days.knowledge_retrievals is 'knowledge_retrieved events.';
comment on column settled_days.citations_clicked is 'citation_clicked events.';
comment on column settled_days.conversations_with_retrieval is 'Conversations with a retrieval.';
comment on column settled_days.conversations_with_retrieval_and_click is 'Conversations with a retrieval and a click.';

create table customer_numbers (
    store_id uuid not null,
    number integer not null check (number >= 0),
    customer_id text collate "C" not null,
    primary key (store_id, number),
    unique (store_id, customer_id) include (number)
);
comment on table customer_numbers is 'Numbers of the customers of a store, without gaps from 0 as they are given, so that a set of customers is a string of bits.';
comment on column customer_numbers.store_id is 'Store.';
comment on column customer_numbers.number is 'Number of the customer, for ever.';
comment on column customer_numbers.customer_id is 'Customer, as in conversations; the token after an erasure.';

create table settled_customers (
    store_id uuid not null,
    from_at timestamptz not null,
    block integer not null,
    customers bit(2048) not null,
    primary key (store_id, from_at, block)
);
comment on table settled_customers is 'The customers of a settled day: bit n of block b stands for the number b * 2048 + n.';
comment on column settled_customers.store_id is 'Store.';
comment on column settled_customers.from_at is 'First instant of the day, as in settled_days.';
comment on column settled_customers.block is 'Which 2,048 numbers the bits stand for, from 0.';
comment on column settled_customers.customers is 'One bit for each number.';

create table settled_first_responses (
    store_id uuid not null,
    from_at timestamptz not null,
    bin integer not null,
    responses integer not null,
    first_responses_us bigint[] not null,
    primary key (store_id, from_at, bin)
);
comment on table settled_first_responses is 'The first response times of a settled day, by size, so that a percentile needs to sort only those near it.';
comment on column settled_first_responses.store_id is 'Store.';
comment on column settled_first_responses.from_at is 'First instant of the day, as in settled_days.';
comment on column settled_first_responses.bin is 'Which sizes: first_response_bin of each.';
comment on column settled_first_responses.responses is 'How many there are.';
comment on column settled_first_responses.first_responses_us is 'Each of them, in microseconds, in no order.';

alter table rollup_progress add column days_settled_to timestamptz not null default '-infinity';
comment on column rollup_progress.days_settled_to is 'Local days that ended by this instant have been written to settled_days.';
