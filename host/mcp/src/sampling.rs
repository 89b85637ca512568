//! The client's language model, by sampling, in protocols that have it.

#![allow(deprecated, reason = "protocol 2025-11-25 has it")]

use std::fmt;
use std::sync::Arc;

use futures::future::BoxFuture;
use luminarys_orchestrator::{Completion, LanguageModel, ModelError, Prompt, Speaker};
use rmcp::model::{
    CreateMessageRequestParams, ProtocolVersion, Role, SamplingMessage, SamplingMessageContentBlock,
};
use rmcp::{Peer, RoleServer};

use crate::budget::Charge;

/// Copies of a prompt: text, message, and the message as it is written and sent.
const COPIES: usize = 4;

/// A client that offers its model.
pub(crate) struct Sampling {
    peer: Peer<RoleServer>,
    /// The charge of the call that prompts.
    charge: Option<Arc<Charge>>,
}

impl fmt::Debug for Sampling {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Sampling")
    }
}

impl Sampling {
    /// Returns the model of `peer` if the client offers one, in a protocol in which a server may send requests.
    pub fn offered(peer: &Peer<RoleServer>, charge: Option<Arc<Charge>>) -> Option<Self> {
        let client = peer.peer_info()?;
        let may_ask = client.protocol_version < ProtocolVersion::V_2026_07_28;
        (client.capabilities.sampling.is_some() && may_ask).then(|| Self {
            peer: peer.clone(),
            charge,
        })
    }
}

impl LanguageModel for Sampling {
    fn complete(&self, prompt: Prompt) -> BoxFuture<'static, Result<Completion, ModelError>> {
        let peer = self.peer.clone();
        let charge = self.charge.as_ref().map(|charge| charge.beside());
        Box::pin(async move {
            if let Some(charge) = &charge {
                let texts = prompt.messages.iter().map(|(_, text)| text.len());
                let size = texts.sum::<usize>() + prompt.system.as_ref().map_or(0, String::len);
                let held = charge.add(COPIES * size);
                held.map_err(|exceeded| ModelError(format!("the client's model: {exceeded}")))?;
            }
            let messages = prompt.messages.into_iter().map(|(speaker, text)| {
                let role = match speaker {
                    Speaker::User => Role::User,
                    Speaker::Assistant => Role::Assistant,
                };
                SamplingMessage::new(role, SamplingMessageContentBlock::text(text))
            });
            let mut asked = CreateMessageRequestParams::new(messages.collect(), prompt.max_tokens);
            asked.system_prompt = prompt.system;
            asked.temperature = prompt.temperature;
            asked.stop_sequences = Some(prompt.stop).filter(|stop| !stop.is_empty());
            let answer = peer.create_message(asked).await;
            let answer =
                answer.map_err(|error| ModelError(format!("the client's model: {error}")))?;
            let blocks = answer.message.content.into_vec();
            let texts = blocks.iter().filter_map(|block| block.as_text());
            let texts: Vec<&str> = texts.map(|text| text.text.as_str()).collect();
            Ok(Completion {
                content: texts.join("\n"),
                model: answer.model,
                finish: answer.stop_reason,
                tokens: None,
            })
        })
    }
}
