//! Errors of `luminarys add`, which leave no files behind.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};

use luminarys_package::{SecretKey, sign};
use luminarys_testing::each_row;
use serde_json::json;

use crate::desk::{COMPONENT, Desk, described, unsigned};

#[test]
fn errors_leave_no_files_behind() {
    let desk = Desk::trusting();
    let good = desk.package("good", json!([]));
    desk.run(&["add", &good, "--id", "taken"]).succeeds();
    let needy = desk.package("needy", json!([{ "kind": "env", "pattern": "KEY" }]));
    let greedy = desk.package(
        "greedy",
        json!([{ "kind": "fs", "pattern": "/nonexistent/place", "mode": "rw" }]),
    );
    let magic = desk.package("magic", json!([{ "kind": "magic", "pattern": "wand" }]));
    let stranger = SecretKey::generate().unwrap();
    let strange = desk.package_of("strange", "1.0.0", json!([]), &stranger);
    let whole = fs::read(desk.path(&good)).unwrap();
    let mut tampered = whole.clone();
    tampered[20] ^= 1;
    desk.write("tampered.skill", tampered);
    let mut appended = whole.clone();
    appended.extend(b"\0\x05\x04name");
    desk.write("appended.skill", appended);
    desk.write("cut.skill", &whole[..whole.len() / 2]);
    desk.write("unsigned.skill", unsigned("plain", "1.0.0", json!([])));
    // Signed, but different from its descriptor, or with an import that nothing provides.
    let import = "(component (import \"nowhere:at/all\" (instance (export \"f\" (func))))";
    let rows = [
        ("empty-component.skill", "(component)".to_owned()),
        (
            "unlinked.skill",
            COMPONENT.replacen("(component", import, 1),
        ),
    ];
    each_row(rows, |(file, component)| {
        let component = described(&component, "odd", "1.0.0", json!([]));
        desk.write(file, sign(&component, &desk.key).unwrap());
    });
    desk.write("text.skill", "no package");
    desk.write("empty.skill", "");
    desk.write("skills/broken.yaml", "id: [\n");
    desk.write("strange.pub", stranger.public().to_text());
    symlink("nowhere", desk.path("dangling.skill")).unwrap();
    let id = stranger.public().id();
    let before = desk.snapshot();
    let rows = [
        (
            &["none.skill"][..],
            &["none.skill cannot be read", "No such file"][..],
        ),
        (&["dangling.skill"], &["cannot be read"]),
        (&["."], &["it is a directory, not a file"]),
        (
            &["text.skill"],
            &["text.skill is not a package", "not a component"],
        ),
        (&["empty.skill"], &["empty.skill is not a package"]),
        (&["cut.skill"], &["cut.skill is not a package"]),
        (&["appended.skill"], &["appended"]),
        (&["tampered.skill"], &["tampered.skill"]),
        (
            &["unsigned.skill", "--yes"],
            &["it is not signed", "lmsk sign"],
        ),
        (&["unsigned.skill", "--trust-key", &id], &["not signed"]),
        (
            &["empty-component.skill"],
            &["nothing was added, because it cannot be loaded", "double"],
        ),
        (
            &["unlinked.skill"],
            &[
                "nothing was added, because it cannot be loaded",
                "nowhere:at/all",
            ],
        ),
        (&["oci://nowhere"], &["HOST/REPOSITORY"]),
        (&["oci://127.0.0.1:1/a/b:1"], &["127.0.0.1:1"]),
        // Granting its requirements does not trust its signer.
        (
            &[&strange, "--yes"],
            &[&id, "is not trusted", "--trust-key"],
        ),
        (
            &[&strange, "--trust-key", "0123456789abcdef0123"],
            &["signed by key", "not by 0123456789abcdef0123"],
        ),
        (
            &[&good, "--trust-key", "strange.pub"],
            &["signed by key", &id],
        ),
        (
            &[&strange, "--trust-key", "none.pub"],
            &["none.pub cannot be used"],
        ),
        (
            &[&good, "--grant", "fs"],
            &["--grant fs needs a value", "--grant fs=/"],
        ),
        (&[&good, "--grant", "htp=x"], &["did you mean `http`?"]),
        (
            &[&good, "--grant", "fs=/nonexistent/place"],
            &["nothing was added", "/nonexistent/place"],
        ),
        (
            &[&good, "--grant", "fs=/tmp:rwx"],
            &[
                "neither `:ro` (read) nor `:rw` (read and write)",
                "/tmp:rwx:ro",
            ],
        ),
        (
            &[&good, "--grant", "store=team:w"],
            &["permissions.store.shared[0]", "team:w:ro"],
        ),
        (
            &[&good, "--grant", "tcp=host:99999"],
            &["permissions.tcp.allowlist[0]"],
        ),
        (
            &[&good, "--grant", "env.A=$NO_SUCH_VARIABLE"],
            &["NO_SUCH_VARIABLE is not set"],
        ),
        (&[&good, "--id", "a/b"], &["1 to 64 of"]),
        (
            &[&good, "--id", "taken"],
            &["taken exists already", "--upgrade", "--id NAME"],
        ),
        (
            &[&needy, "--yes"],
            &["requires the variable KEY", "--grant 'env.KEY=$VARIABLE'"],
        ),
        (
            &[&greedy, "--yes"],
            &["nothing was added", "/nonexistent/place"],
        ),
        (&[&magic, "--yes"], &["magic", "does not offer"]),
        (
            &[&needy, "--id", "taken"],
            &["taken is taken by another package, test.onboard.good"],
        ),
        (
            &[&good, "--id", "broken"],
            &["broken.yaml exists already and was not changed"],
        ),
        (
            &[&good, "--id", "new", "--upgrade"],
            &["nothing to upgrade"],
        ),
        (&[&good, "--config", "none.yaml"], &["none.yaml"]),
    ];
    each_row(rows, |(arguments, parts)| {
        desk.run(&[&["add"], arguments].concat()).fails(parts);
        assert_eq!(desk.snapshot(), before, "{arguments:?}");
    });
    let bare = Desk::bare();
    let package = bare.package("good", json!([]));
    bare.run(&["add", &package]).fails(&["luminarys init"]);
}

#[test]
fn a_secret_on_the_command_line_is_not_repeated() {
    let desk = Desk::new();
    let package = desk.package("numbers", json!([]));
    let refused = desk.run(&["add", &package, "--grant", "env.KEY=hunter2hunter2"]);
    refused.fails(&["is not trusted"]);
    let trust = desk.key.public().id();
    let added = desk.run(&[
        "add",
        &package,
        "--grant",
        "env.KEY=hunter2hunter2",
        "--trust-key",
        &trust,
        "--json",
    ]);
    added.succeeds();
    let rows = [&refused.out, &refused.err, &added.out, &added.err];
    each_row(rows, |outcome| {
        assert!(!outcome.contains("hunter2"), "{outcome}");
    });
}

#[test]
fn an_unwritable_place_is_reported() {
    let desk = Desk::new();
    let package = desk.package("numbers", json!([]));
    let trust = desk.key.public().id();
    let rows = [("skills", 0o555), ("", 0o555), ("luminarys.yaml", 0o444)];
    each_row(rows, |(name, mode)| {
        let usual = fs::metadata(desk.path(name)).unwrap().permissions();
        fs::set_permissions(desk.path(name), fs::Permissions::from_mode(mode)).unwrap();
        let before = desk.snapshot();
        let ended = desk.run_bound_by_modes(&["add", &package, "--trust-key", &trust]);
        if let Some(ended) = ended {
            assert_eq!(ended.code, Some(2), "{name}: {ended:?}");
            assert_eq!(desk.snapshot(), before, "{name}");
        }
        fs::set_permissions(desk.path(name), usual).unwrap();
    });
    desk.run(&["add", &package, "--trust-key", &trust])
        .succeeds();
}
