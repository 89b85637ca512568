//! What a call does where its skill runs: here, or on another node.

use std::sync::Arc;

use luminarys_runtime::{CallContext, CallError, Outcome, Skill, Values};

use crate::remote::RemoteSkill;
use crate::tools::Params;
use crate::{InvokeError, Orchestrator, Origin, elsewhere};

/// What a call does where its skill runs.
pub(crate) trait Work: Send {
    /// What comes of it.
    type Output: Send;

    /// Runs it here.
    fn here(
        self,
        skill: Skill,
        context: CallContext,
    ) -> impl Future<Output = Result<Self::Output, CallError>> + Send;

    /// Runs it on another node.
    fn elsewhere(
        self,
        orchestrator: &Orchestrator,
        skill: Arc<RemoteSkill>,
        origin: &Origin,
        context: CallContext,
    ) -> impl Future<Output = Result<Self::Output, InvokeError>> + Send;
}

/// The call of a method.
pub(crate) struct MethodWork {
    pub method: String,
    pub arguments: Params,
}

impl Work for MethodWork {
    type Output = Outcome;

    async fn here(self, skill: Skill, context: CallContext) -> Result<Outcome, CallError> {
        match self.arguments {
            Params::Json(arguments) => skill.call(&self.method, arguments, context).await,
            Params::Text(arguments) => skill.call_text(&self.method, &arguments, context).await,
        }
    }

    async fn elsewhere(
        self,
        orchestrator: &Orchestrator,
        skill: Arc<RemoteSkill>,
        origin: &Origin,
        context: CallContext,
    ) -> Result<Outcome, InvokeError> {
        elsewhere::call(
            orchestrator,
            &skill,
            origin,
            self.method,
            self.arguments,
            context,
        )
        .await
    }
}

/// The call of a function that a skill imports from another.
pub(crate) struct ImportWork {
    pub interface: String,
    pub function: String,
    pub values: Values,
}

impl Work for ImportWork {
    type Output = Values;

    async fn here(self, skill: Skill, context: CallContext) -> Result<Values, CallError> {
        let (interface, function) = (&self.interface, &self.function);
        skill
            .call_values(interface, function, self.values, context)
            .await
    }

    async fn elsewhere(
        self,
        _: &Orchestrator,
        skill: Arc<RemoteSkill>,
        _: &Origin,
        _: CallContext,
    ) -> Result<Values, InvokeError> {
        Err(InvokeError::NotLoaded {
            skill: skill.id.clone(),
            problem: "it runs on another node, and interfaces are imported from skills of the same node only".to_owned(),
        })
    }
}
