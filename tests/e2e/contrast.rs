//! Every text can be told from what lies behind it, that of charts too.

use serde_json::json;

use super::pages::{assert_none, faults_everywhere};

/// Of 1.4.3 in WCAG 2.2, for text of any size.
const LEAST: f64 = 4.5;

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn text_has_enough_contrast() {
    let check = include_str!("scripts/contrast.js");
    assert_none(&faults_everywhere(async |browser| browser.faults(check, &[json!(LEAST)]).await).await);
}
