use luminarys_testing::each_row;
use proptest::prelude::*;

use super::*;

fn limits() -> Limits {
    Limits {
        max_connections: 6,
        max_connections_per_peer: 4,
        ..Limits::default()
    }
}

fn connections() -> Arc<Connections> {
    Connections::new(limits(), ServingMetrics::default())
}

fn peer(number: u8) -> IpAddr {
    IpAddr::from([10, 0, 0, number])
}

fn enter(all: &Arc<Connections>, number: u8) -> Result<Entered, &'static str> {
    all.enter(peer(number), None, false, Instant::now())
}

#[test]
fn an_address_has_its_share() {
    let all = connections();
    let own: Vec<Entered> = (0..5).map(|_| enter(&all, 1).unwrap()).collect();
    assert!(own[0].connection.end.is_cancelled());
    assert!(own[1..].iter().all(|it| !it.connection.end.is_cancelled()));
    assert!(enter(&all, 2).is_ok());
}

#[test]
fn connections_never_admitted_make_room_first() {
    let all = connections();
    let polite = enter(&all, 1).unwrap();
    polite.connection.admit();
    drop(polite.connection.begin(false));
    let hostile: Vec<Entered> = (2..7).map(|number| enter(&all, number).unwrap()).collect();
    let later = enter(&all, 8).unwrap();
    assert!(!polite.connection.end.is_cancelled());
    assert!(hostile[0].connection.end.is_cancelled());
    drop((hostile, later));
}

#[test]
fn connections_that_serve_a_request_stay() {
    let all = connections();
    let own: Vec<Entered> = (0..4).map(|_| enter(&all, 1).unwrap()).collect();
    let requests: Vec<Exchange> = own
        .iter()
        .map(|it| {
            it.connection.admit();
            it.connection.begin(false)
        })
        .collect();
    assert_eq!(enter(&all, 1).err(), Some("http.max_connections_per_peer"));
    assert!(enter(&all, 2).is_ok());
    drop(requests);
    assert!(enter(&all, 1).is_ok());
}

#[test]
fn a_network_is_one_peer() {
    let [a, b, c, mapped] = ["fd00::1", "fd00::2:3:4:5", "fd01::1", "::ffff:10.0.0.1"]
        .map(|text| text.parse::<IpAddr>().unwrap().to_canonical());
    assert_eq!(group(a), group(b));
    assert_ne!(group(a), group(c));
    assert_eq!(group(mapped), group(peer(1)));
}

#[test]
fn times() {
    let all = connections();
    let limits = limits();
    let begun = Instant::now();
    let at = |seconds: u64| begun + Duration::from_secs(seconds);
    let entered = all.enter(peer(1), None, false, begun).unwrap();
    let connection = &entered.connection;
    // It says nothing.
    assert_eq!(connection.overdue(at(9), &limits), None);
    assert_eq!(connection.overdue(at(11), &limits), Some("head"));
    // It is served.
    let exchange = connection.begin(false);
    assert_eq!(connection.overdue(at(10_000), &limits), None);
    exchange.offered(at(100));
    assert_eq!(connection.overdue(at(159), &limits), None);
    assert_eq!(connection.overdue(at(161), &limits), Some("write"));
    exchange.taken();
    assert_eq!(connection.overdue(at(10_000), &limits), None);
    exchange.offered(at(100));
    drop(exchange);
    // It waits, from now on.
    let now = Instant::now();
    let after = |seconds: u64| now + Duration::from_secs(seconds);
    assert_eq!(connection.overdue(after(119), &limits), None);
    assert_eq!(connection.overdue(after(121), &limits), Some("idle"));
    // The next head has begun.
    connection.received(after(1));
    connection.received(after(10));
    assert_eq!(connection.overdue(after(10), &limits), None);
    assert_eq!(connection.overdue(after(12), &limits), Some("head"));
    // Frames of HTTP/2 are no heads.
    drop(connection.begin(true));
    connection.received(after(1));
    assert_eq!(connection.overdue(after(100), &limits), None);
    all.sweep(after(200));
    assert!(connection.end.is_cancelled());
}

#[test]
fn a_handshake_has_its_own_time() {
    let all = connections();
    let limits = Limits {
        handshake_timeout: Duration::from_secs(3),
        ..limits()
    };
    let begun = Instant::now();
    let at = |seconds: u64| begun + Duration::from_secs(seconds);
    let entered = all.enter(peer(1), None, true, begun).unwrap();
    let connection = &entered.connection;
    connection.received(at(1));
    assert_eq!(connection.overdue(at(2), &limits), None);
    assert_eq!(connection.overdue(at(4), &limits), Some("handshake"));
    // The head's time begins when it is finished.
    connection.shaken(at(3));
    assert_eq!(connection.overdue(at(12), &limits), None);
    assert_eq!(connection.overdue(at(14), &limits), Some("head"));
}

#[test]
fn requests_may_be_reset_but_not_all_the_time() {
    let all = connections();
    let begun = Instant::now();
    let rows = [(true, 0, true), (true, 1, false), (false, 0, false)];
    each_row(rows, |(http2, seconds, ends)| {
        let entered = enter(&all, 1).unwrap();
        let connection = &entered.connection;
        for number in 0..2 * u64::from(MAX_RESETS) {
            let mut answered = connection.begin(http2);
            answered.finish();
            drop(answered);
            // As many as may be reset, or a tenth of that in the same time.
            connection.reset(begun + Duration::from_secs(seconds * number));
        }
        assert_eq!(connection.end.is_cancelled(), ends, "{http2} {seconds}");
    });
    // What is answered does not count.
    let entered = enter(&all, 2).unwrap();
    for _ in 0..2 * MAX_RESETS {
        entered.connection.begin(true).finish();
    }
    assert!(!entered.connection.end.is_cancelled());
    for _ in 0..=MAX_RESETS {
        drop(entered.connection.begin(true));
    }
    assert!(entered.connection.end.is_cancelled());
}

proptest! {
    /// With any sequence of connections and requests, the limits hold, and a connection that serves a request is not
    /// ended.
    #[test]
    fn no_limit_is_exceeded(steps in proptest::collection::vec((0_u8..5, 0_u8..4), 0..200)) {
        let all = connections();
        let mut entered: Vec<(Entered, Option<Exchange>)> = Vec::new();
        for (number, what) in steps {
            match what {
                0 | 1 => if let Ok(one) = enter(&all, number) {
                    entered.push((one, None));
                },
                2 if !entered.is_empty() => {
                    let at = usize::from(number) % entered.len();
                    let (one, exchange) = &mut entered[at];
                    if !one.connection.end.is_cancelled() {
                        one.connection.admit();
                        *exchange = Some(one.connection.begin(false));
                    }
                }
                _ if !entered.is_empty() => {
                    entered.remove(usize::from(number) % entered.len());
                }
                _ => {}
            }
            let open = all.lock();
            prop_assert!(open.len() <= 6);
            for number in 0..5 {
                prop_assert!(open.values().filter(|it| it.peer == peer(number)).count() <= 4);
            }
            prop_assert!(entered.iter().all(|(one, exchange)| exchange.is_none() || !one.connection.end.is_cancelled()));
            let live = entered.iter().filter(|(one, _)| !one.connection.end.is_cancelled()).count();
            prop_assert_eq!(open.len(), live);
        }
        drop(entered);
        prop_assert!(all.lock().is_empty());
    }
}
