//! GET `/stores`: where an admin chooses the store to look at.

use maud::html;
use uuid::Uuid;
use warp::http::{HeaderMap, StatusCode};
use warp::path::FullPath;
use warp::reply::Response;

use super::page::{self, Content};
use super::visit;
use crate::database;
use crate::http::App;
use crate::http::auth::{self, Access};
use crate::http::fields::text;
use crate::http::parameters::Parameters;
use crate::http::problem::Problem;

const STORES: &str = include_str!("../../sql/dashboard/stores.sql");
/// More are found by searching.
const MOST: u8 = 100;

/// The handler.
pub async fn choose(app: App, path: FullPath, headers: HeaderMap, query: String) -> Response {
    let caller = match auth::visiting(&app, &headers, "").await {
        Ok((caller, _)) => caller,
        Err(problem) => return visit::turned_away(problem, path.as_str(), &query),
    };
    if !matches!(caller.access, Access::Admin) {
        return page::see_other("/");
    }
    match content(&app, &query).await {
        Ok(content) => page::plain_page(StatusCode::OK, &content, true),
        Err(problem) => page::error_page(problem, true, "/stores"),
    }
}

async fn content(app: &App, query: &str) -> Result<Content, Problem> {
    let mut parameters = Parameters::parse(query);
    let search = parameters.or("search", String::new(), text(0..=255));
    let search = parameters.finish(|| search)?;
    let rows = database::query(&app.pool, STORES, &[&search, &(i64::from(MOST) + 1)]).await?;
    let has_more = rows.len() > MOST.into();
    let stores = rows.iter().take(MOST.into()).map(|row| {
        let archived: Option<chrono::DateTime<chrono::Utc>> = row.try_get("archived_at")?;
        let (id, name, zone): (Uuid, String, String) =
            (row.try_get("store_id")?, row.try_get("name")?, row.try_get("timezone")?);
        Ok((id, name, zone, archived.is_some()))
    });
    let stores = stores.collect::<Result<Vec<_>, tokio_postgres::Error>>()?;
    let main = html! {
        h1 { "Choose a store" }
        form.bar method="get" action="/stores" role="search" {
            label for="search" { "Name or id" }
            input #search type="search" name="search" value=(search);
            button type="submit" { "Search" }
        }
        @if stores.is_empty() {
            p.nothing data-state="no-data" { "No store is like that." }
        }
        ul.stores {
            @for (id, name, zone, is_archived) in &stores {
                li data-given { a data-store=(id) href={ "/?store_id=" (id) } { (name) } " "
                    span.quiet { (zone) @if *is_archived { ", archived" } } }
            }
        }
        @if has_more { p.quiet data-given { "There are more; search for them." } }
    };
    Ok(Content { title: "Choose a store".into(), main })
}
