//! The project's README and the files that run it.

use std::path::Path;

use super::template::Choice;
use super::{File, Names};
use crate::cli::{NewLang, Template};

/// Returns README.md, the manifest, the host's configuration, and .gitignore.
pub(super) fn files(choice: &Choice, names: &Names) -> Vec<File> {
    let file = |path: &str, text: String| File {
        path: path.into(),
        bytes: text.into_bytes(),
    };
    vec![
        file("README.md", readme(choice, names)),
        file("manifest.yaml", manifest(choice, names)),
        file("luminarys.yaml", CONFIGURATION.to_owned()),
        file(".gitignore", IGNORED.to_owned()),
    ]
}

const CONFIGURATION: &str = "# For trying out the skill: `luminarys serve`, `luminarys call`.\nskills: [manifest.yaml]\ntrust: [\"${HOME}/.lmsk/key.pub\"]\nhttp: { addr: 127.0.0.1:8080 }\n";

const IGNORED: &str =
    "*.skill\n*.wasm\n/build/\n/dist/\n/node_modules/\n/target/\n/.venv/\n__pycache__/\n";

fn manifest(choice: &Choice, names: &Names) -> String {
    let permissions = match choice.template {
        Template::Echo | Template::Empty => {
            "# permissions: { fs: { enabled: true, dirs: [\"/home/me/project:rw\"] } }\n"
        }
        Template::Fs => "permissions: { fs: { enabled: true, dirs: [\"/tmp:rw\"] } }\n",
        Template::Web => "permissions: { http: { enabled: true, allowlist: [\"https://**\"] } }\n",
        Template::Git => {
            "permissions: { shell: { enabled: true, allowlist: [\"git **\"], allowed_dirs: [\"/tmp\"] } }\n"
        }
        Template::FileTransfer => {
            "permissions: { file_transfer: { enabled: true, allowed_nodes: [\"*\"], local_dirs: [\"/tmp:rw\"] } }\n\
             # So must `cluster.file_transfer` of the host's configuration.\n"
        }
    };
    format!(
        "# What the skill may do; everything else is denied.\nid: {}\npath: {}.skill\n\
         # No other skill is loaded from there. Who signs it is recorded when it is first loaded.\npackage: {{ id: {} }}\n{permissions}",
        names.name, names.id, names.id
    )
}

fn readme(choice: &Choice, names: &Names) -> String {
    let (source, tools) = match choice.lang {
        NewLang::Rust if choice.wit => (
            "`wit/world.wit` says what the skill offers, `src/lib.rs` does it",
            "cargo build --release --target wasm32-wasip2",
        ),
        NewLang::Rust => (
            "`src/skill.rs` is the skill; `lmsk build` makes `src/lib.rs` and `wit/skill.wit` of its `@skill:` lines",
            "cargo build --release --target wasm32-wasip2",
        ),
        NewLang::Go => (
            "`skill.go` is the skill; `lmsk build` makes `main.go` of its `@skill:` lines",
            "GOOS=wasip1 GOARCH=wasm go build -buildmode=c-shared -o skill.wasm .",
        ),
        NewLang::As => (
            "`assembly/skill.ts` is the skill; `lmsk build` makes `assembly/lib.ts` of its `@skill:` lines",
            "npm ci && npm run asbuild",
        ),
        NewLang::Python => (
            "`wit/world.wit` says what the skill offers, `app.py` does it",
            "python3 -m venv .venv && .venv/bin/pip install -r requirements.txt",
        ),
        NewLang::Js => (
            "`wit/world.wit` says what the skill offers, `skill.js` does it",
            "npm ci && npm run build",
        ),
    };
    let what = match choice.lang {
        NewLang::Python => "Its tools, once:",
        _ => "Its language's own tools build it as well:",
    };
    let first = if choice.is_annotated() {
        "lmsk generate && "
    } else {
        ""
    };
    let reference = if choice.is_annotated() {
        "`lmsk annotations` explains the `@skill:` lines. "
    } else {
        ""
    };
    format!(
        "# {}\n\nA Luminarys skill in {}. {source}.\n\n```console\n$ lmsk test                      # builds it and runs skill.test.yaml\n\
         $ lmsk build --sign              # {}.skill, with the key of `lmsk genkey`\n$ luminarys call {} METHOD        # as manifest.yaml lets it\n\
         $ lmsk dev                       # does both again whenever a file changes\n```\n\n{what} `{first}{tools}`. {reference}\n",
        names.title,
        choice.lang.title(),
        names.id,
        names.name,
    )
}

/// Returns the next steps.
pub(super) fn next(folder: &Path) -> String {
    format!(
        "  cd {}\n  lmsk test            # build it and run its tests\n  lmsk build --sign    # the package; `lmsk genkey` first, once\n  luminarys serve      # or `luminarys call`, with manifest.yaml and luminarys.yaml\n",
        folder.display()
    )
}
