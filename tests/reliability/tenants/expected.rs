//! What a request must be answered, by DESIGN §5: no key 401, wrong scope or another store 403, another tenant's row 404.

use super::keys::Kind;
use super::places::{Place, Whose};
use super::routes::{Route, is_public};

/// What an answer may be.
#[derive(Debug, PartialEq, Eq)]
pub enum Expected {
    /// Status and code.
    Refused(u16, &'static str),
    /// A status, whatever its code.
    Status(u16),
    /// Anything but a refusal of the key and a failure.
    Taken,
}

/// The table.
pub fn expected(route: &Route, kind: Kind, at: Option<(&Place, Whose)>) -> Expected {
    let foreign = at.filter(|(_, whose)| *whose != Whose::Own).map(|(place, _)| place);
    if route.is_page {
        return of_page(route, kind, foreign);
    }
    let Some(scope) = route.scope.as_deref() else {
        // Of a page that no store lists.
        let is_preflight = route.method == "OPTIONS";
        return if is_preflight { Expected::Refused(403, "origin_not_allowed") } else { Expected::Taken };
    };
    let is_reading = scope == "read" && ["GET", "HEAD"].contains(&route.method.as_str());
    if kind.is_session() && !is_reading {
        return Expected::Refused(401, "missing_key");
    }
    if let Some(code) = kind.refusal() {
        return Expected::Refused(401, code);
    }
    if !kind.has(scope) {
        return Expected::Refused(403, "missing_scope");
    }
    let names_store = foreign.is_some_and(|place| *place == Place::Query("store_id".into()));
    if kind == Kind::Admin && route.takes("store_id") && needs_store(route) {
        return Expected::Refused(400, "missing_parameter");
    }
    match foreign {
        Some(_) if names_store => Expected::Refused(403, "foreign_store"),
        Some(Place::Path(_)) => Expected::Status(404),
        Some(Place::Query(name)) if name == "cursor" => Expected::Refused(400, "invalid_cursor"),
        Some(Place::Body(name)) if name == "store_id" && route.path.ends_with("/events") => {
            Expected::Refused(422, "no_valid_event")
        }
        Some(Place::Body(name)) if route.path.ends_with("/quality-scores") && name != "customer_id" => {
            Expected::Refused(422, "no_valid_score")
        }
        _ => Expected::Taken,
    }
}

/// Whether the query of an admin must name the store: not where bodies do, nor where an admin asks about all stores.
fn needs_store(route: &Route) -> bool {
    !["/events", "/quality-scores", "/reconciliation", "/admin-actions"].iter().any(|path| route.path.ends_with(path))
}

fn of_page(route: &Route, kind: Kind, foreign: Option<&Place>) -> Expected {
    if is_public(&route.path) {
        return match (route.method.as_str(), route.path.as_str()) {
            ("POST", "/sign-in") => Expected::Status(401),
            ("POST", _) => Expected::Status(303),
            (_, "/sign-in") => Expected::Status(200),
            _ => Expected::Status(404),
        };
    }
    match foreign {
        // Without a session to where one signs in; who has a store does not choose one.
        _ if !kind.is_session() || route.path == "/stores" => Expected::Status(303),
        Some(Place::Query(name)) if name == "store_id" => Expected::Status(403),
        Some(Place::Query(name)) if name == "cursor" => Expected::Status(400),
        Some(Place::Path(_)) => Expected::Status(404),
        _ => Expected::Taken,
    }
}
