//! Denials that repeat: the first of a kind is written, the others are counted.
//!
//! One kind is the same skill, client, capability, target and rule within a window. A skill that asks for ever new things
//! has so many lines on behalf of one client, and so many on behalf of all; what is beyond them is counted by client and
//! capability. So neither the table nor the log grows with what skills and clients do, or with how many clients there are.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use sha2::{Digest as _, Sha256};

use super::record::AuditRecord;

/// How long denials of a kind are counted before the count is written.
const WINDOW: Duration = Duration::from_secs(60);
/// Kinds that are counted at once.
const MAX_KINDS: usize = 2_048;
/// Pairs of skill and client that have lines of their own.
const MAX_BUDGETS: usize = 1_024;
/// The lines of a skill on behalf of a client.
const OF_CLIENT: Rate = Rate {
    burst: 500.0,
    per_minute: 10.0,
};
/// The lines of a skill on behalf of all clients.
const OF_SKILL: Rate = Rate {
    burst: 2_000.0,
    per_minute: 60.0,
};
/// What stands for the targets of many kinds.
const OTHERS: &str = "(other targets)";

type Kind = [u8; 32];

#[derive(Debug, Default)]
pub(super) struct Repeats {
    windows: HashMap<Kind, Window>,
    budgets: HashMap<Kind, Budget>,
}

#[derive(Debug)]
struct Window {
    since: Instant,
    /// The last of them.
    last: AuditRecord,
    /// Those that no line tells of yet.
    unwritten: u64,
}

/// How many lines there may be.
#[derive(Clone, Copy, Debug)]
struct Rate {
    /// At once.
    burst: f64,
    /// After that.
    per_minute: f64,
}

#[derive(Debug)]
struct Budget {
    rate: Rate,
    lines: f64,
    filled: Instant,
}

impl Repeats {
    /// Counts a denial. True when it is to be written itself, as the first of its kind.
    pub fn note(&mut self, record: &AuditRecord, now: Instant) -> bool {
        let AuditRecord {
            skill,
            client,
            capability,
            target,
            rule,
            ..
        } = record;
        let kind = kind(&[skill, client, capability, target, rule]);
        if let Some(window) = self.windows.get_mut(&kind) {
            window.unwritten += 1;
            window.last = record.clone();
            return false;
        }
        if self.windows.len() < MAX_KINDS && self.affords(skill, client, now) {
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
            rule: String::new(),
            ..record.clone()
        };
        let mut kind = kind(&[&others.skill, &others.client, &others.capability]);
        if self.windows.len() >= MAX_KINDS && !self.windows.contains_key(&kind) {
            // Skills and capabilities are few; clients need not be.
            others.client = String::new();
            kind = self::kind(&[&others.skill, &others.capability]);
        }
        let window = self.windows.entry(kind).or_insert_with(|| Window {
            since: now,
            last: others.clone(),
            unwritten: 0,
        });
        window.unwritten += 1;
        window.last = others;
    }

    fn affords(&mut self, skill: &str, client: &str, now: Instant) -> bool {
        let own = kind(&[skill, client]);
        let key = if self.budgets.len() < MAX_BUDGETS || self.budgets.contains_key(&own) {
            own
        } else {
            kind(&[skill])
        };
        let limits = [(key, OF_CLIENT), (kind(&[skill, "", ""]), OF_SKILL)];
        let affords = limits
            .into_iter()
            .all(|(key, rate)| self.budget(key, rate, now).lines >= 1.0);
        if affords {
            for (key, rate) in limits {
                self.budget(key, rate, now).lines -= 1.0;
            }
        }
        affords
    }

    fn budget(&mut self, key: Kind, rate: Rate, now: Instant) -> &mut Budget {
        let budget = self.budgets.entry(key).or_insert(Budget {
            rate,
            lines: rate.burst,
            filled: now,
        });
        budget.fill(now);
        budget
    }

    /// Takes the counts of all windows that have ended.
    pub fn ended(&mut self, now: Instant) -> Vec<AuditRecord> {
        self.budgets.retain(|_, budget| {
            budget.fill(now);
            budget.lines < budget.rate.burst
        });
        self.take(|window| now.saturating_duration_since(window.since) >= WINDOW)
    }

    /// Takes all counts.
    pub fn all(&mut self) -> Vec<AuditRecord> {
        self.take(|_| true)
    }

    fn take(&mut self, wanted: impl Fn(&Window) -> bool) -> Vec<AuditRecord> {
        let taken = self.windows.extract_if(|_, window| wanted(window));
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

impl Budget {
    fn fill(&mut self, now: Instant) {
        let passed = now.saturating_duration_since(self.filled).as_secs_f64();
        let filled = self.lines + passed * self.rate.per_minute / 60.0;
        self.lines = filled.min(self.rate.burst);
        self.filled = now;
    }
}

/// The digest of `parts`, each with its length, so that no two lists are the same text.
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
    use crate::audit::Verdict;

    fn denial(skill: &str, client: &str, target: &str) -> AuditRecord {
        AuditRecord {
            time: "t".to_owned(),
            skill: skill.to_owned(),
            method: "m".to_owned(),
            client: client.to_owned(),
            session: "s".to_owned(),
            request: "1".to_owned(),
            trace: "1".to_owned(),
            capability: "http".to_owned(),
            target: target.to_owned(),
            verdict: Verdict::Denied,
            rule: "r".to_owned(),
            count: 1,
        }
    }

    #[test]
    fn the_first_is_written_and_the_others_are_counted() {
        let (mut repeats, start) = (Repeats::default(), Instant::now());
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
    fn ever_new_targets_are_counted_together_and_leave_room_to_others() {
        let (mut repeats, start) = (Repeats::default(), Instant::now());
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
    fn many_clients_have_no_more_lines_than_a_skill_has() {
        let (mut repeats, start) = (Repeats::default(), Instant::now());
        let asked = |number: usize| denial("a", &format!("client {number}"), &number.to_string());
        let written = (0..20_000).filter(|number| repeats.note(&asked(*number), start));
        assert_eq!(written.count(), 2_000);
        assert!(repeats.windows.len() <= MAX_KINDS + 3);
        let counted: u64 = repeats.all().iter().map(|record| record.count).sum();
        assert_eq!(counted, 18_000);
        assert!(repeats.note(&denial("b", "client", "x"), start));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(16))]

        /// Whoever asks for whatever, every denial is told of once, and the tables stay small.
        #[test]
        fn nothing_is_lost_and_nothing_grows(
            asked in proptest::collection::vec((0..3_usize, 0..2_000_usize, 0..50_usize, 0..5_000_u64), 0..6_000),
        ) {
            let (mut repeats, mut now) = (Repeats::default(), Instant::now());
            let mut told = 0;
            let count = asked.len() as u64;
            for (skill, client, target, passed) in asked {
                let record = denial(&skill.to_string(), &client.to_string(), &target.to_string());
                told += u64::from(repeats.note(&record, now));
                prop_assert!(repeats.windows.len() <= MAX_KINDS + 3 && repeats.budgets.len() <= MAX_BUDGETS + 6);
                now += Duration::from_millis(passed / 50);
                told += repeats.ended(now).iter().map(|record| record.count).sum::<u64>();
            }
            told += repeats.all().iter().map(|record| record.count).sum::<u64>();
            prop_assert_eq!(told, count);
            prop_assert!(repeats.windows.is_empty());
        }
    }
}
