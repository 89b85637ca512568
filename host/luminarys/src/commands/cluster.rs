//! `luminarys cluster`

use std::fs::OpenOptions;
use std::io::{ErrorKind, Write as _};
use std::path::Path;

use anyhow::{Context as _, bail};
use luminarys_cluster::{
    ClusterName, Identity, NodeKey, NodeName, nsc_commands, permissions, public_key_of,
};

use crate::cli::{ClusterCommand, Permissions};
use crate::config::{Config, ConfigError};
use crate::{exit, output};

pub(super) fn run(
    find: &dyn Fn() -> Result<Config, ConfigError>,
    command: ClusterCommand,
) -> anyhow::Result<u8> {
    match command {
        ClusterCommand::Key { file, public: true } => {
            output::print(&format!("{}\n", read(&file)?))?
        }
        ClusterCommand::Key {
            file,
            public: false,
        } => output::print(&format!("{}\n", make(&file)?))?,
        ClusterCommand::Permissions(arguments) => print(find, &arguments)?,
    }
    Ok(exit::OK)
}

/// Returns the public key of a file.
fn read(file: &Path) -> anyhow::Result<String> {
    let shown = file.display();
    let key = public_key_of(file).with_context(|| format!("{shown} cannot be read"))?;
    key.with_context(|| format!("{shown} does not hold the seed of a user's NKey (SU…)"))
}

/// Makes a key. Returns its public part.
fn make(file: &Path) -> anyhow::Result<String> {
    let shown = file.display();
    let key = NodeKey::new()?;
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut written = match options.open(file) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            bail!("{shown} exists; `luminarys cluster key {shown} --public` prints its public key")
        }
        Err(error) => return Err(error).with_context(|| format!("{shown} cannot be made")),
    };
    let stored = written
        .write_all(format!("{}\n", key.seed).as_bytes())
        .and_then(|()| written.sync_all());
    if let Err(error) = stored {
        // Half a key would be in the way of the next try.
        let _ = std::fs::remove_file(file);
        return Err(error).with_context(|| format!("{shown} cannot be written"));
    }
    output::tell(format_args!(
        "{shown} is the secret key of one node; name it as cluster.nats.nkey there. Its public key:"
    ));
    Ok(key.public)
}

/// Prints the permissions of all nodes.
fn print(
    find: &dyn Fn() -> Result<Config, ConfigError>,
    arguments: &Permissions,
) -> anyhow::Result<()> {
    let cluster = match &arguments.id {
        Some(id) => ClusterName::new(id)?,
        None => {
            let config = find()?;
            let hint = "the configuration has no `cluster` that is enabled; name the cluster with --id NAME";
            config.cluster.context(hint)?.cluster
        }
    };
    if arguments.nsc {
        let nodes = arguments.nodes.iter().map(|text| only_name(text));
        let nodes = nodes.collect::<anyhow::Result<Vec<_>>>()?;
        return output::print(&nsc_commands(&cluster, &nodes)?);
    }
    let nodes: Vec<(NodeName, Identity)> = arguments
        .nodes
        .iter()
        .map(|text| node(text))
        .collect::<anyhow::Result<_>>()?;
    output::print(&permissions(&cluster, &nodes)?)
}

/// Reads `NODE`.
fn only_name(text: &str) -> anyhow::Result<NodeName> {
    if let Some((name, _)) = text.split_once('=') {
        bail!("with --nsc, nsc makes the keys of the nodes: write {name} in place of {text}");
    }
    Ok(NodeName::new(text)?)
}

/// Reads `NODE=IDENTITY`.
fn node(text: &str) -> anyhow::Result<(NodeName, Identity)> {
    let (name, identity) = text.split_once('=').with_context(|| {
        format!("{text:?} is not a node: write NAME=PUBLIC_KEY or NAME=certificate:SUBJECT, or names alone with --nsc")
    })?;
    let identity = match identity.strip_prefix("certificate:") {
        Some(subject) => Identity::Certificate(subject.to_owned()),
        None => Identity::Nkey(identity.to_owned()),
    };
    Ok((NodeName::new(name)?, identity))
}
