//! Heads of requests that are too large in every way.

use super::Site;
use crate::support::connection::Connection;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_head_that_is_too_large_is_refused_and_the_server_goes_on() {
    let site = Site::new(&[]).await;
    let long = |length: usize| "x".repeat(length);
    let many = |count: usize| (0..count).map(|nth| format!("x-{nth}: y\r\n")).collect::<Vec<_>>().concat();
    let cases = [
        ("a header of 1 MiB", site.head("GET /health/live", &format!("x-long: {}\r\n", long(1 << 20))), &[431][..]),
        ("10,000 headers", site.head("GET /health/live", &many(10_000)), &[431]),
        ("1,000 short headers", site.head("GET /health/live", &many(1_000)), &[431]),
        ("a path of 1 MiB", site.head(&format!("GET /{}", long(1 << 20)), ""), &[414, 431]),
        ("a path of 100 KiB", site.head(&format!("GET /{}", long(100 << 10)), ""), &[414]),
        ("a path of 60 KiB", site.head(&format!("GET /api/v1/{}", long(60 << 10)), ""), &[404]),
        ("a query of 60 KiB", site.head(&format!("GET /api/v1/store?{}", long(60 << 10)), ""), &[400]),
        ("20,000 parameters", site.head(&format!("GET /api/v1/store?{}", "a&".repeat(20_000)), ""), &[400]),
        (
            "a key of 60 KiB",
            format!("GET /api/v1/store HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\n\r\n", long(60 << 10)),
            &[401],
        ),
        ("a method of 10 KiB", site.head(&format!("{} /health/live", "X".repeat(10 << 10)), ""), &[405]),
        ("no HTTP", "\u{16}\u{3}\u{1}\u{2}\r\n\r\n".to_owned(), &[400]),
    ];
    for (what, request, statuses) in cases {
        let mut connection = Connection::open(site.server.address()).await.unwrap();
        let answer = connection.exchange(request.as_bytes()).await;
        let answer = answer.unwrap_or_else(|error| panic!("{what}: {error}"));
        assert!(statuses.contains(&answer.status), "{what}: {}", &answer.to_string()[..200.min(answer.body.len())]);
    }
    let mut connection = Connection::open(site.server.address()).await.unwrap();
    let live = site.head("GET /health/live", "");
    assert_eq!(connection.exchange(live.as_bytes()).await.unwrap().status, 200);
    assert!(site.server.status("VmHWM") < 200 * 1024, "{} KiB", site.server.status("VmHWM"));
}
