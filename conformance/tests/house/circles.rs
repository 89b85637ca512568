//! `scripts/circles` finds files that import each other.

use std::fs;
use std::process::Command;

use anyhow::{Context as _, ensure};
use luminarys_conformance::host::repository;

const MANIFEST: &str = "[package]\nname = \"made-up\"\nedition = \"2024\"\n[workspace]\n";

/// The files of a made-up crate below `src`, with their content.
type Files<'a> = &'a [(&'a str, &'a str)];

/// Runs `scripts/circles` on a crate of these files below `src`. Returns its output; `None` if it finds nothing.
fn circles(files: Files<'_>) -> anyhow::Result<Option<String>> {
    let place = tempfile::tempdir()?;
    let root = place.path();
    fs::write(root.join("Cargo.toml"), MANIFEST)?;
    for (name, text) in files {
        let file = root.join("src").join(name);
        fs::create_dir_all(file.parent().context("a file has a directory")?)?;
        fs::write(file, text)?;
    }
    let git = Command::new("git")
        .args(["init", "--quiet"])
        .current_dir(root)
        .status()?;
    ensure!(git.success(), "git init");
    let output = Command::new(repository().join("scripts/circles"))
        .arg(root.join("Cargo.toml"))
        .output()
        .context("scripts/circles")?;
    let shown = String::from_utf8(output.stdout)?;
    match output.status.code() {
        Some(0) if shown.is_empty() => Ok(None),
        Some(1) if !shown.is_empty() => Ok(Some(shown)),
        other => {
            anyhow::bail!(
                "{other:?}: {shown}{}",
                String::from_utf8_lossy(&output.stderr)
            )
        }
    }
}

#[test]
fn files_that_import_each_other_are_found() -> anyhow::Result<()> {
    let two = "mod a; mod b;";
    let tree = ("p/mod.rs", "mod x; mod y; pub struct P;");
    let cases: &[(&str, Files<'_>, &str)] = &[
        (
            "by name",
            &[
                ("lib.rs", two),
                ("a.rs", "use crate::b::B; pub struct A;"),
                ("b.rs", "use crate::a::A; pub struct B;"),
            ],
            "a.rs -> b.rs -> a.rs",
        ),
        (
            "in a tree of names, under another name",
            &[
                ("lib.rs", two),
                ("a.rs", "use crate::{b::{self, B as C}, D}; pub struct A;"),
                ("b.rs", "pub struct B; use super::a::{A};"),
            ],
            "a.rs -> b.rs -> a.rs",
        ),
        (
            "by a path in code",
            &[
                ("lib.rs", two),
                ("a.rs", "pub fn a() { let _ = vec![crate::b::b()]; }"),
                ("b.rs", "pub fn b() { super::a::a(); }"),
            ],
            "a.rs -> b.rs -> a.rs",
        ),
        (
            "through a module that is imported",
            &[
                ("lib.rs", "mod a; mod b;"),
                ("a.rs", "use crate::b; fn a() { b::c::c(); }"),
                ("b/mod.rs", "pub mod c;"),
                ("b/c.rs", "pub fn c() { crate::a::a(); }"),
            ],
            "a.rs -> b/c.rs -> a.rs",
        ),
        (
            "through a table of contents",
            &[
                (
                    "lib.rs",
                    "mod a; mod b; mod c; pub use a::A; pub use self::b::*;",
                ),
                ("a.rs", "use crate::B; pub struct A;"),
                ("b.rs", "use crate::c::C; pub struct B;"),
                ("c.rs", "use crate::A; pub struct C;"),
            ],
            "a.rs -> b.rs -> c.rs -> a.rs",
        ),
        (
            "among children",
            &[
                ("lib.rs", "mod p;"),
                tree,
                ("p/x.rs", "use super::y::Y; pub struct X;"),
                ("p/y.rs", "use super::x::X; pub struct Y;"),
            ],
            "p/x.rs -> p/y.rs -> p/x.rs",
        ),
        (
            "of a child with a file outside",
            &[
                ("lib.rs", "mod a; mod p;"),
                tree,
                ("a.rs", "use crate::p::P; pub struct A;"),
                ("p/x.rs", "use super::P; use crate::a::A;"),
                ("p/y.rs", ""),
                ("p/mod.rs", "mod x; pub struct P; fn p() { x::x() }"),
            ],
            "a.rs -> p/mod.rs -> p/x.rs -> a.rs",
        ),
        (
            "of a grandchild with what it should be given",
            &[
                ("lib.rs", "mod p; pub struct Root; fn f() { p::p() }"),
                ("p/mod.rs", "mod x; pub fn p() { x::x() }"),
                ("p/x.rs", "use crate::Root; pub fn x() {}"),
            ],
            "lib.rs -> p/mod.rs -> p/x.rs -> lib.rs",
        ),
        (
            "in files that stand elsewhere",
            &[
                ("lib.rs", "#[path = \"there.rs\"] mod a; mod b;"),
                ("there.rs", "use crate::b::B; pub struct A;"),
                ("b.rs", "use crate::a::A; pub struct B;"),
            ],
            "b.rs -> there.rs -> b.rs",
        ),
    ];
    let mut wrong = Vec::new();
    for (name, files, expected) in cases {
        let found = circles(files)?.unwrap_or_default();
        let mut chains = found.lines().filter_map(|line| line.split(": ").nth(2));
        if !chains.any(|chain| chain == *expected) {
            wrong.push(format!("{name}: expected {expected}, found: {found}"));
        }
    }
    ensure!(wrong.is_empty(), "{}", wrong.join("\n"));
    Ok(())
}

#[test]
fn imports_without_a_circle_pass() -> anyhow::Result<()> {
    let cases: &[(&str, Files<'_>)] = &[
        (
            "one way",
            &[
                ("lib.rs", "mod a; mod b; pub use a::A;"),
                ("a.rs", "use crate::b::B; pub struct A;"),
                ("b.rs", "pub struct B;"),
            ],
        ),
        (
            "a parent and its children",
            &[
                ("lib.rs", "mod p;"),
                ("p/mod.rs", "mod x; mod y; pub struct P; use x::X;"),
                ("p/x.rs", "use super::{P, y::Y}; pub struct X;"),
                ("p/y.rs", "use super::P; pub struct Y;"),
            ],
        ),
        (
            "tests",
            &[
                ("lib.rs", "mod a; mod b;"),
                ("a.rs", "use crate::b::B; pub struct A;"),
                (
                    "b.rs",
                    "pub struct B; #[cfg(test)] use crate::a::A; #[cfg(test)] mod tests { use crate::a::A; }",
                ),
            ],
        ),
        (
            "comments and texts",
            &[
                ("lib.rs", "mod a; mod b;"),
                ("a.rs", "use crate::b::B; pub struct A;"),
                (
                    "b.rs",
                    "// use crate::a::A;\n/* crate::a::A */ pub const B: &[&str] = &[\"crate::a::A\", r#\"use crate::a::A;\"#];",
                ),
            ],
        ),
        (
            "another crate's modules of the same name",
            &[
                ("lib.rs", "mod a; mod b;"),
                ("a.rs", "use crate::b::B; pub struct A;"),
                ("b.rs", "use std::a::A; pub struct B;"),
            ],
        ),
        (
            "a module that is imported for what is beneath it",
            &[
                ("lib.rs", "mod a; mod b;"),
                ("a.rs", "use crate::b; pub struct A; fn f() { b::c::c() }"),
                ("b/mod.rs", "pub mod c; pub mod d;"),
                ("b/c.rs", "pub fn c() {}"),
                ("b/d.rs", "use crate::a::A;"),
            ],
        ),
    ];
    let mut wrong = Vec::new();
    for (name, files) in cases {
        if let Some(found) = circles(files)? {
            wrong.push(format!("{name}: {found}"));
        }
    }
    ensure!(wrong.is_empty(), "{}", wrong.join("\n"));
    Ok(())
}

#[test]
fn long_files_are_found() -> anyhow::Result<()> {
    let lines = |count: usize| "// a line\n".repeat(count);
    ensure!(circles(&[("lib.rs", &lines(400))])?.is_none());
    let found = circles(&[("lib.rs", &lines(401))])?.unwrap_or_default();
    ensure!(found.contains("lib.rs: 401 lines"), "{found}");
    let generated = format!("// @generated by a program\n{}", lines(400));
    ensure!(circles(&[("lib.rs", &generated)])?.is_none());
    Ok(())
}
