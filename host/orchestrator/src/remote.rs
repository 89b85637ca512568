//! Skills of other nodes: what is known of them, and the interface through which they are called.

use std::sync::OnceLock;

use futures::future::BoxFuture;
use luminarys_grants::{InvokeGrants, InvokePolicy, McpSection};
use luminarys_runtime::{CallContext, Charge, Method, Outcome};

use crate::Origin;
use crate::about::{MethodAbout, SkillAbout};
use crate::listed::Listed;
use crate::remote_failure::RemoteFailure;

/// A skill that other nodes run.
pub struct RemoteSkill {
    /// The instance id.
    pub id: String,
    /// The digest of its description: two nodes with the same one run the same methods under the same policy.
    pub digest: [u8; 32],
    /// Its purpose.
    pub(crate) description: String,
    /// Whether a session's calls must go to one node.
    pub(crate) keeps_sessions: bool,
    pub(crate) section: McpSection,
    pub(crate) methods: Vec<Method>,
    pub(crate) invoke: InvokeGrants,
    listed: OnceLock<Vec<Listed>>,
}

impl RemoteSkill {
    /// Makes the skill `id` of a description that was checked, and whose digest is `digest`.
    pub fn new(id: String, digest: [u8; 32], about: SkillAbout) -> Self {
        let hidden = about.methods.iter().filter(|method| !method.exposed);
        let section = McpSection {
            name: about.tools,
            mapping: about.mapping,
            hidden_methods: hidden.map(|method| method.name.clone()).collect(),
            exposed_methods: Vec::new(),
        };
        let policy = InvokePolicy {
            can_be_invoked_by: about.can_be_invoked_by,
            ..InvokePolicy::default()
        };
        Self {
            id,
            digest,
            description: about.description,
            keeps_sessions: about.keeps_sessions,
            section,
            methods: about.methods.into_iter().map(method).collect(),
            invoke: InvokeGrants::new(&policy),
            listed: OnceLock::new(),
        }
    }

    /// Returns a method.
    pub(crate) fn method(&self, name: &str) -> Option<&Method> {
        self.methods.iter().find(|method| method.name == name)
    }

    /// Returns what other skills may know of its methods.
    pub(crate) fn listed(&self) -> &[Listed] {
        self.listed
            .get_or_init(|| Listed::all(&self.id, &self.methods))
    }
}

fn method(about: MethodAbout) -> Method {
    Method {
        name: about.name,
        title: about.title,
        description: about.description,
        visibility: about.visibility,
        effects: about.effects,
        narrowing: about.narrowing,
        input_schema: about.input_schema,
        forms: Vec::new(),
        output_schema: about.output_schema,
        unavailable: None,
        unfit: None,
    }
}

/// A call of a skill on another node, which this node's policies allow.
pub struct RemoteCall {
    /// Who calls.
    pub origin: Origin,
    /// The instance id.
    pub skill: String,
    /// The digest of its description: nodes with another one are asked last.
    pub digest: [u8; 32],
    /// Whether a session's calls must go to one node.
    pub keeps_sessions: bool,
    /// The method.
    pub method: String,
    /// The arguments: a JSON object, or `null`.
    pub arguments: String,
    /// The context of the call.
    pub context: CallContext,
    /// Whether the method may run more than once, so that another node is asked when one is lost.
    pub is_repeatable: bool,
}

/// The other nodes of the cluster.
pub trait Remote: Send + Sync + 'static {
    /// Returns whether this node is connected to its cluster now.
    fn is_connected(&self) -> bool;

    /// Makes a call. Dropping the future cancels it. `charge` charges bytes of the result before they are received.
    ///
    /// # Errors
    /// [`RemoteFailure`].
    fn call<'a>(
        &'a self,
        call: RemoteCall,
        charge: &'a (dyn Fn(u64) -> Result<Charge, RemoteFailure> + Send + Sync),
    ) -> BoxFuture<'a, Result<Outcome, RemoteFailure>>;
}
