//! `lmsk genkey`

use std::io::{Error, ErrorKind};
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
    // Both are complete before either is renamed, so that a full disk does not destroy a key.
    let secret_file = files::prepare(&path, key.to_text().as_bytes(), 0o600)?;
    let public_file = files::prepare(&public, key.public().to_text().as_bytes(), 0o644)?;
    let failed = |path: &Path| format!("making {}", path.display());
    let kept = |path: &Path| format!("{} exists; --force replaces it", path.display());
    if arguments.force {
        let made = secret_file.persist(&path);
        made.with_context(|| failed(&path))?;
    } else {
        ensure!(!public.exists(), kept(&public));
        let made = secret_file.persist_noclobber(&path);
        let made = made.map_err(|failure| failure.error);
        let exists = |error: &Error| error.kind() == ErrorKind::AlreadyExists;
        ensure!(!made.as_ref().is_err_and(exists), kept(&path));
        made.with_context(|| failed(&path))?;
    }
    let made = public_file.persist(&public);
    made.with_context(|| failed(&public))?;
    Ok(Report::text(format!(
        "private key  {}  (keep it secret)\n\
         public key   {}  (id {}; for `trust` in the host's configuration)\n",
        path.display(),
        public.display(),
        key.public().id()
    )))
}

/// Returns the path of the public key.
fn public_path(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".pub");
    name.into()
}
