//! `luminarys cluster`

use std::path::PathBuf;

use clap::{Args, Subcommand};

pub(super) const EXAMPLES: &str = "Examples:
  luminarys cluster key node-a.nk          make a key; its public part is printed
  luminarys cluster permissions a=UABC… b=UDEF… >> nats-server.conf";

#[derive(Debug, Subcommand)]
pub(crate) enum ClusterCommand {
    /// Make the key of a node: write its secret part to FILE, and print its public part.
    ///
    /// Only the node needs the file: name it as `cluster.nats.nkey` in its configuration. An existing file is never
    /// replaced; --public prints the public part of one that holds a key.
    Key {
        /// The file of the secret key.
        file: PathBuf,
        /// Print the public key of an existing file.
        #[arg(long)]
        public: bool,
    },
    /// Print the lines for the configuration of the NATS server that let each node speak only as itself.
    ///
    /// Name every node of the cluster, also those that join later; a node that is not named can neither see the others
    /// nor be seen by them. For servers that know their users by signed tokens (JWT), `--nsc` prints the commands of NATS's
    /// tool nsc in their place; they make the files that nodes name as `cluster.nats.credentials`.
    #[command(
        after_help = "Examples:\n  luminarys cluster permissions a=UABC… b=UDEF…\n  \
                            luminarys cluster permissions --id lab a=certificate:CN=node-a b=certificate:CN=node-b\n  \
                            luminarys cluster permissions --id lab --nsc a b | sh"
    )]
    Permissions(Permissions),
}

#[derive(Args, Debug)]
pub(crate) struct Permissions {
    /// The nodes: NAME=PUBLIC_KEY, or NAME=certificate:SUBJECT for a server with `verify_and_map`; with --nsc NAME.
    #[arg(value_name = "NODE=IDENTITY", required = true)]
    pub nodes: Vec<String>,
    /// The name of the cluster, instead of `cluster.id` of the configuration.
    #[arg(long, value_name = "NAME")]
    pub id: Option<String>,
    /// Print commands of nsc, for servers that know their users by signed tokens.
    #[arg(long)]
    pub nsc: bool,
}
