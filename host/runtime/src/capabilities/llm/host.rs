//! The functions of `llm`.

use std::sync::Arc;
use std::time::SystemTime;

use wasmtime::component::Resource;

use super::budget::{BudgetError, estimate};
use super::resources::{CompletionOptions, Given};
use super::state::LlmCapability;
use crate::bindings::luminarys::skill::llm as wit;
use crate::bindings::luminarys::skill::types::Error;
use crate::environment::View;
use crate::model::{LanguageModel, Prompt, Speaker};

/// The maximum total size of all messages, in bytes.
const MAX_PROMPT: usize = 1 << 20;
const MAX_MESSAGES: usize = 1_000;
const MAX_STOPS: usize = 16;

fn check(prompt: &Prompt) -> Result<(), Error> {
    let messages = &prompt.messages;
    let bytes = prompt.bytes();
    if bytes > MAX_PROMPT || messages.len() > MAX_MESSAGES || prompt.stop.len() > MAX_STOPS {
        return Err(Error::TooLarge(format!(
            "a prompt of {} messages and {bytes} bytes; at most {MAX_MESSAGES} and {MAX_PROMPT} are sent, with {MAX_STOPS} stops",
            messages.len()
        )));
    }
    if messages
        .last()
        .is_none_or(|(speaker, _)| *speaker != Speaker::User)
    {
        return Err(Error::Invalid(
            "the last message must be the user's".to_owned(),
        ));
    }
    let usual = |temperature: f32| (0.0..=2.0).contains(&temperature);
    if prompt
        .temperature
        .is_some_and(|temperature| !usual(temperature))
    {
        return Err(Error::Invalid(
            "the temperature must be from 0 to 2".to_owned(),
        ));
    }
    Ok(())
}

impl View<'_, LlmCapability> {
    /// Returns the model for this call: the client's, or the host's.
    ///
    /// # Errors
    /// `unavailable` when there is neither.
    fn model(&self) -> Result<Arc<dyn LanguageModel>, Error> {
        let of_client = self.call.context.model.clone();
        let model = of_client.or_else(|| self.state.model.clone());
        model.ok_or_else(|| {
            let text = "the client offers no model, and the host's configuration names none (llm.url, llm.model)";
            Error::Unavailable(text.to_owned())
        })
    }

    async fn in_budget<T: Send + 'static>(
        &mut self,
        work: impl FnOnce(u64) -> Result<T, BudgetError> + Send + 'static,
    ) -> Result<T, Error> {
        let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
        let now = since.unwrap_or_default().as_secs();
        let done = self.shared.lane.run(move || work(now)).await;
        let done = done.map_err(|error| Error::Io(error.to_string()))?;
        done.map_err(|error| match error {
            BudgetError::Exhausted(text) => Error::LimitExceeded(text),
            BudgetError::State(_) => Error::Io(error.to_string()),
        })
    }
}

impl wit::Host for View<'_, LlmCapability> {
    async fn check(&mut self) -> Result<(), Error> {
        // What it answers is whether a completion would be allowed.
        self.may("complete", "check")?;
        let decided = self.shared.grants.llm.decide();
        decided.map_err(|denial| self.denied(denial))?;
        self.model().map(drop)
    }

    async fn complete(
        &mut self,
        prompt: wit::Prompt,
        options: Option<Resource<CompletionOptions>>,
    ) -> Result<wit::Completion, Error> {
        self.may("complete", "complete")?;
        let shared = self.shared.clone();
        let rule = shared
            .grants
            .llm
            .decide()
            .map_err(|denial| self.denied(denial))?;
        let noted = self.audit().allowed("llm", "complete", rule);
        noted.map_err(|denial| self.denied(denial))?;
        let options = self.options(options, Given::default())?;
        let limits = &shared.grants.llm.0;
        let max_tokens = options.max_tokens.unwrap_or(limits.max_tokens);
        let messages = prompt
            .messages
            .into_iter()
            .map(|message| match message.role {
                wit::Role::User => (Speaker::User, message.content),
                wit::Role::Assistant => (Speaker::Assistant, message.content),
            });
        let prompt = Prompt {
            system: prompt.system,
            messages: messages.collect(),
            max_tokens,
            temperature: options.temperature,
            stop: options.stop,
        };
        check(&prompt)?;
        if max_tokens > limits.max_tokens {
            return Err(Error::TooLarge(format!(
                "{max_tokens} tokens; the skill's permissions.llm.max_tokens is {}",
                limits.max_tokens
            )));
        }
        let model = self.model()?;
        // Counted before sending: a cancelled call costs tokens too.
        let most = estimate(&prompt).saturating_add(max_tokens.into());
        let (budget, limits) = (self.state.budget.clone(), limits.clone());
        let charge = self
            .in_budget(move |now| budget.spend(&limits, most, now))
            .await?;
        let asked = model.complete(prompt);
        let answer = asked.await.map_err(|error| Error::Io(error.to_string()))?;
        self.charge_answer(answer.content.len())?;
        if let Some(tokens) = answer.tokens {
            let budget = self.state.budget.clone();
            self.in_budget(move |now| budget.settle(charge, tokens, now))
                .await?;
        }
        Ok(wit::Completion {
            content: answer.content,
            model: answer.model,
            finish: answer.finish,
        })
    }
}
