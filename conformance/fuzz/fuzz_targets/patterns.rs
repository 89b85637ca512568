//! Patterns against whatever is asked: a pattern without wildcards covers itself and nothing else.

#![no_main]

use libfuzzer_sys::fuzz_target;
use luminarys_grants::pattern::{Pattern, expand_braces, is_pattern};
use luminarys_grants::{AddressRule, UrlPattern};
use url::Url;

fuzz_target!(|texts: (&str, &str)| {
    let (pattern, subject) = texts;
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
});
