//! A programmable authorization server: it publishes keys, and signs any token.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{SocketAddr, TcpListener};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rcgen::{KeyPair, PKCS_ED25519, SigningKey as _};
use serde_json::{Value, json};

/// A private key, and its name.
pub struct Key {
    id: &'static str,
    pair: KeyPair,
}

impl Key {
    pub fn new(id: &'static str) -> Self {
        let pair = KeyPair::generate_for(&PKCS_ED25519).unwrap();
        Self { id, pair }
    }

    pub fn public(&self) -> Value {
        let x = URL_SAFE_NO_PAD.encode(self.pair.public_key_raw());
        json!({ "kty": "OKP", "crv": "Ed25519", "use": "sig", "kid": self.id, "x": x })
    }

    /// Signs a header and claims.
    pub fn sign(&self, head: &Value, claims: &Value) -> String {
        let parts = [head, claims].map(|part| URL_SAFE_NO_PAD.encode(part.to_string()));
        let message = parts.join(".");
        let signature = self.pair.sign(message.as_bytes()).unwrap();
        format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature))
    }

    pub fn head(&self) -> Value {
        json!({ "alg": "EdDSA", "typ": "at+jwt", "kid": self.id })
    }
}

/// Its response.
#[derive(Clone, Debug)]
pub enum Mode {
    /// These keys.
    Keys(Value),
    /// This status.
    Status(u16),
    /// A body with this many bytes.
    Bytes(usize),
}

pub struct Issuer {
    address: SocketAddr,
    mode: Arc<Mutex<Mode>>,
    asked: Arc<AtomicUsize>,
}

impl Issuer {
    pub fn start(keys: &[&Key]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let mode = Arc::new(Mutex::new(Mode::Keys(json!([]))));
        let asked = Arc::new(AtomicUsize::new(0));
        let (answers, count) = (mode.clone(), asked.clone());
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let mut lines = BufReader::new(&stream).lines();
                let first = lines.next().and_then(Result::ok).unwrap_or_default();
                // Reads everything, so that closing does not reset the connection.
                let _ = lines.find(|line| line.as_ref().is_ok_and(String::is_empty));
                let path = first.split(' ').nth(1).unwrap_or_default();
                if path == "/jwks" {
                    count.fetch_add(1, Ordering::SeqCst);
                }
                let mode = answers.lock().unwrap().clone();
                let (status, body) = match (mode, path) {
                    (Mode::Status(status), _) => (status, String::new()),
                    (Mode::Bytes(count), _) => (200, " ".repeat(count)),
                    (Mode::Keys(keys), "/jwks") => (200, json!({ "keys": keys }).to_string()),
                    (Mode::Keys(_), "/.well-known/oauth-authorization-server") => {
                        let url = format!("http://{address}");
                        let keys = format!("{url}/jwks");
                        (200, json!({ "issuer": url, "jwks_uri": keys }).to_string())
                    }
                    _ => (404, String::new()),
                };
                let head = format!(
                    "HTTP/1.1 {status} X\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
                    body.len()
                );
                let _ = (&stream).write_all((head + &body).as_bytes());
            }
        });
        let issuer = Self {
            address,
            mode,
            asked,
        };
        issuer.publish(keys);
        issuer
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub fn publish(&self, keys: &[&Key]) {
        let keys: Vec<Value> = keys.iter().map(|key| key.public()).collect();
        self.answer(Mode::Keys(json!(keys)));
    }

    pub fn answer(&self, mode: Mode) {
        *self.mode.lock().unwrap() = mode;
    }

    /// Returns how often its keys were requested.
    pub fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }

    /// Returns the claims of a valid token, changed by `more`; null removes a claim.
    pub fn claims(&self, more: &Value) -> Value {
        let mut claims = json!({
            "iss": self.url(), "aud": RESOURCE, "sub": "alice", "exp": now() + 300, "scope": "tools",
        });
        let all = claims.as_object_mut().unwrap();
        for (name, value) in more.as_object().unwrap() {
            match value {
                Value::Null => all.remove(name),
                value => all.insert(name.clone(), value.clone()),
            };
        }
        claims
    }

    pub fn token(&self, key: &Key, more: &Value) -> String {
        key.sign(&key.head(), &self.claims(more))
    }
}

/// The audience of tokens. The tests' hosts are configured with this URL, wherever they listen.
pub const RESOURCE: &str = "https://tools.example/mcp";

pub fn now() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    now.unwrap().as_secs()
}
