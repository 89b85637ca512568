//! `permissions.events`: which topics a skill may emit and listen to.

use crate::denial::{Denial, quoted};
use crate::kind::Kind;
use crate::manifest::EventsSection;
use crate::network::compile;
use crate::pattern::{Pattern, PatternError, literal};

/// `permissions.events`, ready to decide. An empty list allows nothing.
#[derive(Clone, Debug, Default)]
pub struct EventGrants {
    emit: Vec<(Pattern, String)>,
    subscribe: Vec<(Pattern, String)>,
}

impl EventGrants {
    pub(crate) fn new(section: &EventsSection) -> Self {
        Self {
            emit: compile(&section.emit),
            subscribe: compile(&section.subscribe),
        }
    }

    /// Whether any topic may be emitted.
    pub(crate) fn may_emit_any(&self) -> bool {
        !self.emit.is_empty()
    }

    /// Decides whether `topic` may be emitted; the place of the entry that allows it.
    ///
    /// # Errors
    /// [`Denial`] when no entry of `emit` matches.
    pub fn decide_emit(&self, topic: &str) -> Result<&str, Denial> {
        let found = matching(&self.emit, topic);
        found.ok_or_else(|| denied("emit", topic, &literal(topic)))
    }

    /// Compiles the pattern of a subscription.
    ///
    /// # Errors
    /// [`PatternError`] for one that cannot be used, or matches no topic.
    pub fn pattern(text: &str) -> Result<Pattern, PatternError> {
        Kind::Topic.pattern(text)
    }

    /// Decides whether a skill may subscribe to `pattern`: an entry is that pattern, or matches it as plain text. Each topic
    /// is decided again when it is delivered.
    ///
    /// # Errors
    /// [`Denial`] when no entry of `subscribe` covers it.
    pub fn decide_subscribe(&self, pattern: &str) -> Result<&str, Denial> {
        let same = |entry: &&(Pattern, String)| entry.0.as_str() == pattern;
        let found = self.subscribe.iter().find(same);
        let found = found.map(|(_, rule)| rule.as_str());
        let found = found.or_else(|| matching(&self.subscribe, pattern));
        found.ok_or_else(|| denied("subscribe", pattern, pattern))
    }

    /// Decides whether an event of `topic` may be delivered.
    ///
    /// # Errors
    /// [`Denial`] when no entry of `subscribe` matches.
    pub fn decide_delivery(&self, topic: &str) -> Result<&str, Denial> {
        let found = matching(&self.subscribe, topic);
        found.ok_or_else(|| denied("subscribe", topic, &literal(topic)))
    }
}

/// Returns the place of the first entry that matches.
fn matching<'a>(list: &'a [(Pattern, String)], topic: &str) -> Option<&'a str> {
    let found = list.iter().find(|(pattern, _)| pattern.matches(topic));
    found.map(|(_, rule)| rule.as_str())
}

fn denied(key: &str, asked: &str, entry: &str) -> Denial {
    let reason = format!("no entry of permissions.events.{key} matches");
    let rule = format!("permissions.events.{key}: [{}]", quoted(entry));
    Denial::new("events", asked, reason, rule)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest::Entry;

    #[test]
    fn each_list_decides_for_itself() {
        let entry = |pattern: &str| Entry {
            pattern: pattern.to_owned(),
            rule: "m.yaml:1".to_owned(),
        };
        let grants = EventGrants::new(&EventsSection {
            emit: vec![entry("orders/*")],
            subscribe: vec![entry("orders/**"), entry("[ab]")],
        });
        for (topic, emitted, heard) in [
            ("orders/new", true, true),
            ("orders/new/a", false, true),
            ("**", false, false),
            ("a", false, true),
            ("other", false, false),
        ] {
            assert_eq!(grants.decide_emit(topic).is_ok(), emitted, "{topic}");
            assert_eq!(grants.decide_delivery(topic).is_ok(), heard, "{topic}");
            assert_eq!(grants.decide_subscribe(topic).is_ok(), heard, "{topic}");
        }
        // The pattern of an entry may be subscribed to, although it does not match itself as plain text.
        assert!(grants.decide_subscribe("[ab]").is_ok());
        assert!(grants.decide_delivery("[ab]").is_err());
        let denial = grants.decide_emit("other").unwrap_err();
        assert_eq!(denial.rule, r#"permissions.events.emit: ["other"]"#);
        assert!(EventGrants::default().decide_emit("a").is_err());
    }
}
