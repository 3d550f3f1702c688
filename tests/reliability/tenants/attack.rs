//! What strangers try at a route, and what of the answers is a fault.

use std::collections::BTreeSet;

use super::answers::{Door, Seen};
use super::expected::{Expected, expected};
use super::keys::{Keys, Kind};
use super::places::{Place, Places, Query, Request, Whose};
use super::routes::{self, Route};
use crate::support::reliability::is_full;

/// What is asked, of whom, and what was found.
pub struct Attack<'a> {
    pub door: Door,
    pub places: Places<'a>,
    pub keys: &'a Keys,
    pub requests: usize,
    /// Routes that some key was answered well.
    pub answered: BTreeSet<String>,
    pub faults: Vec<String>,
}

impl Attack<'_> {
    /// All that a kind of key may try at a route.
    pub async fn route(&mut self, route: &Route, kind: Kind) {
        if kind == Kind::Session && route.path == "/sign-out" {
            return; // It would be over for the rest.
        }
        for request in self.places.request(route, None, kind == Kind::AdminOfOwn) {
            self.attempt(route, kind, None, &request).await;
        }
        for place in self.places.of(route) {
            if !is_full() && !kind.is_let_in(route) {
                continue; // Refused before anything is looked up, as its first request has shown.
            }
            let is_of_admins = ["store_id", "recalculation_id", "object_id", "search"].contains(&place.name())
                || route.scope.as_deref() == Some("admin") && place.name() == "cursor";
            if kind.is_admin() && is_of_admins {
                continue;
            }
            let names_store = kind == Kind::AdminOfOwn;
            let others = self.places.request(route, Some((&place, Whose::Other)), names_store);
            let nobodys = self.places.request(route, Some((&place, Whose::Nobody)), names_store);
            for (others, nobodys) in others.iter().zip(&nobodys) {
                let of_other = self.attempt(route, kind, Some((&place, Whose::Other)), others).await;
                let of_nobody = self.attempt(route, kind, Some((&place, Whose::Nobody)), nobodys).await;
                self.compare(route, kind, &place, &of_other, &of_nobody);
            }
        }
    }

    /// Every choice that a parameter has, and every pair of data set and format, with a key that may do all in its store.
    pub async fn choices(&mut self, route: &Route) {
        let all_formats = route.query.iter().filter(|one| one.name == "format").flat_map(|one| one.choices.clone());
        let all_formats: Vec<String> = all_formats.collect();
        for parameter in route.query.iter().filter(|parameter| is_full() || parameter.name == "dataset") {
            for choice in &parameter.choices {
                let mut formats = if parameter.name == "dataset" { all_formats.clone() } else { Vec::new() };
                formats.push(String::new());
                for format in formats {
                    let mut query = Query::of(route);
                    query.set(&parameter.name, choice.clone());
                    if !format.is_empty() {
                        query.set("format", format);
                    }
                    for request in self.places.request(route, None, false) {
                        let path = request.url.split('?').next().unwrap();
                        let request = Request { url: query.on(path), ..request.clone() };
                        self.attempt(route, Kind::All, None, &request).await;
                    }
                }
            }
        }
    }

    async fn attempt(&mut self, route: &Route, kind: Kind, at: Option<(&Place, Whose)>, request: &Request) -> Seen {
        let seen = self.door.ask(request, self.keys.get(kind), route.is_endless).await;
        self.requests += 1;
        let expected = expected(route, kind, at);
        let is_as_expected = match &expected {
            Expected::Refused(status, _) | Expected::Status(status) if *status != seen.status => false,
            Expected::Refused(_, code) => seen.code() == *code || route.method == "HEAD",
            Expected::Status(_) => true,
            Expected::Taken => ![401, 403].contains(&seen.status) && seen.status < 500,
        };
        let told = format!("{kind:?}: {} {} {at:?}", request.method, request.url);
        if !is_as_expected {
            self.faults.push(format!(
                "{told}: {} {} instead of {expected:?}: {}",
                seen.status,
                seen.code(),
                start(&seen.body)
            ));
        }
        if [200, 201, 202, 204, 207, 303].contains(&seen.status) {
            self.answered.insert(route.name());
        }
        for text in seen.shown(&self.forbidden(route, kind), request) {
            self.faults.push(format!("{told}: shows {text}"));
        }
        seen
    }

    /// What an answer may not show: nothing of the other store, and of the own one only to who has a key of it.
    fn forbidden(&self, route: &Route, kind: Kind) -> BTreeSet<String> {
        let (own, other) = (&self.places.planted.own.texts, &self.places.planted.other.texts);
        let is_of_admins = kind.is_admin() && route.scope.as_deref() == Some("admin");
        if is_of_admins {
            BTreeSet::new()
        } else if kind.refusal().is_some() || route.scope.is_none() && !route.is_page {
            own | other
        } else {
            other.clone()
        }
    }

    fn compare(&mut self, route: &Route, kind: Kind, place: &Place, of_other: &Seen, of_nobody: &Seen) {
        let value = |whose| self.places.value(route, place, whose).unwrap();
        let shapes = (of_other.shape(&value(Whose::Other)), of_nobody.shape(&value(Whose::Nobody)));
        if shapes.0 != shapes.1 {
            let told =
                format!("{kind:?}: {} {place:?}: another store's is answered otherwise than nobody's", route.name());
            self.faults.push(format!("{told}:\n{}", difference(&shapes.0, &shapes.1)));
        }
    }

    /// Who may see the other store sees its texts on every route that reads, so a leak would not go unseen.
    pub async fn prove_that_leaks_would_be_seen(&mut self, routes: &[Route]) {
        let texts = &self.places.planted.other.texts;
        for route in routes.iter().filter(|route| route.method == "GET") {
            let kind = if route.is_page { Kind::SessionOfOther } else { Kind::AllOfOther };
            let is_of_store =
                route.scope.as_deref() == Some("read") || route.is_page && !routes::is_public(&route.path);
            if !is_of_store || route.path == "/stores" {
                continue;
            }
            let at = route.path_ids().first().cloned().map(Place::Path);
            let request = self.places.request(route, at.as_ref().map(|at| (at, Whose::Other)), false).remove(0);
            let seen = self.door.ask(&request, self.keys.get(kind), route.is_endless).await;
            assert_eq!(seen.status, 200, "{}: {}", request.url, seen.body);
            let nothing = Request { url: String::new(), ..request.clone() };
            let shows_text = !seen.shown(texts, &nothing).is_empty();
            // Numbers of the other store would be seen in those of the own one: see `own_answers`.
            let own = self.places.request(route, None, false).remove(0);
            let own_kind = if route.is_page { Kind::Session } else { Kind::All };
            let of_own = self.door.ask(&own, self.keys.get(own_kind), route.is_endless).await;
            let is_number = !route.is_page && of_own.timeless() != seen.timeless();
            assert!(shows_text || is_number, "{} shows nothing: {}", request.url, seen.body);
        }
    }
}

/// The places where two texts begin to differ.
pub fn difference(one: &str, other: &str) -> String {
    let at = one.bytes().zip(other.bytes()).take_while(|(one, other)| one == other).count().saturating_sub(60);
    let part = |text: &str| start(text.get(text.floor_char_boundary(at)..).unwrap_or_default()).to_owned();
    format!("{}\n--\n{}", part(one), part(other))
}

fn start(text: &str) -> &str {
    &text[..text.floor_char_boundary(600)]
}
