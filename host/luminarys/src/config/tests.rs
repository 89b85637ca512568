use std::path::{Path, PathBuf};
use std::time::Duration;

use luminarys_grants::Protection;
use luminarys_orchestrator::{AuditOptions, Audited};
use luminarys_package::{SecretKey, Trust};
use luminarys_testing::each_row;

use super::environment::Environment;
use super::{Config, read};

const PORT: &str = "PORT=9000\nSIZE=4096\nNO=false\nWHO=any\nEVIL=\"x\\nhttp: {addr: evil}\"\n";

/// Reads `text` as `c.yaml` in a directory that also has `.env`, a key and a manifest.
pub(super) fn config(text: &str) -> (tempfile::TempDir, Result<Config, String>) {
    let dir = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(dir.path().join(name), text).unwrap();
    let key = SecretKey::generate().unwrap().public();
    write("team.pub", &format!("# ours\n{}\n", key.to_text()));
    write("bad.pub", "luminarys-public-key-v1:x\n");
    write(".env", PORT);
    write("a.yaml", "");
    write("c.yaml", text);
    let found = Config::find(Some(&dir.path().join("c.yaml")));
    (dir, found.map_err(|error| error.to_string()))
}

#[test]
fn everything_may_be_interpolated() {
    let (dir, found) = config(
        "http:\n  addr: '127.0.0.1:${PORT}'\n  auth: {tokens: ['${NONE_SUCH:-t}', 0123]}\n  \
         allowed_hosts: [h]\n  allowed_origins: ['https://o']\n  max_request_bytes: ${SIZE}\n  \
         max_connections: 1\n  max_connections_per_peer: 2\n  max_sessions: 3\n  max_sessions_per_client: 4\n  max_requests_per_client: 10\n  \
         max_inflight_mb: 65\n  tls: {cert: '${NONE_SUCH:-c.pem}', key: /k.pem}\n  timeouts: {handshake_ms: 5, head_ms: 6, body_ms: 7, idle_ms: 8, write_ms: 9, session_ms: '${PORT}'}\n\
         skills: [a.yaml, '?.yaml']\nruntime: {cache_dir: k, cache_key: secret, memory_limit_mb: 64}\n\
         log: {level: debug, format: json, skill_log: '${NO}'}\ntrust: ${WHO}\ndata_dir: /d\n\
         mcp: {max_result_chars: 2000}\nregistry: {pull_timeout_seconds: 90}\n",
    );
    let config = found.unwrap();
    assert_eq!(config.http.addr.to_string(), "127.0.0.1:9000");
    // What looks like a number keeps its zeros.
    assert_eq!(config.http.auth.secrets, ["t", "0123"]);
    let tokens = ["t", "0123"].map(|text| luminarys_mcp::Token::new(text).unwrap());
    assert_eq!(config.http.auth.options.tokens, tokens);
    assert_eq!(config.http.allowed_hosts, ["h"]);
    assert_eq!(config.http.allowed_origins, ["https://o"]);
    assert_eq!(config.http.max_request_bytes, 4096);
    let expected = luminarys_mcp::Limits {
        max_connections: 1,
        max_connections_per_peer: 2,
        max_sessions: 3,
        max_sessions_per_client: 4,
        max_requests_per_client: 10,
        max_inflight_bytes: 65 << 20,
        handshake_timeout: Duration::from_millis(5),
        head_timeout: Duration::from_millis(6),
        body_timeout: Duration::from_millis(7),
        idle_timeout: Duration::from_millis(8),
        write_timeout: Duration::from_millis(9),
        session_timeout: Duration::from_secs(9),
    };
    assert_eq!(config.http.limits, expected);
    let settings = config.settings;
    let here = |name: &str| dir.path().join(name);
    let tls = luminarys_mcp::TlsFiles {
        cert: here("c.pem"),
        key: PathBuf::from("/k.pem"),
    };
    assert_eq!(config.http.tls, Some(tls));
    assert_eq!(settings.manifests, [here("a.yaml"), here("c.yaml")]);
    assert_eq!(settings.cache_dir, Some(here("k")));
    assert_eq!(settings.cache_key, Some(here("secret")));
    assert_eq!(settings.data_dir, Some(PathBuf::from("/d")));
    assert_eq!(settings.memory_limit_mb, Some(64));
    assert_eq!(settings.pull_timeout.as_secs(), 90);
    assert_eq!(settings.trust, Trust::Any);
    assert!(!settings.skill_log && config.log.json);
    assert_eq!(
        (config.log.level.as_str(), config.tools.max_result_chars),
        ("debug", 2000)
    );
    let rows = ["c.yaml", ".env", ".env.local"];
    each_row(rows, |watched| {
        assert!(settings.watch.contains(&here(watched)), "{watched}");
    });
}

#[test]
fn the_key_of_compiled_code_is_in_the_configured_data_directory() {
    let (dir, found) = config("data_dir: d\n");
    let settings = found.unwrap().settings;
    assert_eq!(settings.cache_key, Some(dir.path().join("d/cache.key")));
    let (_dir, found) = config("# nothing\n");
    let settings = found.unwrap().settings;
    assert_eq!(
        settings.cache_key,
        luminarys_orchestrator::user::cache_key(None)
    );
}

#[test]
fn defaults() {
    let (_dir, found) = config("# nothing\n");
    let config = found.unwrap();
    assert_eq!(config.http.addr.to_string(), "127.0.0.1:8080");
    assert_eq!(config.http.limits, luminarys_mcp::Limits::default());
    assert_eq!(config.settings.trust, Trust::Keys(Vec::new()));
    assert_eq!(
        (config.log.level.as_str(), config.log.json),
        ("info", false)
    );
    assert_eq!(config.tools.max_result_chars, 100_000);
    assert!(config.settings.skill_log && config.settings.manifests.is_empty());
    let bare = read::read(None, super::DEFAULT, &Environment::default()).unwrap();
    assert_eq!(bare.http, config.http);
    assert!(bare.notes.is_empty());
    assert!(bare.settings.watch.contains(&Path::new("").join("skills")));
}

#[test]
fn files_that_give_authority_are_listed() {
    let (dir, found) = config(
        "skills: [a.yaml, 's/*/m.yaml']\ntrust: [team.pub]\naudit: {path: log/a}\n\
         data_dir: d\nruntime: {cache_dir: k}\n",
    );
    let places = found.unwrap().settings.authority;
    let told = |name: &str, pattern: Option<&str>| {
        let path = dir.path().join(name);
        let mut same = places
            .iter()
            .filter(|place| place.path == path && place.pattern.as_deref() == pattern);
        same.next().map(|place| place.protection)
    };
    let (hidden, read_only) = (Some(Protection::Hidden), Some(Protection::ReadOnly));
    let rows = [
        ("c.yaml", None, read_only),
        (".env", None, hidden),
        (".env.local", None, hidden),
        ("team.pub", None, read_only),
        ("team", None, hidden),
        ("d", None, hidden),
        ("k", None, hidden),
        ("s", Some("*/m.yaml"), read_only),
        ("log", Some("a*"), read_only),
        ("log", Some("a-allowed*"), read_only),
        ("bad.pub", None, None),
    ];
    each_row(rows, |(name, pattern, protection)| {
        assert_eq!(told(name, pattern), protection, "{name}");
    });
    let program = std::env::current_exe().unwrap();
    assert!(places.iter().any(|place| place.path == program));
}

#[test]
fn audit_settings_are_read() {
    let audit = |text: &str| {
        let (dir, found) = config(text);
        (dir, found.unwrap().settings.audit)
    };
    let (dir, options) = audit("data_dir: d\n");
    assert_eq!(
        options,
        Some(AuditOptions::new(dir.path().join("d/audit.jsonl")))
    );
    let text =
        "audit: {path: a, decisions: all, required: true, max_mb: 2, keep: 3, keep_days: 30}\n";
    let (dir, options) = audit(text);
    let expected = AuditOptions {
        path: dir.path().join("a"),
        audited: Audited::All,
        required: true,
        max_bytes: 2 << 20,
        keep: 3,
        keep_for: Some(Duration::from_secs(30 * 24 * 60 * 60)),
    };
    assert_eq!(options, Some(expected));
    let denied = audit("audit: {decisions: denied, required: false}\n").1;
    assert_eq!(denied.unwrap().audited, Audited::Denied);
    assert_eq!(audit("audit: {decisions: none}\n").1, None);
}

#[test]
fn keys_are_files_or_text() {
    let text = SecretKey::generate().unwrap().public().to_text();
    let (_dir, found) = config(&format!("trust: [team.pub, '{text}']\n"));
    let Trust::Keys(keys) = found.unwrap().settings.trust else {
        panic!("not keys")
    };
    assert_eq!(keys.len(), 2);
    assert_eq!(keys[1].to_text(), text);
}

#[test]
fn a_value_cannot_add_yaml() {
    let (_dir, found) = config("llm: {url: 'http://h', model: '${EVIL}'}\n");
    let config = found.unwrap();
    assert_eq!(config.http.addr.to_string(), "127.0.0.1:8080");
    let model = config.settings.model.unwrap().model;
    assert_eq!(model, "x\nhttp: {addr: evil}");
}

#[test]
fn a_pattern_without_files_is_noted() {
    let (_dir, found) = config("skills:\n  - a.yaml\n  - none/*.yaml\n");
    let config = found.unwrap();
    assert_eq!(config.settings.manifests.len(), 1);
    assert!(
        config.notes[0].contains("c.yaml:3:5") && config.notes[0].contains("none/*.yaml"),
        "{:?}",
        config.notes
    );
}

#[test]
fn errors_name_the_place() {
    let rows = [
        ("skils: []\n", &["c.yaml:1:1", "did you mean `skills`"][..]),
        ("http:\n  adr: x\n", &["c.yaml:2:3", "did you mean `addr`"]),
        (
            "http:\n  addr: '${NO_SUCH_VARIABLE:?set it}'\n",
            &["c.yaml:2:9", "NO_SUCH_VARIABLE: set it"],
        ),
        (
            "http:\n  auth:\n    tokens:\n      - t\n      - '${NO_SUCH_VARIABLE}'\n",
            &["c.yaml:5:9", "NO_SUCH_VARIABLE is not set"],
        ),
        (
            "http: {auth: {tokens: ['${NO_SUCH_VARIABLE:-}']}}\n",
            &["c.yaml:1:24", "http.auth.tokens[0] is empty"],
        ),
        (
            "log: {level: inof}\n",
            &["c.yaml:1:14", "did you mean `info`"],
        ),
        ("log: {level: 'a=b=c'}\n", &["c.yaml:1:14", "not a level"]),
        (
            "log: {format: xml}\n",
            &["c.yaml:1:15", "`text` nor `json`"],
        ),
        (
            "log: {skill_log: maybe}\n",
            &["c.yaml:1:18", "true or false"],
        ),
        (
            "mcp: {max_result_chars: 10}\n",
            &["c.yaml:1:25", "mcp.max_result_chars", "1000"],
        ),
        (
            "mcp: {tool_separator: _}\n",
            &["c.yaml:1", "max_result_chars"],
        ),
        ("trust: all\n", &["c.yaml:1:8", "`any`"]),
        (
            "trust:\n  - team.pub\n  - none.pub\n",
            &["c.yaml:3:5", "none.pub", "cannot be read"],
        ),
        ("trust: [bad.pub]\n", &["c.yaml:1:9", "bad.pub"]),
        ("trust: ['luminarys-public-key-v1:x']\n", &["c.yaml:1:9"]),
        ("trust: {a: b}\n", &["c.yaml:1", "list of public keys"]),
        ("skills: ['{a']\n", &["c.yaml:1:10", "skills: {a"]),
        ("skills: x\n", &["c.yaml:1"]),
        (
            "audit: {decisions: some}\n",
            &["c.yaml:1:20", "`all`, `denied` or `none`"],
        ),
        (
            "audit: {decisions: none, required: true}\n",
            &["c.yaml:1:36", "audit.required", "`none`; make it `all`"],
        ),
        (
            "audit: {decisions: denied, required: true}\n",
            &[
                "c.yaml:1:38",
                "audit.required",
                "`denied`",
                "set it to `all`",
            ],
        ),
        (
            "audit: {required: maybe}\n",
            &["c.yaml:1:19", "true or false"],
        ),
        ("http: [\n", &["c.yaml"]),
        ("a: b: c\n", &["c.yaml:1"]),
    ];
    each_row(rows, |(text, parts)| {
        let error = config(text).1.unwrap_err();
        for part in parts {
            assert!(error.contains(part), "{text:?}: {error}");
        }
    });
    let error = Config::find(Some(Path::new("/none/such.yaml"))).unwrap_err();
    let error = error.to_string();
    assert!(
        error.contains("/none/such.yaml") && error.contains("--config"),
        "{error}"
    );
    assert!(config(&"#".repeat(2 << 20)).1.is_err());
}

#[test]
fn the_hosts_own_secrets_are_redacted_and_in_no_error() {
    let rows = [
        "http: {auth: {tokens: hunter2-config}}",
        "http: {auth: {tokens: [{a: hunter2-config}]}}",
        "http: {auth: {tokens: ['hunter2-config${']}}",
        "http: {auth: [hunter2-config]}",
        "http: {auth: {clients: [hunter2-config]}}",
        "http: {auth: {clients: [{name: a, token: [hunter2-config]}]}}",
        "http: {auth: {clients: [{name: a, token: \"hunter2-config\\n\"}]}}",
        "http: {auth: {clients: [{name: a, token: hunter2-config}, {name: b, token: hunter2-config}]}}",
        "http: {auth: {clients: [{name: a, token_sha256: hunter2-config}]}}",
        "llm: {api_key: [hunter2-config]}",
        "llm: {api_key: hunter2-config}",
        "llm: {url: 'ftp://u:hunter2-config@x', model: m}",
        "network: {proxy: 'ftp://u:hunter2-config@x'}",
        "network: {proxy: 'hunter2-config'}",
    ];
    each_row(rows, |text| {
        let error = config(text).1.unwrap_err();
        assert!(!error.contains("hunter2"), "{text}: {error}");
    });
    let (_dir, config) = config(
        "http: {auth: {tokens: [config-token], clients: [{name: a, token: config-client}]}}\nnetwork: {proxy: 'http://u:config%20proxy@x'}\n\
         llm: {url: 'http://u:config-model@x', model: m, api_key: config-key}\n",
    );
    let config = config.unwrap();
    let rows = [
        "config-token",
        "config-client",
        "config%20proxy",
        "config proxy",
        "config-model",
        "config-key",
    ];
    each_row(rows, |secret| {
        assert_eq!(
            luminarys_text::redact(&format!("it is {secret}")),
            "it is [secret]"
        );
    });
    assert_eq!(format!("{:?}", config.settings.secrets), "7 secrets");
}
