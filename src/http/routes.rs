//! Every URL on one page.

use std::convert::Infallible;

use uuid::Uuid;
use warp::filters::BoxedFilter;
use warp::filters::header::headers_cloned;
use warp::http::header::ACCEPT;
use warp::http::{HeaderMap, Method};
use warp::path::{FullPath, full, path};
use warp::reject::{self, Rejection};
use warp::reply::{Reply, Response};
use warp::{Filter, path as url};

use super::auth::{Scope, admin, admin_of_tenant, caller, tenant};
use super::body::{content_type, fields, forgotten, form, json, received};
use super::method::{delete, get, options, patch, post};
use super::parameters::{Parameters, parameters, raw_query, tenant_parameters};
use super::{App, cors, frame, health, openapi, problem};
use crate::dashboard::{self, Page};
use crate::{
    analytics, audit, conversations, customers, events, gaps, keys, monitoring, quality, recalculation, reconciliation,
    stores,
};

type Routes = BoxedFilter<(Response,)>;

/// All URLs, with the frame around them.
pub fn routes(app: App) -> impl Filter<Extract = (impl Reply,), Error = Infallible> + Clone + Send + Sync + 'static {
    let api = path("api").and(path("v1"));
    let data = ingest(&app).or(analytics(&app)).unify().or(conversations(&app)).unify().or(gaps(&app)).unify();
    let areas = data.or(store(&app)).unify().or(stores_of_admins(&app)).unify().or(keys_of_admins(&app)).unify();
    let areas = areas.or(repair_of_admins(&app)).unify().or(audit_of_admins(&app)).unify();
    let areas = areas.or(customers_of_admins(&app)).unify();
    let all = routes_without_key(&app).or(api.and(areas)).unify().or(pages(&app)).unify().or(lost()).unify().boxed();
    frame::framed(app, all)
}

fn routes_without_key(app: &App) -> Routes {
    let live = url!("health" / "live").and(get()).then(health::live);
    let ready = url!("health" / "ready").and(get()).and(with(app)).then(health::ready);
    let document = url!("openapi.json").and(get()).then(openapi::document);
    let metrics = url!("metrics").and(get()).and(with(app)).then(monitoring::metrics::metrics);
    live.or(ready).or(document).or(metrics).map(Reply::into_response).boxed()
}

fn ingest(app: &App) -> Routes {
    let is_dry_run = tenant_parameters()
        .and_then(|parameters| async { events::ingest::is_dry_run(parameters).map_err(reject::custom) });
    let has_room = with(app).and_then(events::ingest::has_room).untuple_one();
    let request =
        has_room.and(with(app)).and(caller(app, Scope::Ingest)).and(is_dry_run).and(content_type()).and(received(app));
    // Answered here whatever happens, so that a page can be let read every answer.
    let answered = request
        .then(events::ingest::ingest)
        .recover(|rejection: Rejection| async move { Ok::<_, Infallible>(problem::of_rejection(&rejection)) });
    let answered = with(app).and(headers_cloned()).and(answered.map(Reply::into_response)).and(forgotten(app));
    let read = || get().and(with(app)).and(tenant(app, Scope::Read)).and(tenant_parameters()).and(headers_cloned());
    let rejections = url!("ingest" / "rejections").and(read());
    let status = url!("ingest" / "status").and(read());
    let post_events = url!("events").and(post()).and(answered).then(cors::readable);
    let preflight = url!("events").and(options()).and(with(app)).and(headers_cloned()).then(cors::preflight);
    let post_scores =
        url!("quality-scores").and(post()).and(with(app)).and(caller(app, Scope::Ingest)).and(no_tenant_parameters());
    post_events
        .or(preflight)
        .or(post_scores.and(json(app)).then(quality::scores::store))
        .or(rejections.then(events::rejections::rejections))
        .or(status.then(events::status::status))
        .map(Reply::into_response)
        .boxed()
}

fn analytics(app: &App) -> Routes {
    let read = || get().and(with(app)).and(tenant(app, Scope::Read)).and(tenant_parameters());
    let dashboard = url!("analytics" / "dashboard").and(read()).and(headers_cloned());
    let metrics = url!("analytics" / "metrics").and(read()).and(headers_cloned());
    let trends = url!("analytics" / "conversations" / "trends").and(read()).and(headers_cloned());
    let breakdown = url!("analytics" / "breakdown").and(read()).and(headers_cloned());
    let roi = url!("analytics" / "roi").and(read()).and(headers_cloned());
    let quality = url!("analytics" / "quality").and(read()).and(headers_cloned());
    let performance = url!("analytics" / "performance").and(read()).and(headers_cloned());
    let export = url!("analytics" / "export").and(read()).and(headers_cloned());
    let live = url!("analytics" / "live").and(read());
    dashboard
        .then(analytics::dashboard::dashboard)
        .or(metrics.then(analytics::metrics::metrics))
        .or(trends.then(analytics::trends::trends))
        .or(breakdown.then(analytics::breakdown::breakdown))
        .or(roi.then(analytics::roi::roi))
        .or(quality.then(analytics::quality::quality))
        .or(performance.then(analytics::performance::performance))
        .or(export.then(analytics::export::export))
        .or(live.then(analytics::live::live))
        .map(Reply::into_response)
        .boxed()
}

fn conversations(app: &App) -> Routes {
    let read = || get().and(with(app)).and(tenant(app, Scope::Read)).and(tenant_parameters()).and(headers_cloned());
    let list = url!("conversations").and(read());
    let show = url!("conversations" / Uuid).and(read());
    list.then(conversations::list::list).or(show.then(conversations::show::show)).map(Reply::into_response).boxed()
}

fn gaps(app: &App) -> Routes {
    let read = || get().and(with(app)).and(tenant(app, Scope::Read));
    let manage = || with(app).and(tenant(app, Scope::Manage)).and(no_tenant_parameters()).and(fields(app));
    let list = url!("content-gaps").and(read()).and(tenant_parameters()).and(headers_cloned());
    let show = url!("content-gaps" / Uuid).and(read()).and(tenant_parameters()).and(headers_cloned());
    let create = url!("content-gaps").and(post()).and(manage());
    let change = url!("content-gaps" / Uuid).and(patch()).and(manage());
    list.then(gaps::list::list)
        .or(create.then(gaps::create::create))
        .or(show.then(gaps::show::show))
        .or(change.then(gaps::change::change))
        .map(Reply::into_response)
        .boxed()
}

fn store(app: &App) -> Routes {
    let show = url!("store").and(get()).and(with(app)).and(tenant(app, Scope::Read)).and(no_tenant_parameters());
    let change = url!("store").and(patch()).and(with(app)).and(tenant(app, Scope::Manage)).and(no_tenant_parameters());
    let roi = || url!("store" / "roi-assumptions");
    let list_roi = roi().and(get()).and(with(app)).and(tenant(app, Scope::Read)).and(tenant_parameters());
    let set_roi = roi().and(post()).and(with(app)).and(tenant(app, Scope::Manage)).and(no_tenant_parameters());
    show.then(stores::show::of_tenant)
        .or(change.and(fields(app)).then(stores::change::by_tenant))
        .or(list_roi.then(stores::roi_assumptions::list))
        .or(set_roi.and(fields(app)).then(stores::roi_assumptions::set))
        .map(Reply::into_response)
        .boxed()
}

fn stores_of_admins(app: &App) -> Routes {
    let list = url!("stores").and(get()).and(with(app)).and(admin(app)).and(parameters());
    let create = url!("stores").and(post()).and(with(app)).and(admin(app)).and(no_parameters());
    let show = url!("stores" / Uuid).and(get()).and(with(app)).and(admin(app)).and(no_parameters());
    let change = url!("stores" / Uuid).and(patch()).and(with(app)).and(admin(app)).and(no_parameters());
    list.then(stores::list::list)
        .or(create.and(fields(app)).then(stores::create::create))
        .or(show.then(stores::show::of_admin))
        .or(change.and(fields(app)).then(stores::change::by_admin))
        .map(Reply::into_response)
        .boxed()
}

fn keys_of_admins(app: &App) -> Routes {
    let list = url!("stores" / Uuid / "keys").and(get()).and(with(app)).and(admin(app)).and(no_parameters());
    let create = url!("stores" / Uuid / "keys").and(post()).and(with(app)).and(admin(app)).and(no_parameters());
    let revoke =
        url!("stores" / Uuid / "keys" / Uuid).and(delete()).and(with(app)).and(admin(app)).and(no_parameters());
    let rotate = url!("stores" / Uuid / "keys" / Uuid / "rotate").and(post());
    let rotate = rotate.and(with(app)).and(admin(app)).and(no_parameters()).and(fields(app));
    list.then(keys::list::of_store)
        .or(create.and(fields(app)).then(keys::create::for_store))
        .or(revoke.then(keys::revoke::of_store))
        .or(rotate.then(keys::rotate::of_store))
        .map(Reply::into_response)
        .boxed()
}

fn repair_of_admins(app: &App) -> Routes {
    let recalculate = url!("analytics" / "recalculate").and(post()).and(with(app)).and(admin(app)).and(no_parameters());
    let show = url!("analytics" / "recalculate" / Uuid).and(get()).and(with(app)).and(admin(app)).and(no_parameters());
    let reconcile = url!("analytics" / "reconciliation").and(get()).and(with(app)).and(admin(app)).and(parameters());
    recalculate
        .and(fields(app))
        .then(recalculation::request::request)
        .or(show.then(recalculation::show::show))
        .or(reconcile.and(headers_cloned()).then(reconciliation::show::show))
        .map(Reply::into_response)
        .boxed()
}

fn audit_of_admins(app: &App) -> Routes {
    let list = url!("admin-actions").and(get()).and(with(app)).and(admin(app)).and(parameters());
    list.and(headers_cloned()).then(audit::list::list).map(Reply::into_response).boxed()
}

fn customers_of_admins(app: &App) -> Routes {
    let erase =
        url!("customers" / String).and(delete()).and(with(app)).and(admin_of_tenant(app)).and(no_tenant_parameters());
    erase.then(customers::erase::erase).map(Reply::into_response).boxed()
}

fn pages(app: &App) -> Routes {
    let store_pages = url!().map(|| Page::Overview).or(url!("roi").map(|| Page::Roi)).unify();
    let store_pages = store_pages.or(url!("quality").map(|| Page::Quality)).unify();
    let store_pages = store_pages.or(url!("conversations").map(|| Page::Conversations)).unify();
    let store_pages = store_pages.or(url!("conversations" / Uuid).map(Page::Conversation)).unify();
    let store_pages = store_pages.or(url!("staffing").map(|| Page::Staffing)).unify();
    let store_pages = store_pages.or(url!("pipeline").map(|| Page::Pipeline)).unify();
    let show = store_pages.and(get()).and(with(app)).and(full()).and(headers_cloned()).and(raw_query());
    let stores = url!("stores").and(get()).and(with(app)).and(full()).and(headers_cloned()).and(raw_query());
    let sign_in_form = url!("sign-in").and(get()).and(raw_query());
    let sign_in = url!("sign-in").and(post()).and(with(app)).and(headers_cloned()).and(form(app));
    let sign_out = url!("sign-out").and(post()).and(with(app)).and(headers_cloned());
    let submitted = || post().and(with(app)).and(headers_cloned()).and(raw_query()).and(form(app));
    let change_gap = url!("quality" / "gaps" / Uuid).and(submitted());
    let set_roi = url!("roi" / "assumptions").and(submitted());
    let asset = url!("assets" / String / String).and(get());
    show.then(dashboard::show)
        .or(stores.then(dashboard::stores::choose))
        .or(sign_in_form.then(dashboard::sign_in::form))
        .or(sign_in.then(dashboard::sign_in::sign_in))
        .or(sign_out.then(dashboard::sign_in::sign_out))
        .or(change_gap.then(dashboard::forms::change_gap))
        .or(set_roi.then(dashboard::forms::set_roi_assumptions))
        .or(asset.then(dashboard::assets::asset))
        .map(Reply::into_response)
        .boxed()
}

/// People who lost their way get a page, programs a problem document.
fn lost() -> Routes {
    // Without the filter `get`, which would add its methods to those of the path.
    let asked = warp::method().and(full()).and(headers_cloned());
    let is_of_people = asked.and_then(|method: Method, path: FullPath, headers: HeaderMap| async move {
        let wanted = headers.get(ACCEPT).and_then(|accept| accept.to_str().ok()).unwrap_or_default();
        let is_page = wanted.contains("text/html") && !path.as_str().starts_with("/api/");
        if is_page && method == Method::GET { Ok(headers) } else { Err(reject::not_found()) }
    });
    is_of_people.then(dashboard::lost).boxed()
}

fn with(app: &App) -> impl Filter<Extract = (App,), Error = Infallible> + Clone + use<> {
    let app = app.clone();
    warp::any().map(move || app.clone())
}

fn no_parameters() -> impl Filter<Extract = (), Error = Rejection> + Clone {
    parameters().and_then(none).untuple_one()
}

fn no_tenant_parameters() -> impl Filter<Extract = (), Error = Rejection> + Clone {
    tenant_parameters().and_then(none).untuple_one()
}

async fn none(parameters: Parameters) -> Result<(), Rejection> {
    parameters.none().map_err(reject::custom)
}
