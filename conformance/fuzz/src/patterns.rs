//! Patterns against whatever is asked: a pattern without wildcards covers itself and nothing else.

use luminarys_grants::pattern::{Pattern, expand_braces, is_pattern};
use luminarys_grants::{AddressRule, UrlPattern};
use url::Url;

/// Matches a pattern, the first line, with the rest.
pub fn check(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let (pattern, subject) = text.split_once('\n').unwrap_or((&text, ""));
    for compiled in [Pattern::new(pattern), Pattern::path(pattern)]
        .into_iter()
        .flatten()
    {
        let matches = compiled.matches(subject);
        if !is_pattern(pattern) && !pattern.contains('\\') {
            assert_eq!(matches, pattern == subject, "{pattern:?} {subject:?}");
        }
    }
    if let (Ok(compiled), Ok(url)) = (UrlPattern::new(pattern), Url::parse(subject)) {
        let _ = compiled.matches(&url);
        let _ = compiled.names_host(&url);
    }
    let expanded = expand_braces(pattern, 100);
    assert!(expanded.is_ok_and(|all| all.len() <= 100) || pattern.contains(['{', '}', '\\']));
    let _ = pattern.parse::<AddressRule>();
}
