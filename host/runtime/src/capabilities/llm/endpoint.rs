//! A model behind an address that talks as OpenAI's `POST /chat/completions` does, which most servers of models do.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use futures::future::BoxFuture;
use reqwest::Client;
use reqwest::header::AUTHORIZATION;
use serde::Deserialize;
use serde_json::json;
use url::Url;

use crate::RuntimeError;
use crate::model::{Completion, LanguageModel, ModelError, Prompt, Speaker};
use crate::network::{Network, OwnNames};

/// The longest answer, in bytes.
const MAX_ANSWER: usize = 8 << 20;
const PATIENCE: Duration = Duration::from_secs(300);

/// Where the model is. The host's own connection: no manifest decides over it.
#[derive(Clone, PartialEq)]
pub struct EndpointOptions {
    /// Ends before `/chat/completions`: `https://api.openai.com/v1`.
    pub url: Url,
    /// The model's name there.
    pub model: String,
    /// Sent as a bearer token.
    pub api_key: Option<String>,
}

impl fmt::Debug for EndpointOptions {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Without the key.
        write!(formatter, "{} at {}", self.model, self.url)
    }
}

/// A model behind an address.
#[derive(Debug)]
pub struct Endpoint {
    options: EndpointOptions,
    client: Client,
}

impl Endpoint {
    pub(crate) fn new(options: EndpointOptions, network: &Network) -> Result<Self, RuntimeError> {
        let failed = |error: String| RuntimeError::Model(error);
        let tls = network.tls(&luminarys_grants::NetworkGrants::default(), false);
        let mut builder = Client::builder()
            .tls_backend_preconfigured(tls.map_err(|error| failed(error.to_string()))?)
            .redirect(reqwest::redirect::Policy::none())
            .timeout(PATIENCE)
            .user_agent(concat!("luminarys/", env!("CARGO_PKG_VERSION")))
            .no_proxy()
            .dns_resolver(Arc::new(OwnNames(network.clone())));
        if let Some(proxy) = network.proxy() {
            let proxy = reqwest::Proxy::all(proxy.clone());
            builder = builder.proxy(proxy.map_err(|error| failed(error.to_string()))?);
        }
        let client = builder.build().map_err(|error| failed(error.to_string()))?;
        Ok(Self { options, client })
    }
}

#[derive(Deserialize)]
struct Answer {
    #[serde(default)]
    model: Option<String>,
    choices: Vec<Choice>,
    #[serde(default)]
    usage: Option<Usage>,
}

#[derive(Deserialize)]
struct Usage {
    prompt_tokens: u64,
    #[serde(default)]
    completion_tokens: u64,
}

#[derive(Deserialize)]
struct Choice {
    message: Message,
    #[serde(default)]
    finish_reason: Option<String>,
}

#[derive(Deserialize)]
struct Message {
    #[serde(default)]
    content: Option<String>,
}

impl LanguageModel for Endpoint {
    fn complete(&self, prompt: Prompt) -> BoxFuture<'static, Result<Completion, ModelError>> {
        let EndpointOptions {
            url,
            model,
            api_key,
        } = self.options.clone();
        let client = self.client.clone();
        Box::pin(async move {
            let address = format!("{}/chat/completions", url.as_str().trim_end_matches('/'));
            let system = prompt.system.iter().map(|text| ("system", text));
            let said = prompt.messages.iter().map(|(speaker, text)| match speaker {
                Speaker::User => ("user", text),
                Speaker::Assistant => ("assistant", text),
            });
            let messages = system
                .chain(said)
                .map(|(role, text)| json!({ "role": role, "content": text }));
            let mut body = json!({
                "model": model,
                "messages": messages.collect::<Vec<_>>(),
                "max_tokens": prompt.max_tokens,
            });
            if let Some(temperature) = prompt.temperature {
                body["temperature"] = json!(temperature);
            }
            if !prompt.stop.is_empty() {
                body["stop"] = json!(prompt.stop);
            }
            let mut request = client.post(address).json(&body);
            if let Some(key) = api_key {
                request = request.header(AUTHORIZATION, format!("Bearer {key}"));
            }
            // Addresses of the operator's are no skill's affair.
            let failed = |error: reqwest::Error| {
                ModelError(format!("the model's server: {}", error.without_url()))
            };
            let mut response = request.send().await.map_err(failed)?;
            let status = response.status();
            let mut bytes = Vec::new();
            while let Some(piece) = response.chunk().await.map_err(failed)? {
                bytes.extend_from_slice(&piece);
                if bytes.len() > MAX_ANSWER {
                    return Err(ModelError(
                        "the model's server answered too much".to_owned(),
                    ));
                }
            }
            if !status.is_success() {
                return Err(ModelError(format!("the model's server answered {status}")));
            }
            let answer: Answer = serde_json::from_slice(&bytes)
                .map_err(|error| ModelError(format!("the model's server: {error}")))?;
            let choice = answer.choices.into_iter().next();
            let choice =
                choice.ok_or_else(|| ModelError("the model's server gave no answer".to_owned()))?;
            Ok(Completion {
                content: choice.message.content.unwrap_or_default(),
                model: answer.model.unwrap_or(model),
                finish: choice.finish_reason,
                tokens: answer
                    .usage
                    .map(|usage| usage.prompt_tokens.saturating_add(usage.completion_tokens)),
            })
        })
    }
}
