//! `lmsk genkey`

use std::fs::{DirBuilder, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use luminarys_package::SecretKey;

use crate::cli::Genkey;
use crate::files;

pub(crate) fn run(arguments: &Genkey) -> anyhow::Result<()> {
    let path = match &arguments.out {
        Some(path) => path.clone(),
        None => {
            let path = files::default_key()?;
            if let Some(directory) = path.parent() {
                private_directory(directory)?;
            }
            path
        }
    };
    let key = SecretKey::generate()?;
    if arguments.force && path.exists() {
        std::fs::remove_file(&path).with_context(|| format!("removing {}", path.display()))?;
    }
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let made = options
        .open(&path)
        .and_then(|mut file| file.write_all(key.to_text().as_bytes()));
    made.with_context(|| {
        format!(
            "making {} (a key that is there is kept unless --force is given)",
            path.display()
        )
    })?;
    let public = public_path(&path);
    files::write(&public, key.public().to_text().as_bytes())?;
    println!("private key  {}  (keep it to yourself)", path.display());
    println!(
        "public key   {}  (id {}; for `trust` in the host's configuration)",
        public.display(),
        key.public().id()
    );
    Ok(())
}

/// Where the public half of a key stands.
fn public_path(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".pub");
    name.into()
}

fn private_directory(directory: &Path) -> anyhow::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder
        .create(directory)
        .with_context(|| format!("making {}", directory.display()))
}
