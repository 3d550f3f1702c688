//! axe-core finds nothing serious on any page.

use super::pages::{assert_none, faults_everywhere};

const RUN: &str = "
    const found = await axe.run(document, { resultTypes: ['violations'] });
    const grave = found.violations.filter(one => ['serious', 'critical'].includes(one.impact));
    const faults = grave.map(one => `${one.id} (${one.impact}): ${one.nodes.length} times, ${one.nodes[0].html.slice(0, 120)}`);
    return found.passes.length ? faults : ['axe has looked at nothing'];";

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn axe_finds_no_serious_or_critical_violation() {
    let path = std::env::var("AXE_CORE").expect("AXE_CORE is not set; run these tests by `make e2e`");
    let axe = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    let faults = faults_everywhere(async |browser| {
        if browser.run("return typeof axe === 'undefined'", &[]).await == true {
            browser.run(&axe, &[]).await;
        }
        browser.faults(RUN, &[]).await
    })
    .await;
    assert_none(&faults);
}
