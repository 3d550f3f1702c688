//! A body that shows the id of its request, which only the frame knows.

use std::sync::Arc;

/// Among the extensions of a response, makes its body once the id is known.
#[derive(Clone)]
pub struct BodyWithId(pub Arc<dyn Fn(&str) -> String + Send + Sync>);
