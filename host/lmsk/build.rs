//! Embeds the WIT packages and the skill templates in the program, so that `lmsk new` and `lmsk build` need no other
//! files.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// Files that tools and `lmsk generate` create in a project.
const MADE: [&str; 9] = [
    "node_modules",
    "target",
    "dist",
    "build",
    "__pycache__",
    ".venv",
    "Cargo.lock",
    "main.go",
    "lib.ts",
];

/// The folder of skills that are no templates.
const ENGINES: &str = "engines";

fn main() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut out = String::new();
    for (name, folder) in [("WIT", "wit"), ("TEMPLATES", "guest-templates")] {
        let folder = root.join(folder);
        let mut files = Vec::new();
        collect(&folder, &mut files);
        files.sort();
        _ = writeln!(out, "pub(crate) const {name}: &[(&str, &[u8])] = &[");
        for file in files {
            let Ok(inside) = file.strip_prefix(&folder) else {
                continue;
            };
            _ = writeln!(out, "    ({inside:?}, include_bytes!({file:?})),");
        }
        out.push_str("];\n");
    }
    let target = std::env::var_os("OUT_DIR")
        .map(PathBuf::from)
        .unwrap_or_default();
    if let Err(error) = std::fs::write(target.join("embedded.rs"), out) {
        panic!("writing the list of embedded files: {error}");
    }
}

/// Lists the files below `folder`.
fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    // Cargo looks at all that is below a folder, and `engines` is no template.
    if !folder.join(ENGINES).is_dir() {
        println!("cargo::rerun-if-changed={}", folder.display());
    }
    let Ok(entries) = std::fs::read_dir(folder) else {
        return;
    };
    for entry in entries.flatten() {
        let path = entry.path();
        let name = entry.file_name();
        if name == ENGINES || MADE.iter().any(|made| name == *made) {
            continue;
        }
        if path.is_dir() {
            collect(&path, files);
        } else {
            println!("cargo::rerun-if-changed={}", path.display());
            files.push(path);
        }
    }
}
