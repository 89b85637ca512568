//! The budget of one skill's completions over a sliding window. It is kept with the skill's state, so that reloading
//! the skill or restarting the host does not reset it.

use std::io;

use luminarys_grants::LlmSection;
use luminarys_store::{Kind, StateStore};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::model::Prompt;

const MINUTE: u64 = 60;
const HOUR: u64 = 3600;
/// The number of bytes of a prompt that count as one token when the exact number is unknown.
const BYTES_OF_TOKEN: u64 = 4;

/// The completions of one skill within the last hour.
#[derive(Clone)]
pub(crate) struct Budget {
    skill: String,
    state: StateStore,
}

/// The completions requested within one second.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
struct Spent {
    /// Seconds since 1970.
    second: u64,
    calls: u64,
    tokens: u64,
}

/// A call that was counted.
#[derive(Clone, Copy, Debug)]
pub(super) struct Charge {
    second: u64,
    tokens: u64,
}

/// The reason that a call must not be made.
#[derive(Debug, Error)]
pub(super) enum BudgetError {
    /// A limit of the manifest is reached: the text names the key.
    #[error("{0}")]
    Exhausted(String),
    /// The budget's state cannot be read or written.
    #[error("what the skill has spent on language models: {0}")]
    State(#[from] io::Error),
}

impl Budget {
    pub fn new(skill: &str, state: StateStore) -> Self {
        Self {
            skill: skill.to_owned(),
            state,
        }
    }

    /// Counts a call of at most `tokens` tokens at `now`, in seconds since 1970. Blocking.
    ///
    /// # Errors
    /// [`BudgetError`]; the call is then not counted.
    pub(super) fn spend(
        &self,
        limits: &LlmSection,
        tokens: u64,
        now: u64,
    ) -> Result<Charge, BudgetError> {
        self.change(now, |spent| {
            let within_minute = spent.iter().filter(|one| now - one.second < MINUTE);
            let calls: u64 = within_minute.map(|one| one.calls).sum();
            if calls >= limits.max_calls_per_minute {
                return Err(BudgetError::Exhausted(format!(
                    "{} calls within a minute, the skill's permissions.llm.max_calls_per_minute",
                    limits.max_calls_per_minute
                )));
            }
            let total = spent.iter().map(|one| one.tokens);
            let total = total.fold(0, u64::saturating_add);
            if total.saturating_add(tokens) > limits.max_tokens_per_hour {
                return Err(BudgetError::Exhausted(format!(
                    "{total} tokens within an hour and {tokens} more, those of the prompt included; the skill's permissions.llm.max_tokens_per_hour is {}",
                    limits.max_tokens_per_hour
                )));
            }
            match spent.last_mut().filter(|last| last.second == now) {
                Some(last) => {
                    last.calls += 1;
                    last.tokens += tokens;
                }
                None => spent.push(Spent {
                    second: now,
                    calls: 1,
                    tokens,
                }),
            }
            Ok(())
        })?;
        Ok(Charge {
            second: now,
            tokens,
        })
    }

    /// Replaces a call's estimate with the number of tokens that it used. Blocking.
    ///
    /// # Errors
    /// [`BudgetError::State`]; the estimate is then kept.
    pub(super) fn settle(&self, charge: Charge, tokens: u64, now: u64) -> Result<(), BudgetError> {
        self.change(now, |spent| {
            let counted = spent.iter_mut().find(|one| one.second == charge.second);
            if let Some(counted) = counted {
                let others = counted.tokens.saturating_sub(charge.tokens);
                counted.tokens = others.saturating_add(tokens);
            }
            Ok(())
        })
    }

    /// Applies a change to the entries of the hour before `now`, in order of time.
    fn change(
        &self,
        now: u64,
        change: impl FnOnce(&mut Vec<Spent>) -> Result<(), BudgetError>,
    ) -> Result<(), BudgetError> {
        let mut refused = None;
        self.state.update(Kind::Spent, &self.skill, |kept| {
            let mut spent: Vec<Spent> = match kept.as_slice() {
                [] => Vec::new(),
                kept => serde_json::from_slice(kept).map_err(io::Error::from)?,
            };
            // After the clock was set back, later entries are kept for one more window.
            let set_back = spent.iter().any(|one| one.second > now);
            for one in &mut spent {
                one.second = one.second.min(now);
            }
            spent.retain(|one| now - one.second < HOUR);
            match change(&mut spent) {
                Err(error) if set_back => refused = Some(error),
                changed => changed?,
            }
            serde_json::to_vec(&spent).map_err(|error| BudgetError::from(io::Error::from(error)))
        })?;
        refused.map_or(Ok(()), Err)
    }
}

/// Estimates the tokens of a prompt from its bytes, rounded up.
pub(super) fn estimate(prompt: &Prompt) -> u64 {
    (prompt.bytes() as u64).div_ceil(BYTES_OF_TOKEN)
}

#[cfg(test)]
mod tests {
    use luminarys_testing::each_row;
    use proptest::prelude::*;

    use super::*;
    use crate::model::Speaker;

    const START: u64 = 1_700_000_000;

    fn limits(max_calls_per_minute: u64, max_tokens_per_hour: u64) -> LlmSection {
        LlmSection {
            enabled: true,
            max_tokens: 100,
            max_calls_per_minute,
            max_tokens_per_hour,
        }
    }

    #[test]
    fn windows_slide() {
        let budget = Budget::new("s", StateStore::in_memory());
        let rows = [
            (0, 100, None),
            (1, 50, None),
            (2, 1, Some("max_calls_per_minute")),
            (61, 100, None),
            (122, 1, Some("max_tokens_per_hour")),
            (3601, 100, None),
            // The clock was set back.
            (10, 1, Some("max_calls_per_minute")),
            (71, 100, Some("max_tokens_per_hour")),
            (3609, 100, Some("max_tokens_per_hour")),
            (3610, 200, None),
        ];
        each_row(rows, |(seconds, tokens, refused)| {
            let spent = budget.spend(&limits(2, 250), tokens, START + seconds);
            match refused {
                None => drop(spent.unwrap()),
                Some(key) => {
                    let error = spent.unwrap_err().to_string();
                    assert!(error.contains(key), "{seconds}: {error}");
                }
            }
        });
    }

    #[test]
    fn the_budget_survives_reloads_and_restarts() {
        let directory = tempfile::tempdir().unwrap();
        let open = || Budget::new("s", StateStore::open(directory.path()).unwrap());
        let limits = limits(10, 100);
        let charge = open().spend(&limits, 90, START).unwrap();
        assert!(open().spend(&limits, 20, START + 1).is_err());
        open().settle(charge, 70, START + 2).unwrap();
        open().spend(&limits, 20, START + 3).unwrap();
        open().settle(charge, 100, START + 4).unwrap();
        assert!(open().spend(&limits, 1, START + 5).is_err());
        let state = StateStore::open(directory.path()).unwrap();
        Budget::new("other", state.clone())
            .spend(&limits, 100, START)
            .unwrap();
        // Unreadable state does not count as empty.
        state.set(Kind::Spent, "s", b"{broken").unwrap();
        let damaged = open().spend(&limits, 1, START + 9000);
        assert!(matches!(damaged, Err(BudgetError::State(_))), "{damaged:?}");
    }

    #[test]
    fn prompts_count_by_their_bytes() {
        let prompt = Prompt {
            system: Some("12345".to_owned()),
            messages: vec![(Speaker::User, "1234".to_owned())],
            max_tokens: 1,
            temperature: None,
            stop: Vec::new(),
        };
        assert_eq!(estimate(&prompt), 3);
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..Default::default() })]

        /// No window exceeds the manifest's tokens per hour or calls per minute.
        #[test]
        fn no_window_exceeds_the_limits(asked in prop::collection::vec((0_u64..400, 0_u64..60), 1..60)) {
            let limits = limits(3, 100);
            let budget = Budget::new("s", StateStore::in_memory());
            let (mut now, mut granted) = (START, Vec::new());
            for (pause, tokens) in asked {
                now += pause;
                if budget.spend(&limits, tokens, now).is_ok() {
                    granted.push((now, tokens));
                }
            }
            for (end, _) in &granted {
                let within = |window| granted.iter().filter(move |(at, _)| at <= end && end - at < window);
                prop_assert!(within(HOUR).map(|(_, tokens)| tokens).sum::<u64>() <= 100);
                prop_assert!(within(MINUTE).count() <= 3);
            }
        }
    }
}
