//! Events on their way into conversations.

mod concurrency;
