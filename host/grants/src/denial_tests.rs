//! The line that a denial offers: put into the manifest it allows what was denied, and no more than it says.

use proptest::prelude::*;
use url::Url;

use super::*;
use crate::filesystem::{Access, FilesystemGrants, tests::grants};
use crate::manifest::Manifest;
use crate::network::{HttpGrants, TcpGrants};
use crate::shell::ShellGrants;
use crate::store::StoreGrants;

/// A manifest with the list that `denial` offers at the end of its line.
fn with(denial: &Denial, section: &str, key: &str) -> Manifest {
    let (_, list) = denial.rule.rsplit_once(&format!("{key}: ")).unwrap();
    let enabled = if section == "store" {
        ""
    } else {
        "enabled: true, "
    };
    let text = format!("id: a\npath: b\npermissions: {{{section}: {{{enabled}{key}: {list}}}}}\n");
    let manifest = Manifest::parse("m.yaml", &text, &|_| None);
    manifest.unwrap_or_else(|error| panic!("{error}: {text}"))
}

fn files(denial: &Denial) -> FilesystemGrants {
    let manifest = with(denial, "fs", "dirs");
    let entries = manifest.permissions.fs.dirs.iter();
    let entries: Vec<_> = entries
        .map(|entry| (&*entry.path, entry.writable))
        .collect();
    grants(&entries)
}

fn http(denial: &Denial) -> HttpGrants {
    HttpGrants::open(&with(denial, "http", "allowlist").permissions.http).unwrap()
}

fn shell(denial: &Denial) -> ShellGrants {
    let manifest = with(denial, "shell", "allowlist");
    ShellGrants::open(&manifest.permissions.shell, &FilesystemGrants::default()).unwrap()
}

/// Names with a liking for what patterns, YAML and terminals act on.
fn name() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-c]{1,3}",
        r"[\[\]{}*?!,:#&'\x22$\\ a-]{1,6}",
        r"[^/\x00]{1,5}"
    ]
    .prop_filter("no name", |name| name != "." && name != "..")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn of_a_path(names in prop::collection::vec(name(), 2..5), writing: bool) {
        let path = format!("/{}", names.join("/"));
        let access = if writing { Access::Write } else { Access::Read };
        let denial = grants(&[("/elsewhere", true)]).decide(&path, access).unwrap_err();
        let granted = files(&denial);
        prop_assert!(granted.decide(&path, access).is_ok(), "{denial}");
        let parent = path.rsplit_once('/').unwrap().0;
        prop_assert!(granted.decide(&format!("{parent}x/y"), access).is_err(), "{denial}");
        if !writing {
            prop_assert!(granted.decide(&path, Access::Write).is_err(), "{denial}");
        }
    }

    #[test]
    fn of_a_url(names in prop::collection::vec(name(), 0..4), query in prop::option::of(name()), port in 1_u16..) {
        let query = query.map(|query| format!("?{query}")).unwrap_or_default();
        let Ok(url) = Url::parse(&format!("https://h.test:{port}/{}{query}", names.join("/"))) else {
            return Ok(());
        };
        let denial = HttpGrants::default().decide_url(&url).unwrap_err();
        let granted = http(&denial);
        prop_assert!(granted.decide_url(&url).is_ok(), "{url} {denial}");
        let mut sibling = url.clone();
        sibling.set_path(&format!("{}x", url.path()));
        prop_assert!(granted.decide_url(&sibling).is_err(), "{sibling} {denial}");
        let mut other = url.clone();
        other.set_host(Some("g.test")).unwrap();
        prop_assert!(granted.decide_url(&other).is_err(), "{other} {denial}");
    }

    #[test]
    fn of_a_command(words in prop::collection::vec(r"[^\x00]{1,8}", 1..4)) {
        let command = crate::command::join(&words);
        let denial = ShellGrants::default().decide_command(&command).unwrap_err();
        let granted = shell(&denial);
        prop_assert!(granted.decide_command(&command).is_ok(), "{denial}");
        prop_assert!(granted.decide_command(&format!("{command} x")).is_err(), "{denial}");
        prop_assert!(granted.decide_command(&format!("x{command}")).is_err(), "{denial}");
    }

    #[test]
    fn of_a_namespace(namespace in name()) {
        // No such name is asked for.
        prop_assume!(!namespace.contains(char::is_control));
        let denied = |grants: &StoreGrants, name: &str| grants.decide(name, Access::Write).err();
        let denial = denied(&StoreGrants::default(), &namespace).unwrap();
        let granted = StoreGrants::new(&with(&denial, "store", "shared").permissions.store);
        prop_assert!(denied(&granted, &namespace).is_none(), "{denial}");
        prop_assert!(denied(&granted, &format!("{namespace}x")).is_some(), "{denial}");
    }

    #[test]
    fn what_is_quoted_is_the_text(text: String) {
        let quoted = quoted(&text);
        prop_assert!(!quoted.chars().any(is_hidden), "{quoted}");
        prop_assert_eq!(serde_json::from_str::<String>(&quoted).unwrap(), text);
    }
}

#[test]
fn of_a_connection() {
    for host in ["db.test", "127.0.0.1", "[::1]", "[2001:db8::1]"] {
        let denial = TcpGrants::default().decide_name(host, 5432).unwrap_err();
        let manifest = with(&denial, "tcp", "allowlist");
        let granted = TcpGrants::open(&manifest.permissions.tcp).unwrap();
        let name = granted.decide_name(host, 5432);
        assert!(name.is_ok(), "{denial}");
        assert!(granted.decide_name(host, 5433).is_err(), "{denial}");
        assert!(granted.decide_name("[::2]", 5432).is_err(), "{denial}");
        // An address that is named needs no other entry.
        if let Ok(address) = host.trim_matches(['[', ']']).parse() {
            let decided = granted
                .network
                .decide_address(host, &name.unwrap(), address);
            assert!(decided.is_ok(), "{host}: {decided:?}");
        }
    }
}
