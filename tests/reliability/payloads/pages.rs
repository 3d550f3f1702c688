//! What was kept, on the pages of the dashboard: as text, and never as markup.

use chrono::{Days, Utc};
use uuid::Uuid;

use super::list::payloads;
use crate::dashboard::{get, sign_in};
use crate::http::openapi::requests::Filled;
use crate::support::http::Answer;
use crate::support::reliability::planned;

/// Elements that pages are made of; a payload brings others.
const FOREIGN: [&str; 6] = ["img", "iframe", "object", "embed", "base", "style"];

/// Looks at the pages that show texts; their number.
pub async fn show_texts(filled: &Filled, conversations: &[(Uuid, String)]) -> usize {
    let cookie = sign_in(filled.app(), filled.admin()).await;
    let store = format!("store_id={}", filled.store_id());
    let today = Utc::now().date_naive();
    let dates = format!("start_date={}&end_date={today}", today - Days::new(20));
    let mut pages = 0;
    for (id, text) in conversations.iter().step_by(conversations.len().div_ceil(planned(40, 2000))) {
        let page = get(filled.app(), &format!("/conversations/{id}?{store}"), &cookie).await;
        assert_eq!(page.status(), 200, "{text:?}: {}", page.text());
        // Within another value it stands as JSON has it.
        let json = serde_json::to_string(text).unwrap();
        let shown = texts(&page);
        assert!(shown.contains(text) || shown.contains(json.trim_matches('"')), "{text:?} is not on its page");
        pages += 1;
    }
    for path in ["/", "/quality", "/conversations", "/staffing", "/roi", "/pipeline", "/stores"] {
        let query = if ["/", "/quality", "/conversations"].contains(&path) { &*dates } else { "" };
        let page = get(filled.app(), &format!("{path}?{store}&{query}"), &cookie).await;
        assert_eq!(page.status(), if path == "/stores" { page.status() } else { 200 }, "{path}: {}", page.text());
        texts(&page);
        pages += 1;
    }
    for payload in payloads().iter().step_by(planned(9, 1)) {
        let Some(text) = payload.percent_encoded().filter(|text| text.len() < 20_000) else { continue };
        for path in [
            format!("/conversations?{store}&customer_id={text}"),
            format!("/sign-in?next={text}"),
            format!("/?{text}=1&{store}"),
        ] {
            let page = get(filled.app(), &path, &cookie).await;
            assert!(page.status() < 500, "{path}: {}", page.text());
            texts(&page);
            pages += 1;
        }
    }
    pages
}

/// The texts and attributes of a page as a browser reads them. Whatever is markup must be the server's own.
fn texts(page: &Answer) -> String {
    let mut rest = page.text();
    let mut texts = String::new();
    while let Some((text, markup)) = rest.split_once('<') {
        texts.push_str(&unescaped(text));
        let (tag, after) = until_end_of_tag(markup);
        let name: String = tag.chars().take_while(|letter| !letter.is_whitespace()).collect();
        assert!(!FOREIGN.contains(&&*name), "<{tag}");
        assert!(name != "script" || tag.starts_with("script src=\"/assets/"), "<{tag}");
        assert!(
            !tag.contains(" on") || tag.split(" on").skip(1).all(|rest| !rest.contains('=') || is_quoted(tag, rest)),
            "<{tag}"
        );
        texts.push_str(&unescaped(tag));
        texts.push('\n');
        rest = after;
    }
    texts + &unescaped(rest)
}

/// The tag, whose end is no `>` within quotes, and what follows.
fn until_end_of_tag(markup: &str) -> (&str, &str) {
    let mut is_quoted = false;
    let end = markup.find(|letter| {
        is_quoted ^= letter == '"';
        letter == '>' && !is_quoted
    });
    let end = end.unwrap_or_else(|| panic!("a tag without an end: {markup:.80}"));
    (&markup[..end], &markup[end + 1..])
}

/// Whether what ends with `rest` begins within quotes.
fn is_quoted(tag: &str, rest: &str) -> bool {
    tag[..tag.len() - rest.len()].matches('"').count() % 2 == 1
}

fn unescaped(text: &str) -> String {
    text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&amp;", "&")
}
