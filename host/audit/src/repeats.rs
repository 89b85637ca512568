//! Bounds floods of decisions. Of equal denials the first is written and the others are counted; allowed decisions are all
//! written, up to a rate.
//!
//! Denials are equal when skill, client, capability, target and rule are, within a window. A skill that keeps asking for
//! new targets has a rate of lines on behalf of one client, and one on behalf of all; decisions beyond it are counted by client
//! and capability. So neither the tables nor the log grow with what skills and clients do, or with the number of clients.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use sha2::{Digest as _, Sha256};

use crate::record::AuditRecord;

/// How long equal denials are counted before the count is written.
const WINDOW: Duration = Duration::from_secs(60);
/// Kinds of denials of a skill that are counted at once.
const MAX_KINDS: usize = 1_500;
/// Clients of a skill that have a budget of their own.
const MAX_CLIENTS: usize = 200;
/// How many lines of denials are written.
const DENIALS: Rates = Rates {
    of_client: Rate {
        burst: 500.0,
        per_minute: 10.0,
    },
    of_skill: Rate {
        burst: 1_000.0,
        per_minute: 60.0,
    },
};
/// How many lines of allowed decisions are written.
const ALLOWANCES: Rates = Rates {
    of_client: Rate {
        burst: 10_000.0,
        per_minute: 3_000.0,
    },
    of_skill: Rate {
        burst: 20_000.0,
        per_minute: 6_000.0,
    },
};
/// Shown in place of the targets of many kinds.
const OTHERS: &str = "(other targets)";

/// A rate of lines.
#[derive(Clone, Copy, Debug)]
struct Rate {
    /// Lines at once.
    burst: f64,
    /// Lines a minute after that.
    per_minute: f64,
}

/// The rates of lines of a skill.
#[derive(Clone, Copy, Debug)]
struct Rates {
    /// On behalf of one client.
    of_client: Rate,
    /// On behalf of all.
    of_skill: Rate,
}

/// The digest of what makes denials equal.
type Kind = [u8; 32];

/// The decisions of all skills. Each skill has its own tables, so that none displaces another's.
#[derive(Debug)]
pub(crate) struct Repeats {
    skills: HashMap<String, Decisions>,
    rates: Rates,
    /// Whether a decision of a known kind is only counted.
    joins: bool,
}

/// The decisions of one skill.
#[derive(Debug)]
struct Decisions {
    rates: Rates,
    joins: bool,
    windows: HashMap<Kind, Window>,
    clients: HashMap<Kind, Budget>,
    all: Budget,
}

#[derive(Debug)]
struct Window {
    since: Instant,
    /// The last of them.
    last: AuditRecord,
    /// Decisions that no line counts yet.
    unwritten: u64,
}

#[derive(Debug)]
struct Budget {
    rate: Rate,
    lines: f64,
    filled: Instant,
}

impl Repeats {
    /// Returns a table for denials, of which the first of each kind is written.
    pub fn of_denials() -> Self {
        Self {
            skills: HashMap::new(),
            rates: DENIALS,
            joins: true,
        }
    }

    /// Returns a table for allowed decisions, which are all written up to the rate of their skill.
    pub fn of_allowances() -> Self {
        Self {
            skills: HashMap::new(),
            rates: ALLOWANCES,
            joins: false,
        }
    }

    /// Counts a decision. Returns whether it must be written itself.
    pub fn note(&mut self, record: &AuditRecord, now: Instant) -> bool {
        let (rates, joins) = (self.rates, self.joins);
        let skill = self.skills.entry(record.skill.clone());
        let skill = skill.or_insert_with(|| Decisions {
            rates,
            joins,
            windows: HashMap::new(),
            clients: HashMap::new(),
            all: Budget::new(rates.of_skill, now),
        });
        skill.note(record, now)
    }

    /// Takes the counts of all ended windows.
    pub fn ended(&mut self, now: Instant) -> Vec<AuditRecord> {
        let taken = self.take(|window| now.saturating_duration_since(window.since) >= WINDOW);
        self.skills.retain(|_, skill| !skill.is_at_rest(now));
        taken
    }

    /// Takes all counts.
    pub fn all(&mut self) -> Vec<AuditRecord> {
        self.take(|_| true)
    }

    fn take(&mut self, wanted: impl Fn(&Window) -> bool) -> Vec<AuditRecord> {
        let skills = self.skills.values_mut();
        let taken = skills.flat_map(|skill| skill.windows.extract_if(|_, window| wanted(window)));
        let counted = taken.filter(|(_, window)| window.unwritten > 0);
        let mut records: Vec<AuditRecord> = counted
            .map(|(_, window)| AuditRecord {
                count: window.unwritten,
                ..window.last
            })
            .collect();
        records.sort_by(|one, other| one.time.cmp(&other.time));
        records
    }
}

impl Decisions {
    fn note(&mut self, record: &AuditRecord, now: Instant) -> bool {
        if !self.joins {
            let affords = self.affords(&record.client, now);
            if !affords {
                self.count_among_others(record, now);
            }
            return affords;
        }
        let AuditRecord {
            client,
            capability,
            target,
            rule,
            ..
        } = record;
        let kind = kind(&[client, capability, target, rule]);
        if let Some(window) = self.windows.get_mut(&kind) {
            window.unwritten += 1;
            window.last = record.clone();
            return false;
        }
        if self.windows.len() < MAX_KINDS && self.affords(client, now) {
            let window = Window {
                since: now,
                last: record.clone(),
                unwritten: 0,
            };
            self.windows.insert(kind, window);
            return true;
        }
        self.count_among_others(record, now);
        false
    }

    fn count_among_others(&mut self, record: &AuditRecord, now: Instant) {
        let mut others = AuditRecord {
            target: OTHERS.to_owned(),
            method: String::new(),
            session: String::new(),
            request: String::new(),
            trace: String::new(),
            caller: String::new(),
            parent: String::new(),
            rule: String::new(),
            ..record.clone()
        };
        let mut kind = kind(&[&others.client, &others.capability]);
        if self.windows.len() >= MAX_KINDS && !self.windows.contains_key(&kind) {
            // There are few capabilities, but possibly many clients.
            others.client = String::new();
            kind = self::kind(&[&others.capability]);
        }
        let window = self.windows.entry(kind).or_insert_with(|| Window {
            since: now,
            last: others.clone(),
            unwritten: 0,
        });
        window.unwritten += 1;
        window.last = others;
    }

    /// Takes a line from the budgets of the client and the skill, if both have one. Returns whether they had.
    fn affords(&mut self, client: &str, now: Instant) -> bool {
        let own = kind(&[client]);
        let key = if self.clients.len() < MAX_CLIENTS || self.clients.contains_key(&own) {
            own
        } else {
            // One budget for all further clients.
            kind(&[])
        };
        let client = self.clients.entry(key);
        let client = client.or_insert_with(|| Budget::new(self.rates.of_client, now));
        client.fill(now);
        self.all.fill(now);
        let affords = client.lines >= 1.0 && self.all.lines >= 1.0;
        if affords {
            client.lines -= 1.0;
            self.all.lines -= 1.0;
        }
        affords
    }

    /// Drops full budgets. Returns whether nothing is left to remember.
    fn is_at_rest(&mut self, now: Instant) -> bool {
        self.clients.retain(|_, budget| !budget.is_full(now));
        self.windows.is_empty() && self.clients.is_empty() && self.all.is_full(now)
    }
}

impl Budget {
    fn new(rate: Rate, now: Instant) -> Self {
        Self {
            rate,
            lines: rate.burst,
            filled: now,
        }
    }

    fn is_full(&mut self, now: Instant) -> bool {
        self.fill(now);
        self.lines >= self.rate.burst
    }

    fn fill(&mut self, now: Instant) {
        let passed = now.saturating_duration_since(self.filled).as_secs_f64();
        let lines = self.lines + passed * self.rate.per_minute / 60.0;
        self.lines = lines.min(self.rate.burst);
        self.filled = now;
    }
}

/// Returns the digest of `parts`, each with its length, so that different lists have different digests.
fn kind(parts: &[&str]) -> Kind {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part);
    }
    hash.finalize().into()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::Verdict;

    fn denial(skill: &str, client: &str, target: &str) -> AuditRecord {
        AuditRecord {
            time: "t".to_owned(),
            skill: skill.to_owned(),
            method: "m".to_owned(),
            client: client.to_owned(),
            session: "s".to_owned(),
            request: "1".to_owned(),
            trace: "1".to_owned(),
            caller: String::new(),
            parent: String::new(),
            capability: "http".to_owned(),
            target: target.to_owned(),
            verdict: Verdict::Denied,
            rule: "r".to_owned(),
            count: 1,
        }
    }

    #[test]
    fn the_first_is_written_and_the_others_are_counted() {
        let (mut repeats, start) = (Repeats::of_denials(), Instant::now());
        let written = (0..7_000).filter(|_| repeats.note(&denial("a", "c", "x"), start));
        assert_eq!(written.count(), 1);
        assert!(repeats.note(&denial("b", "c", "x"), start));
        assert!(repeats.note(&denial("a", "d", "x"), start));
        assert!(repeats.ended(start + WINDOW / 2).is_empty());
        let ended = repeats.ended(start + WINDOW);
        assert_eq!(ended.len(), 1);
        assert_eq!((ended[0].count, ended[0].target.as_str()), (6_999, "x"));
        // A new window begins with a line.
        assert!(repeats.note(&denial("a", "c", "x"), start + WINDOW));
        assert!(repeats.all().is_empty());
    }

    #[test]
    fn allowed_decisions_are_written_up_to_the_rate_of_their_skill() {
        let (mut repeats, start) = (Repeats::of_allowances(), Instant::now());
        let mut written = |skill: &str, client: &str, count: u32| {
            let noted = (0..count).filter(|_| repeats.note(&denial(skill, client, "x"), start));
            noted.count()
        };
        assert_eq!(written("greedy", "c", 30_000), 10_000);
        assert_eq!(written("greedy", "d", 30_000), 10_000);
        assert_eq!(written("greedy", "e", 10), 0);
        assert_eq!(written("modest", "c", 10), 10);
        let ended = repeats.ended(start + WINDOW);
        let counted: u64 = ended.iter().map(|record| record.count).sum();
        assert_eq!(counted, 40_010);
        assert!(ended.iter().all(|record| record.target == OTHERS));
    }

    #[test]
    fn many_targets_are_counted_together_and_leave_room_for_others() {
        let (mut repeats, start) = (Repeats::of_denials(), Instant::now());
        let hostile = |number: usize| denial("a", "c", &number.to_string());
        let written = (0..10_000).filter(|number| repeats.note(&hostile(*number), start));
        assert_eq!(written.count(), 500);
        assert!(repeats.note(&denial("a", "d", "x"), start));
        assert!(repeats.note(&denial("b", "c", "x"), start));
        let ended = repeats.ended(start + WINDOW);
        assert_eq!(ended.len(), 1);
        assert_eq!((ended[0].count, ended[0].target.as_str()), (9_500, OTHERS));
        // Ten a minute.
        let later = (0..1_000).filter(|number| repeats.note(&hostile(*number), start + WINDOW));
        assert_eq!(later.count(), 10);
    }

    #[test]
    fn many_clients_share_the_rate_of_their_skill_and_displace_no_others() {
        let (mut repeats, start) = (Repeats::of_denials(), Instant::now());
        let asked = |number: usize| denial("a", &format!("client {number}"), &number.to_string());
        let written = (0..20_000).filter(|number| repeats.note(&asked(*number), start));
        // Clients without a budget of their own share one.
        assert_eq!(written.count(), MAX_CLIENTS + 500);
        assert!(repeats.skills["a"].windows.len() <= MAX_KINDS + 1);
        assert!(repeats.note(&denial("b", "client", "x"), start));
        let counted: u64 = repeats.all().iter().map(|record| record.count).sum();
        assert_eq!(counted, 20_000 - 700);
        repeats.ended(start + 100 * WINDOW);
        assert!(repeats.skills.is_empty());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(16))]

        /// For any sequence of denials, each is counted in exactly one line, and the tables stay small.
        #[test]
        fn nothing_is_lost_and_nothing_grows(
            asked in proptest::collection::vec((0..3_usize, 0..2_000_usize, 0..50_usize, 0..5_000_u64), 0..6_000),
        ) {
            let (mut repeats, mut now) = (Repeats::of_denials(), Instant::now());
            let mut counted = 0;
            let count = asked.len() as u64;
            for (skill, client, target, passed) in asked {
                let record = denial(&skill.to_string(), &client.to_string(), &target.to_string());
                counted += u64::from(repeats.note(&record, now));
                for skill in repeats.skills.values() {
                    prop_assert!(skill.windows.len() <= MAX_KINDS + 1 && skill.clients.len() <= MAX_CLIENTS + 1);
                }
                now += Duration::from_millis(passed / 50);
                counted += repeats.ended(now).iter().map(|record| record.count).sum::<u64>();
            }
            counted += repeats.all().iter().map(|record| record.count).sum::<u64>();
            prop_assert_eq!(counted, count);
            prop_assert!(repeats.skills.values().all(|skill| skill.windows.is_empty()));
        }
    }
}
