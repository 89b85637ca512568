//! Reads the package to be added from a file or a registry, and verifies its signature.

use std::path::Path;

use anyhow::{Context as _, bail};
use indicatif::ProgressBar;
use luminarys_orchestrator::{Settings, digest};
use luminarys_package::{MAX_PACKAGE_BYTES, Package, PublicKey, Trust};
use luminarys_registry::{Cache, Client, Options, PlainHttp, Reference, SCHEME};

use crate::output;

/// The largest file of a key, in bytes.
const MAX_KEY: u64 = 64 << 10;

/// A package whose signature is valid; whether its signer is trusted is decided elsewhere.
pub(super) struct Found {
    pub package: Package,
    /// `None` for an unsigned package.
    pub signer: Option<PublicKey>,
    /// Its source: the file, or the reference with the digest that pins it.
    pub from: String,
    /// The digest of the whole file, as a manifest states it.
    pub digest: String,
}

/// Fetches the package that `named` names.
///
/// # Errors
/// Fails when it cannot be read, is not a package, or was changed after it was signed.
pub(super) async fn fetch(settings: &Settings, named: &str) -> anyhow::Result<Found> {
    if let Some((scheme, _)) = named.split_once("://")
        && !named.starts_with(SCHEME)
    {
        bail!("packages are not fetched over {scheme}; give a file, or {SCHEME}HOST/REPOSITORY");
    }
    let (package, from) = match named.starts_with(SCHEME) {
        true => pull(settings, named).await?,
        false => (read(Path::new(named))?, named.to_owned()),
    };
    let verified = package.verify(&Trust::Any);
    let verified = verified.with_context(|| format!("{from} was not added"))?;
    if verified.signer.is_none() && settings.trust != Trust::Any {
        bail!("{from} was not added: it is not signed; `lmsk sign` signs it");
    }
    Ok(Found {
        signer: verified.signer,
        digest: digest(&package.content_hash()),
        from,
        package,
    })
}

fn read(path: &Path) -> anyhow::Result<Package> {
    let shown = path.display();
    let bytes = luminarys_files::read(path, MAX_PACKAGE_BYTES)
        .with_context(|| format!("the package {shown} cannot be read"))?;
    Package::read(bytes).with_context(|| format!("{shown} is not a package"))
}

async fn pull(settings: &Settings, named: &str) -> anyhow::Result<(Package, String)> {
    let reference: Reference = named.parse()?;
    let mut registries = settings.plain_http_registries.iter();
    let is_plain = registries.any(|it| it == reference.registry());
    let options = Options {
        plain_http: match is_plain {
            true => PlainHttp::Loopback,
            false => PlainHttp::Never,
        },
        proxy: settings.network.proxy.clone(),
    };
    let cache = settings.cache_dir.as_ref();
    let cache = cache.map(|directory| Cache::new(directory.join("oci")));
    let client = Client::new(options, None);
    let bar = ProgressBar::new_spinner();
    bar.set_message(format!("pulling {reference}"));
    let pulled = tokio::time::timeout(
        settings.pull_timeout,
        client.pull(&reference, cache.as_ref()),
    );
    let pulled = output::with_progress(&bar, pulled).await;
    let pulled = pulled.with_context(|| {
        let seconds = settings.pull_timeout.as_secs();
        format!(
            "{reference}: the registry did not send it within {seconds} s; try again, or allow more time with \
             `registry: {{ pull_timeout_seconds: … }}` in luminarys.yaml"
        )
    })??;
    Ok((pulled.package, pulled.reference.to_string()))
}

/// Checks that `named` (a key's short id, the file of a public key, or its text) is `signer`.
///
/// # Errors
/// Fails when the key cannot be read or is another one.
pub(super) fn check_key(named: &str, signer: &PublicKey) -> anyhow::Result<()> {
    let id = signer.id();
    if named == id {
        return Ok(());
    }
    let is_id = named.len() == id.len() && named.bytes().all(|byte| byte.is_ascii_hexdigit());
    let given = match (is_id, named.starts_with("luminarys-")) {
        (true, _) => named.to_owned(),
        (false, true) => PublicKey::from_text(named).context("--trust-key")?.id(),
        (false, false) => {
            let failed = || format!("--trust-key: the key file {named} cannot be used");
            let text = luminarys_files::read_text(named, MAX_KEY).with_context(failed)?;
            PublicKey::from_text(&text).with_context(failed)?.id()
        }
    };
    if given != id {
        bail!(
            "nothing was added: the package is signed by key {id}, not by {given} as --trust-key says"
        );
    }
    Ok(())
}
