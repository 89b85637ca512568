//! `cluster`: this host as a node of a cluster.

use std::path::PathBuf;

use luminarys_cluster::{
    ClusterSection, ClusterSettings, Credentials, FileTransferSection, NatsSection, SettingsError,
    TlsSection,
};
use luminarys_grants::TransferGrants;
use luminarys_grants::yaml::YamlError;
use serde_saphyr::Spanned;

use super::raw::{RawCluster, RawFileTransfer, RawNats, Text};
use super::reader::Reader;

/// The most replicas that the reader accepts; the cluster allows fewer.
const MAX_REPLICAS: u64 = 99;

/// Reads the section. Returns none when it is not there or not enabled; warnings are added to `notes`.
///
/// # Errors
/// [`YamlError`] at the value that cannot be used.
pub(super) fn read(
    reader: &Reader<'_>,
    raw: Option<&Spanned<RawCluster>>,
    notes: &mut Vec<String>,
) -> Result<Option<ClusterSettings>, YamlError> {
    let Some(spanned) = raw else { return Ok(None) };
    let raw = &spanned.value;
    let text =
        |key: &str, text: &Option<Text>| reader.text(&format!("cluster.{key}"), text.as_ref());
    let section = ClusterSection {
        enabled: reader
            .switch("cluster.enabled", raw.enabled.as_ref())?
            .unwrap_or_default(),
        id: text("id", &raw.id)?,
        node: text("node", &raw.node)?,
        nats: nats(reader, &raw.nats)?,
        file_transfer: file_transfer(reader, &raw.file_transfer)?,
        cluster_id: text("cluster_id", &raw.cluster_id)?,
        node_id: text("node_id", &raw.node_id)?,
        nats_url: text("nats_url", &raw.nats_url)?,
        role: text("role", &raw.role)?,
    };
    let (settings, warnings) = section.check().map_err(|error| {
        let place = place(raw, &error).map_or(spanned.referenced, |text| text.referenced);
        reader.at(place, error.to_string())
    })?;
    let place = reader.place(spanned.referenced);
    notes.extend(warnings.into_iter().map(|text| format!("{place}: {text}")));
    Ok(settings)
}

/// Reads what is allowed, and checks that it can be opened.
fn file_transfer(
    reader: &Reader<'_>,
    raw: &RawFileTransfer,
) -> Result<FileTransferSection, YamlError> {
    let list = |key: &str, list: &[Text]| {
        reader.list(&format!("cluster.file_transfer.{key}"), list, |_| Ok(()))
    };
    let section = FileTransferSection {
        allowed_nodes: list("allowed_nodes", &raw.allowed_nodes)?,
        dirs: list("dirs", &raw.dirs)?,
    };
    let opened = TransferGrants::of_node(&section.allowed_nodes, &section.dirs);
    match (opened, raw.allowed_nodes.first().or(raw.dirs.first())) {
        (Err(error), Some(first)) => Err(reader.at(first.referenced, error.to_string())),
        _ => Ok(section),
    }
}

fn nats(reader: &Reader<'_>, raw: &RawNats) -> Result<NatsSection, YamlError> {
    let path = |key: &str, text: &Option<Text>| -> Result<Option<PathBuf>, YamlError> {
        reader.path(&format!("cluster.nats.{key}"), text.as_ref())
    };
    let tls = raw.tls.as_ref().map(|tls| {
        Ok(TlsSection {
            ca: path("tls.ca", &tls.ca)?,
            certificate: path("tls.certificate", &tls.certificate)?,
            key: path("tls.key", &tls.key)?,
            first: reader
                .switch("cluster.nats.tls.first", tls.first.as_ref())?
                .unwrap_or_default(),
        })
    });
    Ok(NatsSection {
        urls: reader.list("cluster.nats.urls", &raw.urls, |_| Ok(()))?,
        credentials: path("credentials", &raw.credentials)?,
        nkey: path("nkey", &raw.nkey)?,
        tls: tls.transpose()?,
        replicas: reader.whole(
            "cluster.nats.replicas",
            raw.replicas.as_ref(),
            0..=MAX_REPLICAS,
        )?,
    })
}

/// Returns the value that an error is about, if it is one.
fn place<'a>(raw: &'a RawCluster, error: &SettingsError) -> Option<&'a Text> {
    match error {
        SettingsError::Name { key: "id", .. } => raw.id.as_ref().or(raw.cluster_id.as_ref()),
        SettingsError::Name { .. } => raw.node.as_ref().or(raw.node_id.as_ref()),
        SettingsError::Url { .. } => raw.nats.urls.first().or(raw.nats_url.as_ref()),
        SettingsError::TooManyUrls(_) => raw.nats.urls.first(),
        SettingsError::Replicas(_) => raw.nats.replicas.as_ref(),
        SettingsError::Both { .. } | SettingsError::Missing { .. } => None,
    }
}

/// Returns the files that make this host the node that it is.
pub(crate) fn secret_files(settings: &ClusterSettings) -> Vec<PathBuf> {
    let credentials = match &settings.credentials {
        Credentials::File(file) | Credentials::NkeyFile(file) => Some(file.clone()),
        Credentials::Certificate | Credentials::Nothing => None,
    };
    let key = settings.tls.as_ref().and_then(|tls| tls.key.clone());
    credentials.into_iter().chain(key).collect()
}
