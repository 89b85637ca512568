//! How often and how much one skill may ask, over a moving window.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use luminarys_grants::LlmSection;

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3600);

/// What was asked within the last hour.
#[derive(Default)]
pub(crate) struct Budget(Mutex<VecDeque<(Instant, u64)>>);

impl Budget {
    /// Counts a call for so many tokens.
    ///
    /// # Errors
    /// The manifest's key that forbids it, and when to try again; nothing is counted then.
    pub fn spend(&self, limits: &LlmSection, tokens: u64, now: Instant) -> Result<(), String> {
        let mut spent = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        while spent
            .front()
            .is_some_and(|(when, _)| now.duration_since(*when) >= HOUR)
        {
            spent.pop_front();
        }
        let within_minute = spent
            .iter()
            .rev()
            .take_while(|(when, _)| now.duration_since(*when) < MINUTE);
        if within_minute.count() as u64 >= limits.max_calls_per_minute {
            return Err(format!(
                "{} calls within a minute, the skill's permissions.llm.max_calls_per_minute",
                limits.max_calls_per_minute
            ));
        }
        let total: u64 = spent.iter().map(|(_, tokens)| tokens).sum();
        if total.saturating_add(tokens) > limits.max_tokens_per_hour {
            return Err(format!(
                "{total} tokens within an hour and {tokens} more; the skill's permissions.llm.max_tokens_per_hour is {}",
                limits.max_tokens_per_hour
            ));
        }
        spent.push_back((now, tokens));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_move() {
        let limits = LlmSection {
            enabled: true,
            max_tokens: 100,
            max_calls_per_minute: 2,
            max_tokens_per_hour: 250,
        };
        let budget = Budget::default();
        let begin = Instant::now();
        let at = |seconds| begin + Duration::from_secs(seconds);
        for (seconds, tokens, refused) in [
            (0, 100, None),
            (1, 50, None),
            (2, 1, Some("max_calls_per_minute")),
            (61, 100, None),
            (122, 1, Some("max_tokens_per_hour")),
            (3601, 100, None),
        ] {
            let spent = budget.spend(&limits, tokens, at(seconds));
            match refused {
                None => spent.unwrap(),
                Some(key) => assert!(spent.unwrap_err().contains(key), "{seconds}"),
            }
        }
    }
}
