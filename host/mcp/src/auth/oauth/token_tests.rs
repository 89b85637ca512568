use base64::engine::general_purpose::STANDARD;
use luminarys_testing::each_row;
use proptest::prelude::*;
use ring::signature::{Ed25519KeyPair, KeyPair as _};
use serde_json::json;

use super::*;

/// Keys and a token for each algorithm, made by Node.js; the private keys are gone.
const VECTORS: &str = include_str!("vectors.json");

const NOW: u64 = 1_800_000_000;

fn expected() -> Expected {
    Expected {
        issuer: "https://login.example".to_owned(),
        audience: vec!["https://tools.example/mcp".to_owned()],
        algorithms: Algorithm::ALL.to_vec(),
    }
}

fn vectors() -> (KeySet, Map<String, Value>) {
    let all: Value = serde_json::from_str(VECTORS).unwrap();
    let keys = KeySet::read(VECTORS.as_bytes()).unwrap();
    (keys, all["tokens"].as_object().unwrap().clone())
}

fn check(text: &str, keys: &KeySet, expected: &Expected) -> Result<Claims, TokenError> {
    Unverified::new(text, expected)?.verify(keys, expected, NOW)
}

/// A server with one key.
struct Signer(Ed25519KeyPair);

impl Signer {
    fn new() -> Self {
        Self(Ed25519KeyPair::from_seed_unchecked(&[7; 32]).unwrap())
    }

    fn key(&self) -> Value {
        let x = URL_SAFE_NO_PAD.encode(self.0.public_key());
        json!({ "kty": "OKP", "crv": "Ed25519", "kid": "one", "x": x })
    }

    fn keys(&self) -> KeySet {
        read(json!([self.key()])).unwrap()
    }

    /// Signs any header and payload.
    fn sign(&self, head: &str, payload: &str) -> String {
        let [head, payload] = [head, payload].map(|part| URL_SAFE_NO_PAD.encode(part));
        let message = format!("{head}.{payload}");
        let signature = self.0.sign(message.as_bytes());
        format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature))
    }

    /// Signs a token that is valid except for `more`; null removes a claim.
    fn token(&self, more: &Value) -> String {
        let mut claims = json!({
            "iss": "https://login.example", "aud": "https://tools.example/mcp", "sub": "alice", "exp": NOW + 60,
        });
        let all = claims.as_object_mut().unwrap();
        for (name, value) in more.as_object().unwrap() {
            match value {
                Value::Null => all.remove(name),
                value => all.insert(name.clone(), value.clone()),
            };
        }
        self.sign(r#"{"alg":"EdDSA","kid":"one"}"#, &claims.to_string())
    }
}

fn read(keys: Value) -> Result<KeySet, crate::auth::oauth::key::KeySetError> {
    KeySet::read(json!({ "keys": keys }).to_string().as_bytes())
}

#[test]
fn every_algorithm_is_checked_with_a_key_of_its_kind() {
    let (keys, tokens) = vectors();
    assert_eq!(tokens.len(), Algorithm::ALL.len());
    for algorithm in Algorithm::ALL {
        let token = tokens[algorithm.name()].as_str().unwrap();
        let claims = check(token, &keys, &expected()).unwrap();
        assert_eq!(claims.subject, "alice", "{algorithm}");
        // Accepted only if it is listed.
        let mut others = expected();
        others.algorithms.retain(|other| *other != algorithm);
        assert_eq!(
            check(token, &keys, &others).unwrap_err(),
            TokenError::Algorithm
        );
        // Rejected with a signature of another algorithm, by a key of the same kind or another.
        for other in Algorithm::ALL.into_iter().filter(|it| *it != algorithm) {
            let (message, _) = token.rsplit_once('.').unwrap();
            let other = tokens[other.name()].as_str().unwrap();
            let (_, signature) = other.rsplit_once('.').unwrap();
            let mixed = format!("{message}.{signature}");
            assert_eq!(
                check(&mixed, &keys, &expected()).unwrap_err(),
                TokenError::Signature
            );
        }
    }
}

#[test]
fn a_short_rsa_key_is_named_as_the_reason() {
    let all: Value = serde_json::from_str(VECTORS).unwrap();
    let (_, tokens) = vectors();
    let token = tokens["RS256"].as_str().unwrap();
    let whole = all["keys"][0].clone();
    let n = URL_SAFE_NO_PAD
        .decode(whole["n"].as_str().unwrap())
        .unwrap();
    let cut = |bytes: &[u8]| {
        let mut key = whole.clone();
        key["n"] = json!(URL_SAFE_NO_PAD.encode(bytes));
        key
    };
    let short = cut(&n[..128]);
    let rows = [
        (json!([short]), TokenError::ShortKey),
        (
            json!([cut(&[&[0x7f], &n[1..]].concat())]),
            TokenError::ShortKey,
        ),
        (
            json!([cut(&[&[0xff], &n[1..]].concat())]),
            TokenError::Signature,
        ),
        // Another matching key was tried.
        (
            json!([short, cut(&[&[0xfe], &n[1..]].concat())]),
            TokenError::Signature,
        ),
    ];
    each_row(rows, |(keys, error)| {
        let keys = read(keys).unwrap();
        assert_eq!(check(token, &keys, &expected()).unwrap_err(), error);
    });
}

#[test]
fn keys_are_used_for_their_purpose_only() {
    let all: Value = serde_json::from_str(VECTORS).unwrap();
    let (_, tokens) = vectors();
    let rsa = all["keys"][0].clone();
    let token = tokens["RS256"].as_str().unwrap();
    let with = |name: &str, value: Value| {
        let mut key = rsa.clone();
        key[name] = value;
        key
    };
    let rows = [
        (with("alg", json!("RS256")), None),
        (with("key_ops", json!(["verify"])), None),
        (with("kid", Value::Null), Some(TokenError::UnknownKey)),
        (with("alg", json!("PS256")), Some(TokenError::UnknownKey)),
        (with("kid", json!("other")), Some(TokenError::UnknownKey)),
        (with("use", json!("enc")), Some(TokenError::UnknownKey)),
        (
            with("key_ops", json!(["encrypt"])),
            Some(TokenError::UnknownKey),
        ),
        // Of another kind than the token's header names.
        (
            json!({ "kty": "oct", "kid": "rsa", "k": "AAAA" }),
            Some(TokenError::UnknownKey),
        ),
        (
            json!({ "kty": "EC", "crv": "P-256", "kid": "rsa", "x": all["keys"][1]["x"], "y": all["keys"][1]["y"] }),
            Some(TokenError::UnknownKey),
        ),
    ];
    each_row(rows, |(key, expected_error)| {
        // Beside another, since a set without usable keys is refused as a whole.
        let keys = read(json!([key, all["keys"][3]])).unwrap();
        let found = check(token, &keys, &expected()).err();
        assert_eq!(found, expected_error, "{key}");
    });
    // A token without `kid` may be of any.
    let signer = Signer::new();
    let token = signer.token(&json!({}));
    let (_, rest) = token.split_once('.').unwrap();
    let (payload, _) = rest.split_once('.').unwrap();
    let payload = URL_SAFE_NO_PAD.decode(payload).unwrap();
    let nameless = signer.sign(r#"{"alg":"EdDSA"}"#, std::str::from_utf8(&payload).unwrap());
    let keys = read(json!([all["keys"][3], signer.key()])).unwrap();
    check(&nameless, &keys, &expected()).unwrap();
}

#[test]
fn invalid_key_sets_are_rejected() {
    let (many, key) = (101, Signer::new().key());
    let rows = ["", "null", "[]", "{}", r#"{"keys":1}"#, "\u{0}"];
    each_row(rows, |text| {
        assert!(KeySet::read(text.as_bytes()).is_err(), "{text}");
    });
    let rows = [
        json!([]),
        json!([1, "a", {}]),
        json!([{ "kty": "oct", "k": "c2VjcmV0" }]),
        json!([{ "kty": "OKP", "crv": "Ed25519", "x": "AAAA" }]),
        json!([{ "kty": "EC", "crv": "P-256", "x": "AAAA", "y": "AAAA" }]),
        json!(vec![key; many]),
    ];
    each_row(rows, |keys| {
        assert!(read(keys).is_err());
    });
}

#[test]
fn unsupported_headers_are_rejected() {
    let (signer, payload) = (Signer::new(), r#"{"iss":"https://login.example"}"#);
    let rows = [
        (r#"{"alg":"none"}"#, "algorithm"),
        (r#"{"alg":"None"}"#, "algorithm"),
        (r#"{"alg":"HS256","kid":"one"}"#, "algorithm"),
        (r#"{"alg":"eddsa","kid":"one"}"#, "algorithm"),
        (r#"{"alg":"","kid":"one"}"#, "algorithm"),
        (r#"{"alg":["EdDSA"],"kid":"one"}"#, "malformed"),
        (r#"{"kid":"one"}"#, "malformed"),
        (r#"{"alg":"EdDSA","alg":"none"}"#, "malformed"),
        (r#"{"alg":"EdDSA","crit":["exp"]}"#, "malformed"),
        (r#"{"alg":"EdDSA","b64":false}"#, "malformed"),
        (r#"{"alg":"EdDSA","typ":"logout+jwt"}"#, "kind"),
        (r#"{"alg":"EdDSA","typ":"dpop+jwt"}"#, "kind"),
        (r#"{"alg":"EdDSA","kid":"two"}"#, "unknown_key"),
        ("[]", "malformed"),
        ("", "malformed"),
        ("\u{0}", "malformed"),
    ];
    each_row(rows, |(head, name)| {
        let token = signer.sign(head, payload);
        let error = check(&token, &signer.keys(), &expected()).unwrap_err();
        assert_eq!(error.name(), name, "{head}");
    });
    let rows = ["JWT", "jwt", "at+jwt", "application/at+JWT"];
    each_row(rows, |kind| {
        let head = format!(r#"{{"alg":"EdDSA","typ":"{kind}"}}"#);
        let error = check(&signer.sign(&head, payload), &signer.keys(), &expected());
        assert_eq!(error.unwrap_err(), TokenError::Audience, "{kind}");
    });
    let good = signer.token(&json!({}));
    let unsigned = format!("{}.", good.rsplit_once('.').unwrap().0);
    let rows = [
        (unsigned, "signature"),
        (good.replace('.', ""), "malformed"),
        (format!("{good}.{good}"), "malformed"),
        (format!("{good}."), "malformed"),
        (format!("{good}="), "malformed"),
        (format!(".{good}"), "malformed"),
        ("..".to_owned(), "malformed"),
        (String::new(), "malformed"),
        (format!("{good}{}", "A".repeat(MAX_TOKEN)), "too_long"),
    ];
    each_row(rows, |(token, name)| {
        let error = check(&token, &signer.keys(), &expected()).unwrap_err();
        assert_eq!(error.name(), name, "{token}");
    });
}

#[test]
fn claims_are_checked() {
    let (signer, foreign) = (Signer::new(), "https://evil.example");
    let rows = [
        (json!({}), None),
        (json!({ "aud": ["a", "https://tools.example/mcp"] }), None),
        (json!({ "nbf": NOW, "exp": NOW as f64 + 0.5 }), None),
        // Clocks may differ.
        (json!({ "exp": NOW - LEEWAY + 1 }), None),
        (json!({ "nbf": NOW + LEEWAY }), None),
        (json!({ "sub": null, "client_id": "app" }), None),
        (json!({ "exp": NOW - LEEWAY }), Some(TokenError::Expired)),
        (json!({ "exp": 0 }), Some(TokenError::Expired)),
        (json!({ "nbf": NOW + LEEWAY + 1 }), Some(TokenError::NotYet)),
        (json!({ "exp": null }), Some(TokenError::Claim("exp"))),
        (
            json!({ "exp": "4102444800" }),
            Some(TokenError::Claim("exp")),
        ),
        (json!({ "exp": -1 }), Some(TokenError::Claim("exp"))),
        (json!({ "exp": 1e300 }), Some(TokenError::Claim("exp"))),
        (json!({ "exp": [NOW + 9] }), Some(TokenError::Claim("exp"))),
        (json!({ "nbf": "later" }), Some(TokenError::Claim("nbf"))),
        (json!({ "iss": foreign }), Some(TokenError::Issuer)),
        (json!({ "iss": null }), Some(TokenError::Issuer)),
        (
            json!({ "iss": ["https://login.example"] }),
            Some(TokenError::Issuer),
        ),
        (
            json!({ "iss": "https://login.example/" }),
            Some(TokenError::Issuer),
        ),
        (json!({ "aud": foreign }), Some(TokenError::Audience)),
        (json!({ "aud": null }), Some(TokenError::Audience)),
        (json!({ "aud": [] }), Some(TokenError::Audience)),
        (
            json!({ "aud": { "a": "https://tools.example/mcp" } }),
            Some(TokenError::Audience),
        ),
        (
            json!({ "aud": "https://tools.example/mcp/x" }),
            Some(TokenError::Audience),
        ),
        (json!({ "cnf": { "jkt": "x" } }), Some(TokenError::Bound)),
        (json!({ "sub": null }), Some(TokenError::Claim("sub"))),
        (json!({ "sub": "" }), Some(TokenError::Claim("sub"))),
        (
            json!({ "sub": 7, "client_id": "app" }),
            Some(TokenError::Claim("sub")),
        ),
    ];
    each_row(rows, |(more, expected_error)| {
        let found = check(&signer.token(&more), &signer.keys(), &expected()).err();
        assert_eq!(found, expected_error, "{more}");
    });
    let rows = ["", "[]", "1", "{", r#"{"iss":"https://login.example""#];
    each_row(rows, |payload| {
        let token = signer.sign(r#"{"alg":"EdDSA","kid":"one"}"#, payload);
        let error = check(&token, &signer.keys(), &expected()).unwrap_err();
        assert_eq!(error.name(), "malformed", "{payload}");
    });
    let nested = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let token = signer.sign(r#"{"alg":"EdDSA","kid":"one"}"#, &nested[..4_000]);
    assert!(check(&token, &signer.keys(), &expected()).is_err());
}

#[test]
fn scopes_are_read_in_three_forms() {
    let signer = Signer::new();
    let rows = [
        json!({ "scope": "a b" }),
        json!({ "scp": ["a", "b"] }),
        json!({ "scp": "a  b" }),
    ];
    each_row(rows, |more| {
        let claims = check(&signer.token(&more), &signer.keys(), &expected()).unwrap();
        assert_eq!(claims.scopes, ["a", "b"], "{more}");
    });
    let claims = check(
        &signer.token(&json!({ "scope": 1 })),
        &signer.keys(),
        &expected(),
    );
    assert!(claims.unwrap().scopes.is_empty());
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..Default::default() })]

    /// Any change invalidates a valid token.
    #[test]
    fn a_modified_token_is_rejected(place in any::<prop::sample::Index>(), byte in 0x21_u8..0x7f) {
        let (signer, expected) = (Signer::new(), expected());
        let good = signer.token(&json!({ "scope": "a" }));
        let mut changed = good.clone().into_bytes();
        changed[place.index(good.len())] = byte;
        let changed = String::from_utf8(changed).unwrap();
        let found = check(&changed, &signer.keys(), &expected);
        prop_assert_eq!(found.is_ok(), changed == good);
    }

    /// Any other text is refused without a panic.
    #[test]
    fn text_that_is_not_a_token_is_rejected(text in ".*", head in ".*", payload in ".*") {
        let encoded = [&head, &payload].map(|part| STANDARD.encode(part));
        for text in [text, format!("{head}.{payload}."), encoded.join(".") + "."] {
            prop_assert!(check(&text, &Signer::new().keys(), &expected()).is_err());
        }
    }
}
