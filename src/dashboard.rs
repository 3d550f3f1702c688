//! The web dashboard: pages made on the server from the answers of the API, each number under the name of its field.

mod api;
pub(crate) mod assets;
mod charts;
mod conversation;
mod conversations;
mod days;
pub(crate) mod forms;
mod numbers;
mod overview;
mod page;
mod pipeline;
mod quality;
mod roi;
pub(crate) mod session;
mod shown;
pub(crate) mod sign_in;
mod staffing;
pub(crate) mod stores;
mod visit;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use uuid::Uuid;
use warp::http::HeaderMap;
use warp::path::FullPath;
use warp::reply::Response;

use crate::http::App;
use crate::http::coding::Coding;
use crate::http::problem::Problem;
use page::Content;
use session::SessionToken;
use visit::Visit;

/// The paths of the dashboard, with ids as `{name}`.
pub const PATHS: [&str; 13] = [
    "/",
    "/roi",
    "/roi/assumptions",
    "/quality",
    "/quality/gaps/{gap_id}",
    "/conversations",
    "/conversations/{conversation_id}",
    "/staffing",
    "/pipeline",
    "/stores",
    "/sign-in",
    "/sign-out",
    "/assets/{version}/{name}",
];

/// A page of a store.
#[derive(Clone, Copy, Debug)]
pub enum Page {
    Overview,
    Roi,
    Quality,
    Conversations,
    Conversation(Uuid),
    Staffing,
    Pipeline,
}

/// The handler of all pages of a store.
pub async fn show(page: Page, app: App, path: FullPath, headers: HeaderMap, query: String) -> Response {
    let visit = match Visit::begin(app, page.tab(), &headers, &query).await {
        Ok(Some(visit)) => visit,
        Ok(None) => return page::see_other("/stores"),
        Err(problem) => return visit::turned_away(problem, path.as_str(), &query),
    };
    let coding = Coding::accepted(&headers);
    let shown = page.content(&visit).await.and_then(|content| page::store_page(&visit, &content, coding));
    shown.unwrap_or_else(|problem| page::error_page(problem, true, &visit.link("/", &[])))
}

/// What a browser gets where there is no page.
pub async fn lost(headers: HeaderMap) -> Response {
    page::error_page(Problem::NotFound, SessionToken::of_cookie(&headers).is_some(), "/")
}

impl Page {
    /// The path of its tab in the navigation.
    fn tab(self) -> &'static str {
        match self {
            Self::Overview => "/",
            Self::Roi => "/roi",
            Self::Quality => "/quality",
            Self::Conversations | Self::Conversation(_) => "/conversations",
            Self::Staffing => "/staffing",
            Self::Pipeline => "/pipeline",
        }
    }

    /// Boxed, so that a request has no more on its stack than the page it is for.
    fn content(self, visit: &Visit) -> BoxFuture<'_, Result<Content, Problem>> {
        match self {
            Self::Overview => overview::content(visit).boxed(),
            Self::Roi => roi::content(visit).boxed(),
            Self::Quality => quality::content(visit).boxed(),
            Self::Conversations => conversations::content(visit).boxed(),
            Self::Conversation(id) => conversation::content(visit, id).boxed(),
            Self::Staffing => staffing::content(visit).boxed(),
            Self::Pipeline => pipeline::content(visit).boxed(),
        }
    }
}
