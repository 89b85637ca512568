//! Names of the host's own connections, such as to a proxy or a language model: nobody decides on their addresses.

use std::net::SocketAddr;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use super::Network;

/// Looks up what an HTTP client of the host's asks for.
pub(crate) struct OwnNames(pub Network);

impl Resolve for OwnNames {
    fn resolve(&self, name: Name) -> Resolving {
        let network = self.0.clone();
        Box::pin(async move {
            let found = network.resolve(name.as_str()).await?;
            // The client puts the URL's port in place of 0.
            let found = found.into_iter().map(|address| SocketAddr::new(address, 0));
            Ok(Box::new(found.collect::<Vec<_>>().into_iter()) as Addrs)
        })
    }
}
