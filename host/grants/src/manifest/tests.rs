use super::*;

fn parse(text: &str) -> Result<Manifest, String> {
    let environment = |name: &str| (name == "HOME").then(|| "/home/me".to_owned());
    Manifest::parse("m.yaml", text, &environment).map_err(|error| error.to_string())
}

#[test]
fn a_whole_manifest() {
    let manifest = parse(
        "id: files\npath: a.skill\ndescription: d\npermissions:\n  fs:\n    enabled: true\n    dirs: [\"/data/**:rw\", '/etc']\n\
         invoke_policy: {can_invoke: ['*']}\nmcp: {mapping: per_skill}\n\
         env: {A: '${HOME}/x', N: 5, B: true, U: '${NONE}'}\nruntime: {isolation: session, timeout_ms: 5}\n",
    )
    .unwrap();
    let dirs = &manifest.permissions.fs.dirs;
    assert_eq!((dirs[0].path.as_str(), dirs[0].writable), ("/data", true));
    assert_eq!((dirs[1].path.as_str(), dirs[1].writable), ("/etc", false));
    assert_eq!(dirs[0].rule, "m.yaml:7 permissions.fs.dirs[0]");
    let env: Vec<_> = manifest
        .env
        .iter()
        .map(|(key, value)| format!("{key}={value}"))
        .collect();
    assert_eq!(env, ["A=/home/me/x", "B=true", "N=5", "U="]);
    assert_eq!(manifest.mcp.mapping, Mapping::PerSkill);
    assert_eq!(manifest.runtime.isolation, Some(Isolation::Session));
}

#[test]
fn errors_name_the_place_and_the_way_out() {
    for (text, parts) in [
        (
            "id: a\npath: b\npermisions: {}\n",
            &[
                "m.yaml:3:1",
                "unknown key `permisions`",
                "did you mean `permissions`",
            ][..],
        ),
        (
            "id: a\npath: b\npermissions:\n  fs:\n    enable: true\n",
            &["m.yaml:5:5", "did you mean `enabled`"],
        ),
        ("id: a\n", &["`path` is missing"]),
        ("", &["`id` is missing"]),
        ("id: a\nid: b\npath: c\n", &["m.yaml:2:1", "twice"]),
        ("id: 'a b'\npath: c\n", &["m.yaml:1", "the id"]),
        (
            "id: a\npath: c\npermissions: {fs: {dirs: [data]}}\n",
            &["m.yaml:3", "dirs[0]", "absolute"],
        ),
        (
            "id: a\npath: c\npermissions: {fs: {dirs: [/a/../b]}}\n",
            &["m.yaml:3", "`..`"],
        ),
        (
            "id: a\npath: c\npermissions: {http: {allowlist: ['https://{a/**']}}\n",
            &["allowlist[0]", "brace"],
        ),
        ("id: a\npath: c\npermissions: {fs: true}\n", &["m.yaml:3"]),
        ("id: a\npath: [\n", &["m.yaml"]),
        (
            "id: a\npath: c\nenv: {A: '${X'}\n",
            &["m.yaml:3", "not closed"],
        ),
        ("id: a\npath: c\nruntime: {timeout_ms: -1}\n", &["m.yaml:3"]),
    ] {
        let error = parse(text).unwrap_err();
        for part in parts {
            assert!(error.contains(part), "{text:?}: {error}");
        }
    }
}

#[test]
fn no_text_makes_it_panic() {
    // A walk over damaged versions of a good manifest.
    let good = "id: a\npath: b\npermissions:\n  fs: {enabled: true, dirs: ['/a/{b,c}/*:rw']}\nenv: {A: '${B}'}\n";
    for cut in 0..good.len() {
        let _ = parse(&good[..cut]);
        for wrong in ["\0", "{", "&a ", "*a ", "\t", "!!", "? "] {
            let _ = parse(&format!("{}{wrong}{}", &good[..cut], &good[cut..]));
        }
    }
}
