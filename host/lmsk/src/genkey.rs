//! `lmsk genkey`

use std::path::{Path, PathBuf};

use anyhow::{Context as _, ensure};
use luminarys_package::SecretKey;

use crate::cli::Genkey;
use crate::files;
use crate::report::Report;

pub(crate) fn run(arguments: &Genkey) -> anyhow::Result<Report> {
    let path = match &arguments.out {
        Some(path) => path.clone(),
        None => {
            let path = files::default_key()?;
            if let Some(directory) = path.parent() {
                files::private_directory(directory)?;
            }
            path
        }
    };
    let public = public_path(&path);
    let key = SecretKey::generate()?;
    // Both are whole before either is in its place, so that a full disk costs no key.
    let secret_file = files::prepare(&path, key.to_text().as_bytes(), 0o600)?;
    let public_file = files::prepare(&public, key.public().to_text().as_bytes(), 0o644)?;
    let failed = |path: &Path| format!("making {}", path.display());
    let kept = |path: &Path| {
        let path = path.display();
        format!("making {path}: a key that is there is kept unless --force is given")
    };
    if arguments.force {
        let made = secret_file.persist(&path);
        made.with_context(|| failed(&path))?;
    } else {
        ensure!(!public.exists(), kept(&public));
        let made = secret_file.persist_noclobber(&path);
        made.with_context(|| kept(&path))?;
    }
    let made = public_file.persist(&public);
    made.with_context(|| failed(&public))?;
    Ok(Report::text(format!(
        "private key  {}  (keep it to yourself)\n\
         public key   {}  (id {}; for `trust` in the host's configuration)\n",
        path.display(),
        public.display(),
        key.public().id()
    )))
}

/// Where the public half of a key stands.
fn public_path(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".pub");
    name.into()
}
