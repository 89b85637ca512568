//! A model server with OpenAI's `POST /chat/completions` interface, which most model servers support.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures::future::BoxFuture;
use http::header::{AUTHORIZATION, CONTENT_TYPE, USER_AGENT};
use http::{HeaderValue, Method};
use luminarys_network::{BoxError, Network, OwnNames, Transport};
use luminarys_text::{Redactor, Registered, percent_decoded};
use reqwest::Request;
use serde::Deserialize;
use serde_json::json;
use url::Url;

use crate::RuntimeError;
use crate::model::{Completion, LanguageModel, ModelError, Prompt, Speaker};

/// The maximum size of an answer, in bytes.
const MAX_ANSWER: usize = 8 << 20;
const TIMEOUT: Duration = Duration::from_secs(300);

/// The model server. The host itself connects to it: no manifest decides on the connection.
#[derive(Clone, PartialEq)]
pub struct EndpointOptions {
    /// The base URL, without `/chat/completions`: `https://api.openai.com/v1`.
    pub url: Url,
    /// The model's name on the server.
    pub model: String,
    /// Sent as a bearer token.
    pub api_key: Option<String>,
}

impl fmt::Debug for EndpointOptions {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Without the API key.
        write!(formatter, "{} at {}", self.model, self.url)
    }
}

/// A model on a server.
pub struct Endpoint {
    options: EndpointOptions,
    transport: Transport,
    keys: Keys,
}

/// The credentials that the host sends, which servers and proxies may repeat in answers and errors.
#[derive(Clone)]
struct Keys {
    redactor: Redactor,
    _registered: Registered,
}

impl Keys {
    fn new(options: &EndpointOptions, network: &Network) -> Self {
        let redactor = Redactor::default();
        let urls = [Some(&options.url), network.proxy()];
        let passwords = urls.into_iter().flatten().filter_map(Url::password);
        let keys = passwords
            .map(percent_decoded)
            .chain(options.api_key.clone());
        let registered = redactor.register(keys);
        Self {
            redactor,
            _registered: registered,
        }
    }

    fn redact(&self, answered: Result<Completion, ModelError>) -> Result<Completion, ModelError> {
        let redacted = |text: String| self.redactor.redact(&text).into_owned();
        match answered {
            Ok(answer) => Ok(Completion {
                content: redacted(answer.content),
                model: redacted(answer.model),
                finish: answer.finish.map(redacted),
                tokens: answer.tokens,
            }),
            Err(ModelError(text)) => Err(ModelError(redacted(text))),
        }
    }
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.options.fmt(formatter)
    }
}

impl Endpoint {
    pub(crate) fn new(options: EndpointOptions, network: &Network) -> Result<Self, RuntimeError> {
        let failed = |error: String| RuntimeError::Model(error);
        let tls = network.tls(&luminarys_grants::NetworkGrants::default(), false);
        let tls = tls.map_err(|error| failed(error.to_string()))?;
        let names = Arc::new(OwnNames(network.clone()));
        let transport = Transport::new(network, names, tls, false);
        Ok(Self {
            keys: Keys::new(&options, network),
            options,
            transport: transport.map_err(|error| failed(error.to_string()))?,
        })
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
        let options = self.options.clone();
        let transport = self.transport.clone();
        let asked = async move {
            let model = options.model.clone();
            // Skills must not learn the operator's addresses: the message holds only the error itself.
            let failed = |error: BoxError| ModelError(format!("the model's server: {error}"));
            let request = request(&options, &prompt).map_err(failed)?;
            let mut response = transport.execute(request).await.map_err(failed)?;
            let status = response.status();
            let mut bytes = Vec::new();
            while let Some(piece) = response
                .chunk()
                .await
                .map_err(|error| failed(error.without_url().into()))?
            {
                bytes.extend_from_slice(&piece);
                if bytes.len() > MAX_ANSWER {
                    return Err(ModelError(
                        "the model's server sent too large an answer".to_owned(),
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
        };
        let keys = self.keys.clone();
        Box::pin(async move {
            let answered = tokio::time::timeout(TIMEOUT, asked).await;
            keys.redact(answered.unwrap_or_else(|_| {
                let seconds = TIMEOUT.as_secs();
                let text = format!("the model's server did not answer within {seconds} s");
                Err(ModelError(text))
            }))
        })
    }
}

/// Builds the request for one completion.
fn request(options: &EndpointOptions, prompt: &Prompt) -> Result<Request, BoxError> {
    let system = prompt.system.iter().map(|text| ("system", text));
    let messages = prompt.messages.iter().map(|(speaker, text)| match speaker {
        Speaker::User => ("user", text),
        Speaker::Assistant => ("assistant", text),
    });
    let messages = system
        .chain(messages)
        .map(|(role, text)| json!({ "role": role, "content": text }));
    let mut body = json!({
        "model": options.model,
        "messages": messages.collect::<Vec<_>>(),
        "max_tokens": prompt.max_tokens,
    });
    if let Some(temperature) = prompt.temperature {
        body["temperature"] = json!(temperature);
    }
    if !prompt.stop.is_empty() {
        body["stop"] = json!(prompt.stop);
    }
    let mut url = options.url.clone();
    let own = (url.username().to_owned(), url.password().map(str::to_owned));
    // Both fail only for a URL without a host, which has no user either.
    let _ = (url.set_username(""), url.set_password(None));
    let address = format!("{}/chat/completions", url.as_str().trim_end_matches('/'));
    let mut request = Request::new(Method::POST, address.parse()?);
    let headers = request.headers_mut();
    let agent = concat!("luminarys/", env!("CARGO_PKG_VERSION"));
    headers.insert(USER_AGENT, HeaderValue::from_static(agent));
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    let authorization = match (&options.api_key, own) {
        (Some(key), _) => Some(format!("Bearer {key}")),
        (None, (user, password)) if !user.is_empty() || password.is_some() => {
            let both = format!("{user}:{}", password.unwrap_or_default());
            let plain: Vec<u8> = percent_encoding::percent_decode_str(&both).collect();
            Some(format!("Basic {}", STANDARD.encode(plain)))
        }
        (None, _) => None,
    };
    if let Some(authorization) = authorization {
        let mut value = HeaderValue::from_str(&authorization)?;
        value.set_sensitive(true);
        headers.insert(AUTHORIZATION, value);
    }
    *request.body_mut() = Some(body.to_string().into());
    Ok(request)
}
