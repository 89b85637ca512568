//! The secrets of the host itself: its own credentials, and those of its clients.

use luminarys_cluster::ClusterSettings;
use luminarys_orchestrator::Settings;
use luminarys_text::{Redactor, Registered, percent_decoded};

use super::Http;

/// Registers the bearer tokens, the key of the language model, and the passwords in its URL, in the proxy's and in those of NATS.
pub(super) fn register(
    http: &Http,
    cluster: Option<&ClusterSettings>,
    settings: &Settings,
) -> Registered {
    let model = settings.model.as_ref();
    let key = model.and_then(|model| model.api_key.clone());
    let urls = [settings.network.proxy.as_ref(), model.map(|it| &it.url)];
    let passwords = urls.into_iter().flatten().filter_map(|url| {
        // Without a password, the user name is the key.
        let password = url.password().filter(|text| !text.is_empty());
        password.or_else(|| Some(url.username()).filter(|text| !text.is_empty()))
    });
    // Both as written in the URL and as it is sent.
    let passwords = passwords.flat_map(|text| [text.to_owned(), percent_decoded(text)]);
    let mut all = http.auth.secrets.clone();
    all.extend(key);
    all.extend(passwords);
    all.extend(cluster.into_iter().flat_map(|it| it.passwords()));
    Redactor::process().register(all)
}
