//! Pictures of the demo for the documentation; `scripts/screenshots` makes them.

use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::browser::Look;
use super::demo;
use super::pages::of_store;

const WIDTH: u32 = 1280;
/// Of a page that is longer, the rest is left out.
const MOST_HEIGHT: u64 = 1800;

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
#[ignore = "writes into docs/images"]
async fn screenshots() {
    let folder = std::env::var("SCREENSHOTS").expect("SCREENSHOTS is not set; run `scripts/screenshots`");
    let site = demo::site().await;
    let shop = demo::shop(&site, "en-IN").await;
    let browser = site.visit(&shop.key).await;
    let light = |width| Look { width, theme: "light" };
    let mut pictures: Vec<(String, String, Look)> =
        of_store(&site, &shop).into_iter().map(|page| (page.name.to_owned(), page.path, light(WIDTH))).collect();
    pictures.push(("overview-dark".into(), "/".into(), Look { width: WIDTH, theme: "dark" }));
    pictures.push(("overview-narrow".into(), "/".into(), light(360)));
    for (name, path, look) in pictures {
        browser.look(look).await;
        browser.goto(&path).await;
        let height = browser.run("return document.documentElement.scrollHeight", &[]).await.as_u64().unwrap();
        let height = u32::try_from(height.min(MOST_HEIGHT)).unwrap();
        let picture = STANDARD.decode(browser.picture(look.width, height).await).unwrap();
        std::fs::write(Path::new(&folder).join(format!("{name}.png")), picture).unwrap();
    }
}
