//! Where in a request an id can stand, and what is put there: of the own store, of the other one, or of none.

use std::collections::BTreeMap;

use form_urlencoded::Serializer;
use serde_json::{Value, json};
use uuid::Uuid;

use super::routes::{NOBODY, Route};
use crate::reliability::planted::{Planted, Store};

/// One place of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    Path(String),
    Query(String),
    Body(String),
}

/// Whose something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whose {
    Own,
    Other,
    Nobody,
}

/// A request that is ready to be sent.
#[derive(Clone, Debug)]
pub struct Request {
    pub method: String,
    pub url: String,
    pub body: Option<(String, String)>,
}

/// Query parameters that take any text and yet name nothing of a store, and parts of the path of assets.
const PLAIN: [&str; 5] = ["code", "metric", "next", "version", "name"];

/// What requests are made of.
pub struct Places<'a> {
    pub planted: &'a Planted,
    /// Cursors of the other store by the path of their list.
    pub cursors: BTreeMap<String, String>,
}

impl Places<'_> {
    /// The places of a route that could name something of another store. Panics where nobody has said what stands there.
    pub fn of(&self, route: &Route) -> Vec<Place> {
        let path = route.path_ids().into_iter().map(Place::Path);
        let query = route.query.iter().filter(|parameter| parameter.is_text);
        let query = query.map(|parameter| Place::Query(parameter.name.clone()));
        let body = route.body_ids.iter().cloned().map(Place::Body);
        let is_id = |place: &Place| {
            let known = self.value(route, place, Whose::Other);
            assert!(known.is_some() || PLAIN.contains(&place.name()), "{}: what is {place:?}?", route.name());
            known.is_some()
        };
        path.chain(query).chain(body).filter(is_id).collect()
    }

    /// What stands in a place by its name; none where it names nothing.
    pub fn value(&self, route: &Route, place: &Place, whose: Whose) -> Option<String> {
        let store = match whose {
            Whose::Own => &self.planted.own,
            Whose::Other => &self.planted.other,
            Whose::Nobody => return Some(nobodys(route, place)),
        };
        Some(match place.name() {
            "store_id" | "search" => store.store_id.to_string(),
            "conversation_id" => conversation(store, route, place).to_string(),
            "gap_id" => store.gap_id.clone(),
            "key_id" | "object_id" => store.key_id.clone(),
            "recalculation_id" => store.recalculation_id.clone(),
            "event_id" => store.event_id.to_string(),
            "customer_id" => store.customer(),
            "channel" | "language" => store.mark.clone(),
            "topic" => format!("topic {}", store.mark),
            "subject" => format!("subject {}", store.mark),
            "cursor" => self.cursors.get(&route.path)?.clone(),
            _ => return None,
        })
    }

    /// A request of a route with what is own everywhere but in one place. With `names_store`, the query names the own store.
    pub fn request(&self, route: &Route, at: Option<(&Place, Whose)>, names_store: bool) -> Vec<Request> {
        let value = |place: &Place| {
            let whose = at.filter(|(there, _)| *there == place).map_or(Whose::Own, |(_, whose)| whose);
            self.value(route, place, whose).unwrap_or_else(|| "x".to_owned())
        };
        let path = route.path_ids().into_iter().fold(route.path.clone(), |path, name| {
            let value = value(&Place::Path(name.clone())).replace(' ', "%20");
            path.replace(&format!("{{{name}}}"), &value)
        });
        let mut query = Query::of(route);
        if names_store && route.takes("store_id") {
            query.set("store_id", value(&Place::Query("store_id".into())));
        }
        if let Some((place @ Place::Query(name), _)) = at {
            query.set(name, value(place));
        }
        let url = query.on(&path);
        let body = |(media_type, text): &(String, String)| {
            let text = fill(media_type, text, &|name, is_there| {
                let place = Place::Body(name.to_owned());
                let is_asked = at.is_some_and(|(there, _)| *there == place);
                (route.body_ids.iter().any(|id| id == name) && (is_there || is_asked)).then(|| value(&place))
            });
            Request { method: route.method.clone(), url: url.clone(), body: Some((media_type.clone(), text)) }
        };
        if route.bodies.is_empty() {
            return vec![Request { method: route.method.clone(), url, body: None }];
        }
        route.bodies.iter().map(body).collect()
    }
}

impl Place {
    pub fn name(&self) -> &str {
        match self {
            Self::Path(name) | Self::Query(name) | Self::Body(name) => name,
        }
    }
}

/// The query string of a request, as far as every request has it.
pub struct Query(BTreeMap<String, String>);

impl Query {
    pub fn of(route: &Route) -> Self {
        let (start, end) = Planted::days();
        let mut query = BTreeMap::new();
        for parameter in &route.query {
            match parameter.name.as_str() {
                "start_date" => drop(query.insert("start_date".to_owned(), start.to_string())),
                "end_date" => drop(query.insert("end_date".to_owned(), end.to_string())),
                _ if parameter.is_required && !parameter.is_text => {
                    drop(query.insert(parameter.name.clone(), parameter.choices.first().expect("choices").clone()));
                }
                _ => {}
            }
        }
        Self(query)
    }

    pub fn set(&mut self, name: &str, value: String) {
        self.0.insert(name.to_owned(), value);
    }

    pub fn on(&self, path: &str) -> String {
        let query = Serializer::new(String::new()).extend_pairs(&self.0).finish();
        if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") }
    }
}

/// Different ones for each use: a key may well send events of an id that another store has too, which then exists.
fn conversation(store: &Store, route: &Route, place: &Place) -> Uuid {
    let nth = match place {
        Place::Body(_) if route.path.ends_with("/events") => 2,
        Place::Body(_) => 3,
        _ => 4,
    };
    store.conversations[nth]
}

fn nobodys(route: &Route, place: &Place) -> String {
    let text = match place.name() {
        "cursor" => "bm9ib2R5J3M",
        "customer_id" | "channel" | "language" | "topic" | "subject" => "nobodys",
        // Then it is somebody's.
        "conversation_id" if route.path.ends_with("/events") => "0192d1c5-9999-7000-8000-00000000000a",
        _ => NOBODY,
    };
    text.to_owned()
}

/// Puts values into the fields of a JSON body, also into fields that the example leaves out. `value` gets the name of a
/// field and whether it is there.
fn fill(media_type: &str, text: &str, value: &dyn Fn(&str, bool) -> Option<String>) -> String {
    let Ok(mut body) = serde_json::from_str::<Value>(text) else { return text.to_owned() };
    let fields = body.as_object_mut().unwrap();
    for name in ["store_id", "conversation_id", "event_id", "customer_id"] {
        if let Some(value) = value(name, fields.contains_key(name)) {
            fields.insert(name.to_owned(), json!(value));
        }
    }
    if let Some(topic) = fields.get_mut("topic") {
        // One topic has one gap.
        *topic = json!(format!("{} {}", topic.as_str().unwrap_or_default(), Uuid::new_v4()));
    }
    if media_type.contains("ndjson") { format!("{body}\n") } else { body.to_string() }
}
