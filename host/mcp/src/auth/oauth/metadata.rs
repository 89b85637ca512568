//! Protected resource metadata (RFC 9728): which authorization server issues tokens for this server, and which scopes.

use serde_json::json;

use super::options::OAuthOptions;

/// Returns the metadata as JSON.
pub(crate) fn document(options: &OAuthOptions) -> String {
    let mut scopes: Vec<&str> = Vec::new();
    let of_rules = options.rules.iter().flat_map(|rule| &rule.scopes);
    for scope in options.scopes.iter().chain(of_rules) {
        if !scopes.contains(&scope.as_str()) {
            scopes.push(scope);
        }
    }
    let mut document = json!({
        "resource": options.resource.as_str(),
        "authorization_servers": [options.issuer],
        "bearer_methods_supported": ["header"],
        "resource_name": "Luminarys",
    });
    if !scopes.is_empty() {
        document["scopes_supported"] = json!(scopes);
    }
    document.to_string()
}
