//! The web origins whose pages may send events to a store.

use warp::http::Uri;

/// Most origins of a store.
const MAX_ORIGINS: usize = 20;
const MAX_BYTES: usize = 253;

/// Origins as browsers write them, each once.
///
/// # Errors
/// What is expected, for people.
pub fn origins(texts: &[String]) -> Result<Vec<String>, String> {
    if texts.len() > MAX_ORIGINS {
        return Err(format!("must be at most {MAX_ORIGINS} origins."));
    }
    let mut origins = Vec::new();
    for text in texts {
        let origin = origin(text)
            .ok_or("must be origins such as https://shop.example or http://localhost:3000, without a path.")?;
        if !origins.contains(&origin) {
            origins.push(origin);
        }
    }
    Ok(origins)
}

/// Browsers send scheme and host in small letters and leave out the port that the scheme implies.
fn origin(text: &str) -> Option<String> {
    let uri: Uri = text.parse().ok()?;
    let (scheme, authority) = (uri.scheme_str()?, uri.authority()?);
    let usual_port = match scheme {
        "http" => 80,
        "https" => 443,
        _ => return None,
    };
    let host = Some(authority.host()).filter(|host| is_host(host))?;
    let port = authority.port_u16();
    let given_port = authority.port().map(|port| format!(":{port}")).unwrap_or_default();
    // Anything else that was given, be it a slash, a user or a port that is no number, makes the text longer.
    if !text.eq_ignore_ascii_case(&format!("{scheme}://{host}{given_port}")) || port == Some(0) {
        return None;
    }
    let host = host.to_ascii_lowercase();
    Some(match port.filter(|port| *port != usual_port) {
        Some(port) => format!("{scheme}://{host}:{port}"),
        None => format!("{scheme}://{host}"),
    })
}

fn is_host(host: &str) -> bool {
    let is_name = |name: &str| name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte));
    let address = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    match address {
        Some(address) => address.parse::<std::net::Ipv6Addr>().is_ok(),
        None => !host.is_empty() && host.len() <= MAX_BYTES && is_name(host),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_written_as_browsers_do() {
        for (given, expected) in [
            ("https://shop.example", "https://shop.example"),
            ("HTTPS://Shop.Example:443", "https://shop.example"),
            ("http://shop.example:80", "http://shop.example"),
            ("https://shop.example:80", "https://shop.example:80"),
            ("http://localhost:3000", "http://localhost:3000"),
            ("http://127.0.0.1:65535", "http://127.0.0.1:65535"),
            ("https://xn--bcher-kva.example", "https://xn--bcher-kva.example"),
            ("http://[::1]:3000", "http://[::1]:3000"),
        ] {
            assert_eq!(origin(given).as_deref(), Some(expected), "{given}");
        }
    }

    #[test]
    fn anything_else_is_none() {
        for bad in [
            "",
            "*",
            "null",
            "shop.example",
            "https://",
            "https://*",
            "https://*.shop.example",
            "https://shop.example/",
            "https://shop.example/chat",
            "https://shop.example?x",
            "https://me@shop.example",
            "ftp://shop.example",
            "file:///x",
            "https://shop.example:",
            "https://shop.example:0",
            "https://shop.example:65536",
            "https://shop.example:x",
            "https://shop.example https://b.example",
            " https://shop.example",
            "https://bücher.example",
            "https://[::g]",
            "//shop.example",
            "https://shop.example#x",
        ] {
            assert_eq!(origin(bad), None, "{bad}");
        }
    }
}
