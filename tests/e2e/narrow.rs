//! Pages fit the window: nobody has to scroll sideways.

use super::pages::{assert_none, faults_everywhere};

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn no_page_scrolls_sideways() {
    let check = "
        const width = document.scrollingElement.scrollWidth;
        if (width <= innerWidth) return [];
        const wide = [...document.querySelectorAll('body *')].filter(one => one.getBoundingClientRect().right > innerWidth + 1);
        return [`${width} px wide: ${wide.slice(0, 3).map(one => one.outerHTML.slice(0, 80)).join(' | ')}`];";
    assert_none(&faults_everywhere(async |browser| browser.faults(check, &[]).await).await);
}

/// Of 2.5.8 in WCAG 2.2: 24 px, or as much room around it; links in sentences are exempt.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn controls_are_large_enough_for_a_finger() {
    let check = "
        if (innerWidth > 360) return [];
        const controls = document.querySelectorAll('button, input:not([type=hidden]), select, summary, nav a');
        const small = [...controls].filter(one => one.checkVisibility()).filter(one => {
            const box = one.getBoundingClientRect();
            return box.height < 24 || box.width < 24;
        });
        return small.map(one => `too small: ${one.outerHTML.slice(0, 80)}`);";
    assert_none(&faults_everywhere(async |browser| browser.faults(check, &[]).await).await);
}
