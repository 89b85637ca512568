//! Entries that match nothing are refused, with what to write; entries that match something never are.

use luminarys_testing::each_row;
use proptest::prelude::*;
use url::Url;

use crate::Manifest;
use crate::capabilities::{COMMAND, matching_command};
use crate::command;
use crate::kind::{Kind, PATH};
use crate::pattern::literal;
use crate::url_pattern::{AUTHORITY, PATH_AND_QUERY};

/// Parses a manifest with `entry` in a list.
fn parsed(list: &str, entry: &str) -> Result<(), String> {
    let mut text = serde_json::to_string(entry).unwrap();
    text = format!("[{text}]");
    let keys: Vec<&str> = list.split('.').collect();
    for key in keys.iter().rev() {
        text = format!("{{{key}: {text}}}");
    }
    let text = format!("id: a\npath: b\n{}\n", &text[1..text.len() - 1]);
    let parsed = Manifest::parse("m.yaml", &text, &|_| None);
    parsed.map(drop).map_err(|error| error.to_string())
}

const FS: &str = "permissions.fs.dirs";
const DIRS: &str = "permissions.shell.allowed_dirs";
const SHELL: &str = "permissions.shell.allowlist";
const HTTP: &str = "permissions.http.allowlist";
const TCP: &str = "permissions.tcp.allowlist";
const EMIT: &str = "permissions.events.emit";
const SUBSCRIBE: &str = "permissions.events.subscribe";
const STORE: &str = "permissions.store.shared";
const NODES: &str = "permissions.file_transfer.allowed_nodes";

#[test]
fn entries_that_match_nothing_are_rejected_with_advice() {
    let rows = [
        (FS, "data", "`/srv/data`"),
        (FS, "./data:rw", "`/srv/data`"),
        (FS, "~/data", "write the whole path"),
        (FS, "/a/../b", "\"/b\""),
        (FS, "/a/./b:rw", "\"/a/b\""),
        (FS, "/a//b", "\"/a/b\""),
        (FS, "//a", "\"/a\""),
        (FS, "/..", "absolute"),
        (FS, "/a/{}", "match nothing"),
        (FS, "/a/{.,..}/b", "match nothing"),
        (FS, "/a/[z-a]", "begins after its end"),
        (FS, "/a:rwx", "neither `:ro` (read) nor `:rw`"),
        (FS, "/a:w", "\"/a:w:ro\""),
        (FS, "/a:RW", "neither `:ro`"),
        (FS, "/a:read-only", "neither `:ro`"),
        (DIRS, "/a:x", "neither `:ro`"),
        (SHELL, "", "no program"),
        (SHELL, " git status", "\"git status\""),
        (SHELL, "git status ", "\"git status\""),
        (SHELL, "git  *", "\"git *\""),
        (SHELL, " git **", "\"git **\""),
        (SHELL, "git\t**", "\"git **\""),
        (SHELL, "a | b", "the pipe"),
        (SHELL, "a && b **", "match nothing"),
        (SHELL, "echo $HOME", "a substitution"),
        (SHELL, "make CC=*", "\"make 'CC=*'\""),
        (SHELL, "git log --format=%H", "\"git log '--format=%H'\""),
        (SHELL, "echo \"a b\"", "\"echo 'a b'\""),
        (SHELL, "'git' status", "\"git status\""),
        (SHELL, "echo a\nb *", "match nothing"),
        (HTTP, "https://a.test/x#y", "\"https://a.test/x\""),
        (HTTP, "https://a.test/**#", "without a fragment"),
        (HTTP, "https://a.test/a/../b", "\"https://a.test/b\""),
        (HTTP, "https://a.test/a b", "\"https://a.test/a%20b\""),
        (
            HTTP,
            "https://a.test/é?q=ü",
            "\"https://a.test/%C3%A9[?]q=%C3%BC\"",
        ),
        (HTTP, "https://a.test/{a,b} c", "`%20`"),
        (HTTP, "https://a b/**", "without blanks"),
        (HTTP, "htps://a.test/**", "`http`, `https`"),
        (HTTP, "ftp://a.test/**", "`http`, `https`"),
        (HTTP, "https://a.test:0/**", "1 to 65535"),
        (HTTP, "https://a.test:65536/**", "1 to 65535"),
        (HTTP, "https://a.test:0/", "1 to 65535"),
        (HTTP, "https://a.test:0", "1 to 65535"),
        (HTTP, "https://a.test:00/x", "1 to 65535"),
        (HTTP, "http://1.2.3.4:0/a", "1 to 65535"),
        (HTTP, "https://a.test:https/**", "1 to 65535"),
        (HTTP, "https://::1/**", "a host is"),
        (HTTP, "http://127.1/", "\"http://127.0.0.1/\""),
        (HTTP, "http://127.1/**", "a host is"),
        (HTTP, "http://256.0.0.1/**", "a host is"),
        (HTTP, "https://{}/**", "a host is"),
        (HTTP, "https://a.test./**", "a dot at its end"),
        (TCP, "db.test", "`db.example.com:*`"),
        (TCP, "db.test:0", "1 to 65535"),
        (TCP, "db.test:65536", "1 to 65535"),
        (TCP, "db.test:", "1 to 65535"),
        (TCP, "db test:1", "a host and a port"),
        (TCP, "tcp://db.test:1", "a host and a port"),
        (TCP, "", "a host and a port"),
        (EMIT, "", "at least one character"),
        (EMIT, "orders\n", "control characters"),
        (EMIT, "orders/[*]", "stars"),
        (SUBSCRIBE, "a/[{]b}", "braces"),
        (STORE, "", "at least one character"),
        (STORE, "team:rwx", "\"team:rwx:ro\""),
        (STORE, ":rw", "at least one character"),
        (STORE, "a\tb", "control characters"),
        (NODES, "", "a name"),
        ("invoke_policy.can_invoke", "", "the id"),
        ("invoke_policy.can_invoke", "team-*", "no other pattern"),
        ("invoke_policy.can_be_invoked_by", "a b", "A-Z a-z 0-9"),
        ("mcp.hidden_methods", "read-file", "`read_file`"),
        ("mcp.hidden_methods", "Read", "`read`"),
        ("mcp.exposed_methods", "", "no method is called"),
        ("mcp.exposed_methods", "files.read", "no method is called"),
    ];
    each_row(rows, |(list, entry, part)| {
        let Err(error) = parsed(list, entry) else {
            panic!("{list} {entry:?} is taken");
        };
        assert!(error.starts_with("m.yaml:3: "), "{error}");
        assert!(error.contains(&format!("{list}[0]: ")), "{error}");
        assert!(error.contains(part), "{list} {entry:?}: {error}");
    });
}

#[test]
fn entries_that_match_something_are_accepted() {
    let rows = [
        (
            FS,
            &[
                "/",
                "/**",
                "/a/",
                "/a/**:rw",
                "/a/*/b",
                "/a/{b,c}:ro",
                "/a/...",
                "/a/.b",
                "/a/..b",
                "/a/[.]x",
                "/a/{,b}",
                "/a b",
                "/a:b",
                "/a:rwx:ro",
                "/a:w/b",
                "/a:rwxrwx",
                "/é",
                "/a/[!.]*",
                "/a/**/.git",
            ][..],
        ),
        (
            SHELL,
            &[
                "**",
                "git",
                "git **",
                "./**",
                "go *",
                "npm run {build,test}",
                "echo 'a b'",
                "echo *",
                "ls -?",
                "cat [a-c]",
                "make 'CC=*'",
                "* x",
                "{git,hg} status",
                "echo \"a'b\"",
                "'é'",
                "?",
            ],
        ),
        (
            HTTP,
            &[
                "**",
                "https://a.test",
                "https://a.test/**",
                "HTTPS://A.test/**",
                "http{,s}://a/**",
                "*://*/**",
                "https://*.a.test:*/**",
                "https://a.test:8443/x?y=*",
                "wss://a.test/**",
                "https://[::1]:80/**",
                "https://bücher.test/**",
                "http://10.0.0.*/**",
                "https://a_b.test/",
                "https://a.test/%20/**",
                "https://a.test/x.../..y",
                "https://{a,b}.test/{x,y}/*",
                "https://a.test/*[?]k=*",
                "http://1.2.3.4/",
                "https://a.test:{80,443}/**",
                "https://1a.test/",
                "http://*:8080/**",
            ],
        ),
        (
            TCP,
            &[
                "db.test:5432",
                "*:5432",
                "**",
                "*.DB.test:*",
                "[::1]:80",
                "10.0.0.1:{1,65535}",
                "{a,b}:1?",
                "a:[1-9]",
                "bücher.test:1",
            ],
        ),
        (EMIT, &["**", "orders/*", "a b", "[ab]", "{x,y}/é"]),
        (STORE, &["team-*:rw", "facts", "a b:ro", "{a,b}"]),
        (NODES, &["*", "node-1"]),
        ("invoke_policy.can_invoke", &["*", "a", "A.b_c-1"]),
        ("mcp.hidden_methods", &["read", "read_file2"]),
    ];
    each_row(rows, |(list, entries)| {
        for entry in entries {
            let result = parsed(list, entry);
            assert!(result.is_ok(), "{list} {entry:?}: {result:?}");
        }
    });
}

fn has(kind: &'static Kind, text: &str) -> bool {
    kind.pattern(&literal(text)).is_ok()
}

/// Returns a strategy for strings that favour the special characters of patterns, URLs and shells.
fn odd() -> impl Strategy<Value = String> {
    prop_oneof![
        r"[a-cA-C0-9./:@_%-]{0,6}",
        r"[\[\]{}*?!,:#&'\x22$\\ ~^=|a.é\n-]{0,6}",
        r"[^\x00]{0,5}"
    ]
}

proptest! {
    #[test]
    fn every_command_is_of_its_kind(words in prop::collection::vec(odd(), 1..4)) {
        if let Ok(words) = command::check(words) {
            let line = command::join(&words);
            prop_assert!(has(&COMMAND, &line), "{line}");
            prop_assert!(matching_command(&literal(&line)).is_ok(), "{line}");
        }
    }

    #[test]
    fn every_url_is_of_its_kind(host in odd(), port in prop::option::of(1_u16..), rest in odd(), scheme in "(http|ws)s?") {
        let port = port.map(|port| format!(":{port}")).unwrap_or_default();
        if let Ok(url) = Url::parse(&format!("{scheme}://{host}{port}/{rest}")) {
            // No name is a dot or ends in two, and port 0 is invalid.
            let host = crate::url_pattern::host(&url);
            prop_assume!(url.port() != Some(0) && !host.is_empty() && !host.ends_with('.'));
            let mut unnamed = url.clone();
            unnamed.set_fragment(None);
            let authority = host + &unnamed[url::Position::AfterHost..url::Position::AfterPort];
            let pattern = crate::url_pattern::authority_pattern(&crate::url_pattern::literal_authority(&authority));
            prop_assert!(AUTHORITY.has_match(&pattern.unwrap()), "{authority}");
            let sent = &unnamed[url::Position::BeforePath..url::Position::AfterQuery];
            prop_assert!(has(&PATH_AND_QUERY, sent), "{sent}");
        }
    }

    #[test]
    fn every_path_is_of_its_kind(names in prop::collection::vec(r"[^/\x00]{1,6}", 0..4)) {
        let is_plain = |name: &String| name != "." && name != "..";
        let path = format!("/{}", names.join("/"));
        prop_assert_eq!(has(&PATH, &path), names.iter().all(is_plain), "{}", path);
    }
}

proptest::proptest! {
    /// Every entry is parsed or rejected in finite time.
    #[test]
    fn every_entry_is_accepted_or_rejected(text in r"(https?://)?[a-c0-9.:/?#\[\]{}*,%-]{0,12}") {
        for list in [HTTP, TCP] {
            let _ = parsed(list, &text);
        }
    }
}
