//! Names of the host's own connections, such as to a proxy or a language model: no grants restrict their addresses.

use std::net::SocketAddr;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use crate::network::Network;

/// The resolver of the host's own HTTP clients.
pub struct OwnNames(pub Network);

impl Resolve for OwnNames {
    fn resolve(&self, name: Name) -> Resolving {
        let network = self.0.clone();
        Box::pin(async move {
            let found = network.resolve(name.as_str()).await?;
            // The client replaces port 0 by the URL's.
            let found = found.into_iter().map(|address| SocketAddr::new(address, 0));
            Ok(Box::new(found.collect::<Vec<_>>().into_iter()) as Addrs)
        })
    }
}
