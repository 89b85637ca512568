//! `permissions.events`: which topics a skill may emit and subscribe to.

use luminarys_text::cut;
use serde::Deserialize;

use super::filesystem::FilesystemGrants;
use crate::capability::{About, Capability, Key, Place, ValueKind};
use crate::denial::{Denial, quoted};
use crate::explain::{Asked, ExplainError, Explained, Flag, Question, Target};
use crate::kind::Kind;
use crate::open_error::OpenError;
use crate::pattern::{Pattern, PatternError, literal};
use crate::section::{Entry, Import, List, Listed, Reader, Section, Written, compile};
use crate::yaml::YamlError;

/// The maximum length of a topic, in bytes.
const MAX_TOPIC: usize = 256;

/// Asks about subscribing rather than emitting.
const SUBSCRIBE: Flag = Flag {
    name: "subscribe",
    value: None,
    help: "ask about subscribing instead of emitting",
};

const SECTION: &[&str] = &["permissions", "events"];

pub(crate) static ABOUT: About = About {
    // Denied until a topic is granted; each topic is decided separately.
    interfaces: &[],
    keys: &[
        Key {
            name: "events.emit",
            form: "TOPIC",
            help: "topics that the skill emits to, optionally with wildcards",
            example: "TOPIC",
            value: ValueKind::Text,
            place: Place::listed(SECTION, Some("emit")),
            shown: "events emit",
            requirement: None,
        },
        Key {
            name: "events.subscribe",
            form: "TOPIC",
            help: "topics that the skill subscribes to, optionally with wildcards",
            example: "TOPIC",
            value: ValueKind::Text,
            place: Place::listed(SECTION, Some("subscribe")),
            shown: "events subscribe",
            requirement: None,
        },
    ],
    questions: &[Question {
        name: "events",
        help: "Events: emitting to a topic, or subscribing to it with --subscribe",
        target: Target::Needed("a topic"),
        flags: &[SUBSCRIBE],
    }],
};

/// An event's topic.
pub(crate) static TOPIC: Kind = Kind::new(
    || r"[^\x00-\x1f\x7f-\x9f*?\[\]{}\\]+".to_owned(),
    "a topic has at least one character, and no control characters, brackets, braces, stars, question marks or \
     backslashes",
);

/// `permissions.events` as written.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct RawEvents {
    emit: List,
    subscribe: List,
}

/// `permissions.events`
#[derive(Clone, Debug, Default, PartialEq)]
pub struct EventsSection {
    /// Topics that may be emitted.
    pub emit: Vec<Entry>,
    /// Topics that may be subscribed to.
    pub subscribe: Vec<Entry>,
}

impl Written for RawEvents {
    type Section = EventsSection;

    fn read(self, reader: &Reader<'_>) -> Result<EventsSection, YamlError> {
        let topics = |key, list| reader.patterns(&TOPIC, key, list);
        Ok(EventsSection {
            emit: topics("permissions.events.emit", self.emit)?,
            subscribe: topics("permissions.events.subscribe", self.subscribe)?,
        })
    }

    fn add(&mut self, line: Self) {
        self.emit.extend(line.emit);
        self.subscribe.extend(line.subscribe);
    }
}

impl Section for EventsSection {
    fn listed(&self) -> Vec<Listed> {
        let emit = self.emit.iter();
        let emit = emit.map(|entry| Listed::entry("events.emit", entry));
        let subscribe = self.subscribe.iter();
        let subscribe = subscribe.map(|entry| Listed::entry("events.subscribe", entry));
        emit.chain(subscribe).collect()
    }

    fn import(&self, _: &str) -> Option<Import> {
        None
    }

    fn reaches_skills(&self) -> bool {
        !self.emit.is_empty()
    }
}

/// The compiled grants of `permissions.events`. An empty list allows nothing.
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

    /// Compiles the patterns of `section`.
    ///
    /// # Errors
    /// Never fails: the section needs nothing opened.
    pub(crate) fn open(section: &EventsSection, _: &FilesystemGrants) -> Result<Self, OpenError> {
        Ok(Self::new(section))
    }

    /// Checks that `topic` is valid for an emitted event.
    ///
    /// # Errors
    /// A message that quotes the text.
    pub fn check_topic(topic: &str) -> Result<(), String> {
        check(topic, |c| "*?[]{}\\".contains(c))
    }

    /// Checks that `pattern` is valid for a subscription.
    ///
    /// # Errors
    /// A message that quotes the text.
    pub fn check_subscription(pattern: &str) -> Result<(), String> {
        check(pattern, |_| false)?;
        let compiled = Self::pattern(pattern);
        compiled.map(drop).map_err(|error| error.to_string())
    }

    /// Decides whether `topic` may be emitted. Returns the place of the entry that allows it.
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
    /// [`PatternError`] for a pattern that is invalid or matches no topic.
    pub fn pattern(text: &str) -> Result<Pattern, PatternError> {
        TOPIC.pattern(text)
    }

    /// Decides whether a skill may subscribe to `pattern`: some entry must equal it or match it as plain text. Each
    /// topic is decided again at delivery.
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

impl Capability for EventGrants {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn explain(&self, _: &str, asked: &Asked) -> Result<Explained, ExplainError> {
        let topic = asked.target();
        let decided = match asked.has(&SUBSCRIBE) {
            true => {
                Self::check_subscription(topic).map_err(ExplainError::Invalid)?;
                self.decide_subscribe(topic)
            }
            false => {
                Self::check_topic(topic).map_err(ExplainError::Invalid)?;
                self.decide_emit(topic)
            }
        };
        Ok(Explained::By(decided?.to_owned()))
    }

    fn reaches_out(&self) -> bool {
        // A subscriber may have wider grants.
        !self.emit.is_empty()
    }
}

fn check(topic: &str, refused: impl Fn(char) -> bool) -> Result<(), String> {
    let wrong = |character: char| character.is_control() || refused(character);
    if topic.is_empty() || topic.len() > MAX_TOPIC || topic.chars().any(wrong) {
        let shown = cut(topic, MAX_TOPIC);
        return Err(format!(
            "the topic {shown:?} must be 1 to {MAX_TOPIC} bytes without control characters or wildcards"
        ));
    }
    Ok(())
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
    use luminarys_testing::each_row;

    use super::*;

    #[test]
    fn each_list_decides_separately() {
        let entry = |pattern: &str| Entry {
            pattern: pattern.to_owned(),
            rule: "m.yaml:1".to_owned(),
        };
        let grants = EventGrants::new(&EventsSection {
            emit: vec![entry("orders/*")],
            subscribe: vec![entry("orders/**"), entry("[ab]")],
        });
        let rows = [
            ("orders/new", true, true),
            ("orders/new/a", false, true),
            ("**", false, false),
            ("a", false, true),
            ("other", false, false),
        ];
        each_row(rows, |(topic, emitted, heard)| {
            assert_eq!(grants.decide_emit(topic).is_ok(), emitted, "{topic}");
            assert_eq!(grants.decide_delivery(topic).is_ok(), heard, "{topic}");
            assert_eq!(grants.decide_subscribe(topic).is_ok(), heard, "{topic}");
        });
        // A skill may subscribe to an entry's own pattern, although it does not match itself as plain text.
        assert!(grants.decide_subscribe("[ab]").is_ok());
        assert!(grants.decide_delivery("[ab]").is_err());
        let denial = grants.decide_emit("other").unwrap_err();
        assert_eq!(denial.rule, r#"permissions.events.emit: ["other"]"#);
        assert!(EventGrants::default().decide_emit("a").is_err());
    }

    #[test]
    fn topics_are_checked() {
        let rows = [
            ("a/b c", true),
            ("", false),
            ("a\n", false),
            ("a*", false),
            ("a]", false),
            (&*"a".repeat(256), true),
            (&*"a".repeat(257), false),
        ];
        each_row(rows, |(topic, good)| {
            let checked = EventGrants::check_topic(topic);
            assert_eq!(checked.is_ok(), good, "{topic:?}: {checked:?}");
        });
        let rows = [("a/*", true), ("[ab]", true), ("[", false), ("", false)];
        each_row(rows, |(pattern, good)| {
            let checked = EventGrants::check_subscription(pattern);
            assert_eq!(checked.is_ok(), good, "{pattern:?}: {checked:?}");
        });
    }
}
