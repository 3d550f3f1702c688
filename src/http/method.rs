//! Filters on the method that remember which methods a path has, for the header `Allow` of a 405.

use warp::Filter;
use warp::http::Method;
use warp::reject::{self, Reject, Rejection};

/// A rejection of its own type for each method, because of rejections of one type warp finds only the first.
#[derive(Debug)]
struct Wanted<const INDEX: usize>;

impl<const INDEX: usize> Reject for Wanted<INDEX> {}

/// GET, and HEAD, whose body the connection leaves out.
pub fn get() -> impl Filter<Extract = (), Error = Rejection> + Copy {
    wanted::<0>(|method| method == Method::GET || method == Method::HEAD)
}

/// POST.
pub fn post() -> impl Filter<Extract = (), Error = Rejection> + Copy {
    wanted::<1>(|method| method == Method::POST)
}

/// PATCH.
pub fn patch() -> impl Filter<Extract = (), Error = Rejection> + Copy {
    wanted::<2>(|method| method == Method::PATCH)
}

/// DELETE.
pub fn delete() -> impl Filter<Extract = (), Error = Rejection> + Copy {
    wanted::<3>(|method| method == Method::DELETE)
}

/// OPTIONS, which browsers send before a request to another origin.
pub fn options() -> impl Filter<Extract = (), Error = Rejection> + Copy {
    wanted::<4>(|method| method == Method::OPTIONS)
}

/// The methods of the path, if the path exists.
pub(super) fn allowed_methods(rejection: &Rejection) -> Option<String> {
    let methods = [
        rejection.find::<Wanted<0>>().map(|_| "GET, HEAD"),
        rejection.find::<Wanted<1>>().map(|_| "POST"),
        rejection.find::<Wanted<2>>().map(|_| "PATCH"),
        rejection.find::<Wanted<3>>().map(|_| "DELETE"),
        rejection.find::<Wanted<4>>().map(|_| "OPTIONS"),
    ];
    let names: Vec<_> = methods.into_iter().flatten().collect();
    (!names.is_empty()).then(|| names.join(", "))
}

fn wanted<const INDEX: usize>(is_wanted: fn(&Method) -> bool) -> impl Filter<Extract = (), Error = Rejection> + Copy {
    warp::method()
        .and_then(move |method: Method| async move {
            if is_wanted(&method) { Ok(()) } else { Err(reject::custom(Wanted::<INDEX>)) }
        })
        .untuple_one()
}
