//! Patterns of topics.

use luminarys_grants::pattern::Pattern;

/// A pattern of topics, compiled once.
#[derive(Clone)]
pub struct TopicPattern {
    /// The common prefix of matching topics.
    prefix: String,
    /// `None` for an invalid pattern: it matches nothing.
    pattern: Option<Pattern>,
}

impl TopicPattern {
    /// Compiles a pattern. One that is invalid matches nothing.
    pub fn new(pattern: &str) -> Self {
        let literal = pattern.find(['*', '?', '[', ']', '{', '}', '\\']);
        Self {
            prefix: pattern[..literal.unwrap_or(pattern.len())].to_owned(),
            pattern: Pattern::new(pattern).ok(),
        }
    }

    /// Returns whether a topic matches.
    pub fn matches(&self, topic: &str) -> bool {
        let matches = |pattern: &Pattern| pattern.matches(topic);
        topic.starts_with(&self.prefix) && self.pattern.as_ref().is_some_and(matches)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_is_common_to_all_matches() {
        let topics = ["", "a", "ab", "abc", "a/b", "b", "{", "a*"];
        let patterns = [
            "a", "ab*", "a?", "a/**", "**", "{a,b}", "a{b,c}*", "[ab]", "a[!x]", "a\\*", "", "ab",
        ];
        for (pattern, topic) in patterns
            .iter()
            .flat_map(|pattern| topics.map(|topic| (*pattern, topic)))
        {
            let compiled = Pattern::new(pattern).unwrap();
            let topics = TopicPattern::new(pattern);
            assert_eq!(
                topics.matches(topic),
                compiled.matches(topic),
                "{pattern} {topic}"
            );
        }
        assert!(!TopicPattern::new("[").matches("["));
    }
}
