use std::net::Ipv4Addr;

use futures::FutureExt as _;
use luminarys_testing::each_row;
use proptest::prelude::*;

use super::*;
use crate::auth::options::TokenClient;
use crate::auth::tools::ToolFilter;

const PEER: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

fn token(text: &str) -> Token {
    Token::new(text).unwrap()
}

fn named(name: &str, text: &str, per_minute: u32) -> TokenClient {
    let mut rule = ClientRule::new(name);
    rule.calls_per_minute = NonZeroU32::new(per_minute);
    TokenClient {
        token: token(text),
        rule,
    }
}

fn options(tokens: &[&str], clients: &[(&str, &str)]) -> AuthOptions {
    AuthOptions {
        tokens: tokens.iter().map(|text| token(text)).collect(),
        clients: clients
            .iter()
            .map(|(name, text)| named(name, text, 0))
            .collect(),
        oauth: None,
    }
}

fn ask(gate: &Gate, values: &[&[u8]]) -> Result<Client, Refusal> {
    let mut headers = HeaderMap::new();
    for value in values {
        headers.append(header::AUTHORIZATION, value.to_vec().try_into().unwrap());
    }
    // Without an authorization server there is nothing to wait for.
    gate.admit(&headers, PEER).now_or_never().unwrap()
}

fn show(gate: &Gate, text: &str) -> Result<Client, Refusal> {
    ask(gate, &[format!("Bearer {text}").as_bytes()])
}

#[test]
fn requests_need_exactly_one_bearer_token() {
    let gate = Gate::new(&options(&["one", "two"], &[("alice", "three")])).unwrap();
    let rows = [
        (&[&b"Bearer one"[..]][..], Ok("client:7692c3ad3540bb80")),
        (&[b"bearer two"], Ok("client:3fc4ccfe745870e2")),
        (&[b"Bearer  three "], Ok("alice")),
        (&[], Err("missing")),
        (&[b"Bearer four"], Err("unknown")),
        (&[b"Bearer on"], Err("unknown")),
        (&[b"Bearer"], Err("malformed")),
        (&[b"Bearer "], Err("malformed")),
        (&[b"Bearer one two"], Err("malformed")),
        (&[b"Basic one"], Err("malformed")),
        (&[b"one"], Err("malformed")),
        (&[b"Bearer one\xff"], Err("malformed")),
        (&[b"Bearer one", b"Bearer one"], Err("malformed")),
    ];
    each_row(rows, |(values, expected)| {
        let found = ask(&gate, values);
        let found = found.as_ref().map(|client| &*client.name);
        assert_eq!(found.map_err(Refusal::name), expected, "{values:?}");
    });
    let anyone = ask(&Gate::new(&AuthOptions::default()).unwrap(), &[]).unwrap();
    assert_eq!((&*anyone.name, anyone.owner), ("peer:127.0.0.1", None));
}

#[test]
fn a_client_that_stays_keeps_its_sessions_and_its_count() {
    let clients = |rate| AuthOptions {
        tokens: vec![token("plain")],
        clients: vec![named("alice", "a", rate), named("bob", "b", 0)],
        oauth: None,
    };
    let gate = Gate::new(&clients(2)).unwrap();
    let [alice, bob, plain] = ["a", "b", "plain"].map(|text| show(&gate, text).unwrap());
    alice.count_call().unwrap();
    alice.count_call().unwrap();
    assert!(alice.count_call().is_err());
    // The same rules, with one tool fewer.
    let mut next = clients(2);
    next.clients[0].rule.tools = ToolFilter::new(vec!["x".to_owned()]).unwrap();
    assert_eq!(
        gate.replace(&next).unwrap(),
        Change {
            clients: 3,
            removed: 0,
            is_closed: false
        }
    );
    let again = show(&gate, "a").unwrap();
    assert!(!again.is_revoked() && !again.may_use("y") && again.may_use("x"));
    assert!(again.count_call().is_err(), "the count begins anew");
    // A new token under the same name is a new client with the same count of calls.
    next.clients[0].token = token("a2");
    assert_eq!(gate.replace(&next).unwrap().removed, 1);
    assert!(alice.is_revoked() && again.is_revoked() && !bob.is_revoked());
    assert_eq!(show(&gate, "a").err(), Some(Refusal::Unknown));
    assert!(show(&gate, "a2").unwrap().count_call().is_err());
    // A new rate starts a new count.
    next.clients[0].rule.calls_per_minute = NonZeroU32::new(3);
    gate.replace(&next).unwrap();
    show(&gate, "a2").unwrap().count_call().unwrap();
    // A new name is a new client.
    next.clients[1].rule.name = "robert".to_owned();
    assert_eq!(gate.replace(&next).unwrap().removed, 1);
    assert!(bob.is_revoked() && !plain.is_revoked());
}

#[test]
fn removed_clients_are_known_when_a_change_is_announced() {
    let gate = Gate::new(&options(&["one"], &[])).unwrap();
    for round in 0..200 {
        let mut changes = gate.changes();
        let before = gate.table();
        let watching = std::thread::spawn(move || {
            while !changes.has_changed().unwrap() {
                std::hint::spin_loop();
            }
            changes.borrow_and_update();
            before.clients().all(Client::is_revoked)
        });
        gate.replace(&options(&[&format!("token-{round}")], &[]))
            .unwrap();
        assert!(watching.join().unwrap(), "round {round}");
    }
}

#[test]
fn a_gate_that_required_tokens_never_opens() {
    let gate = Gate::new(&options(&["one"], &[])).unwrap();
    let one = show(&gate, "one").unwrap();
    let change = gate.replace(&AuthOptions::default()).unwrap();
    assert!(change.is_closed && change.removed == 1 && one.is_revoked());
    assert_eq!(ask(&gate, &[]).err(), Some(Refusal::Missing));
    assert_eq!(show(&gate, "one").err(), Some(Refusal::Unknown));
    gate.replace(&options(&["one"], &[])).unwrap();
    assert!(!show(&gate, "one").unwrap().is_revoked());
    // A gate that was open closes, and ends sessions that began without a token.
    let gate = Gate::new(&AuthOptions::default()).unwrap();
    let anyone = ask(&gate, &[]).unwrap();
    gate.replace(&AuthOptions::default()).unwrap();
    assert!(!anyone.is_revoked());
    gate.replace(&options(&["one"], &[])).unwrap();
    assert!(anyone.is_revoked());
    assert_eq!(ask(&gate, &[]).err(), Some(Refusal::Missing));
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..Default::default() })]

    /// After any sequence of changes, exactly the clients of the last rules are admitted, and of all clients ever
    /// admitted exactly those are revoked whose token or name was removed on the way.
    #[test]
    fn the_last_rules_apply(steps in prop::collection::vec(prop::collection::btree_map(0_u8..6, 0_u8..3, 1..5), 1..8)) {
        let of = |step: &std::collections::BTreeMap<u8, u8>| {
            let pairs = step.iter().map(|(token, name)| (format!("name-{token}-{name}"), format!("token-{token}")));
            let pairs: Vec<_> = pairs.collect();
            let pairs: Vec<_> = pairs.iter().map(|(name, token)| (name.as_str(), token.as_str())).collect();
            options(&[], &pairs)
        };
        let gate = Gate::new(&of(&steps[0])).unwrap();
        let mut admitted: Vec<(usize, u8, Client)> = Vec::new();
        for (index, step) in steps.iter().enumerate() {
            gate.replace(&of(step)).unwrap();
            for number in 0..6 {
                let shown = show(&gate, &format!("token-{number}"));
                match step.get(&number) {
                    None => prop_assert!(shown.is_err()),
                    Some(name) => {
                        let client = shown.unwrap();
                        prop_assert_eq!(&*client.name, format!("name-{number}-{name}"));
                        prop_assert!(!client.is_revoked());
                        admitted.push((index, number, client));
                    }
                }
            }
            for (since, number, client) in &admitted {
                let began = steps[*since].get(number);
                let stayed = steps[*since..=index].iter().all(|step| step.get(number) == began);
                prop_assert_eq!(client.is_revoked(), !stayed);
            }
        }
    }
}
