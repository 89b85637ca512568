//! `permissions.events`: which topics a skill may emit and listen to.

use crate::denial::{Denial, quoted};
use crate::manifest::EventsSection;
use crate::network::compile;
use crate::pattern::Pattern;

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

    /// Whether `topic` may be emitted; the place of the entry that allows it.
    ///
    /// # Errors
    /// [`Denial`] when no entry of `emit` matches.
    pub fn decide_emit(&self, topic: &str) -> Result<&str, Denial> {
        decide("emit", &self.emit, topic)
    }

    /// Whether `topic` may be listened to. A subscription's pattern, taken as plain text, is asked when it is made; each
    /// topic when it is delivered.
    ///
    /// # Errors
    /// [`Denial`] when no entry of `subscribe` matches.
    pub fn decide_subscribe(&self, topic: &str) -> Result<&str, Denial> {
        decide("subscribe", &self.subscribe, topic)
    }
}

fn decide<'a>(key: &str, list: &'a [(Pattern, String)], topic: &str) -> Result<&'a str, Denial> {
    let found = list.iter().find(|(pattern, _)| pattern.matches(topic));
    found.map(|(_, rule)| rule.as_str()).ok_or_else(|| {
        let reason = format!("no entry of permissions.events.{key} matches");
        let rule = format!("permissions.events.{key}: [{}]", quoted(topic));
        Denial::new("events", topic, reason, rule)
    })
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
            subscribe: vec![entry("orders/**")],
        });
        for (topic, emitted, heard) in [
            ("orders/new", true, true),
            ("orders/new/a", false, true),
            ("**", false, false),
            ("other", false, false),
        ] {
            assert_eq!(grants.decide_emit(topic).is_ok(), emitted, "{topic}");
            assert_eq!(grants.decide_subscribe(topic).is_ok(), heard, "{topic}");
        }
        let denial = grants.decide_emit("other").unwrap_err();
        assert_eq!(denial.rule, r#"permissions.events.emit: ["other"]"#);
        assert!(EventGrants::default().decide_emit("a").is_err());
    }
}
