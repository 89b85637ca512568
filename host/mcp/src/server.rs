//! The MCP server: handles a client's requests.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::http::request::Parts;
use futures::future::OptionFuture;
use luminarys_orchestrator::{
    CallContext, InvokeError, LanguageModel, Orchestrator, Progress, Tool as HostTool,
};
use rmcp::ErrorData;
use rmcp::handler::server::ServerHandler;
use rmcp::model::{
    CacheScope, CallToolRequestParams, CallToolResponse, CallToolResult, CompleteRequestMethod,
    CompleteRequestParams, CompleteResult, ContentBlock, CustomRequest, CustomResult, Extensions,
    Implementation, ListPromptsRequestMethod, ListPromptsResult, ListResourcesResult,
    ListToolsResult, PaginatedRequestParams, ProgressNotificationParam, ProgressToken,
    ReadResourceRequestParams, ReadResourceResponse, ServerCapabilities, ServerConfig,
    ServerNotification, SubscriptionFilter, Tool, ToolListChangedNotification,
};
use rmcp::service::{NotificationContext, Peer, RequestContext, RoleServer, SubscriptionContext};
use serde_json::Value;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::auth::Gate;
use crate::budget::Charge;
use crate::changes::ToolChanges;
use crate::client::Client;
use crate::content;
use crate::listing::page;
use crate::present::Results;
use crate::sampling::Sampling;
use crate::session::InSession;

/// How long the first response waits for packages to be read.
const LISTING_TIMEOUT: Duration = Duration::from_secs(2);

/// How long clients may cache the list of tools, in milliseconds; subscribed clients are notified of changes.
const LIST_TTL_MS: u64 = 60_000;

/// The session of the client on stdio.
const ONLY: &str = "stdio";

/// One client's server.
#[derive(Clone)]
pub(crate) struct Server {
    orchestrator: Orchestrator,
    results: Results,
    /// Reports changes of clients' rights; `None` for the client on stdio.
    gate: Option<Gate>,
    /// The client that initialized the session; `None` on stdio.
    client: Option<Client>,
    /// Changes since the session was initialized.
    changes: ToolChanges,
    /// Cancelled when serving ends.
    end: CancellationToken,
}

impl Server {
    /// Serves one of many clients, until `end`.
    pub fn new(
        orchestrator: Orchestrator,
        results: Results,
        gate: Gate,
        client: Client,
        end: CancellationToken,
    ) -> Self {
        Self {
            changes: ToolChanges::new(&orchestrator, Some(&gate)),
            orchestrator,
            results,
            gate: Some(gate),
            client: Some(client),
            end,
        }
    }

    /// Serves the only client, until `end`.
    pub fn only(orchestrator: Orchestrator, results: Results, end: CancellationToken) -> Self {
        Self {
            changes: ToolChanges::new(&orchestrator, None),
            orchestrator,
            results,
            gate: None,
            client: None,
            end,
        }
    }

    /// Waits a moment for the list of skills, which the first response to a client contains.
    pub async fn ready(&self) {
        let listed = self.orchestrator.listed();
        // Registries may take longer; clients do not wait for them.
        let _ = tokio::time::timeout(LISTING_TIMEOUT, listed).await;
    }

    /// Returns the token that is cancelled when the session of a message ends.
    fn ended(&self, extensions: &Extensions) -> CancellationToken {
        let session = extensions.get::<InSession>();
        session
            .map_or(&self.end, |InSession(session)| &session.end)
            .clone()
    }

    /// Creates the context of a call, with the client and its session. A session must have been issued to this client;
    /// in a protocol without
    /// sessions, a client with a token is its own session, and any other has none.
    fn context(&self, extensions: &Extensions) -> CallContext {
        if self.gate.is_none() {
            let mut call = CallContext::new(ONLY);
            call.client = Some(ONLY.into());
            return call;
        }
        let client = extension::<Client>(extensions);
        let session = match (extensions.get::<InSession>(), client) {
            (Some(InSession(session)), _) => session.name.clone(),
            (None, Some(client)) if client.owner.is_some() => client.name.to_string(),
            (None, _) => String::new(),
        };
        let mut call = CallContext::new(session);
        call.client = client.map(|client| client.name.clone());
        call
    }
}

/// Returns the owner of a call's results: its session, else its client, which without a token is an address.
fn owner(call: &CallContext) -> String {
    match call.session_id.is_empty() {
        true => call.client.as_deref().unwrap_or_default().to_owned(),
        false => call.session_id.clone(),
    }
}

/// Returns what the HTTP layers attached to a request.
fn extension<T: Clone + Send + Sync + 'static>(extensions: &Extensions) -> Option<&T> {
    extensions.get::<Parts>()?.extensions.get::<T>()
}

/// Charges `bytes` of a response to the client until it has been sent.
fn charge(extensions: &Extensions, bytes: usize) -> Result<(), ErrorData> {
    match extension::<Arc<Charge>>(extensions) {
        None => Ok(()),
        Some(charge) => charge
            .add(bytes)
            .map_err(|exceeded| ErrorData::internal_error(exceeded.to_string(), None)),
    }
}

impl Server {
    /// Counts a call of a client by its outcome.
    fn count(&self, client: Option<&Client>, outcome: &'static str) {
        let name = client.map_or(ONLY, |client| &client.access.rule.name);
        self.orchestrator
            .serving_metrics()
            .client_call(name, outcome);
    }
}

impl ServerHandler for Server {
    fn get_info(&self) -> ServerConfig {
        let capabilities = ServerCapabilities::builder()
            .enable_tools()
            .enable_tool_list_changed()
            .enable_resources()
            .build();
        let mut info = ServerConfig::new(capabilities)
            .with_server_info(Implementation::new("luminarys", env!("CARGO_PKG_VERSION")));
        // A client must not learn of skills whose tools it may not use.
        let client = self.client.as_ref().filter(|it| !it.may_use_all());
        let sees = |tool: &str| client.is_some_and(|client| client.may_use(tool));
        let instructions = self
            .orchestrator
            .instructions(client.map(|_| &sees as &dyn Fn(&str) -> bool));
        info.instructions = (!instructions.is_empty()).then(|| instructions.to_string());
        info
    }

    fn get_tool(&self, name: &str) -> Option<Tool> {
        let is_seen = self.client.as_ref().is_none_or(|it| it.may_use(name));
        let tool = self.orchestrator.tool(name).filter(|_| is_seen);
        tool.as_ref().map(content::describe)
    }

    async fn list_tools(
        &self,
        request: Option<PaginatedRequestParams>,
        context: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        self.orchestrator.listed().await;
        let client = extension::<Client>(&context.extensions);
        let tools = self.orchestrator.tools();
        let is_seen = |tool: &&HostTool| client.is_none_or(|client| client.may_use(&tool.name));
        let tools: Vec<&HostTool> = tools.iter().filter(is_seen).collect();
        let cursor = request.and_then(|request| request.cursor);
        let shared = extension::<Arc<Charge>>(&context.extensions);
        let most = shared.map_or(usize::MAX, |charge| charge.most() / 2);
        let page = page(tools, cursor.as_deref(), most).ok_or_else(|| {
            ErrorData::invalid_params("the cursor was not issued by this server", None)
        })?;
        charge(&context.extensions, page.bytes)?;
        let described = page.tools.into_iter().map(content::describe).collect();
        let mut result = ListToolsResult::with_all_items(described);
        result.next_cursor = page.next;
        // Other clients may see other tools.
        Ok(result
            .with_ttl_ms(LIST_TTL_MS)
            .with_cache_scope(CacheScope::Private))
    }

    async fn list_resources(
        &self,
        _: Option<PaginatedRequestParams>,
        context: RequestContext<RoleServer>,
    ) -> Result<ListResourcesResult, ErrorData> {
        let call = self.context(&context.extensions);
        // A client with neither session nor token may share its address with others, and must name the resource.
        let resources = match call.session_id.is_empty() {
            true => Vec::new(),
            false => self.results.of(&call.session_id).resources(),
        };
        Ok(ListResourcesResult::with_all_items(resources)
            .with_ttl_ms(0)
            .with_cache_scope(CacheScope::Private))
    }

    async fn read_resource(
        &self,
        request: ReadResourceRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<ReadResourceResponse, ErrorData> {
        let owner = owner(&self.context(&context.extensions));
        let result = self.results.of(&owner).read(&request.uri)?;
        charge(&context.extensions, content::written(&result))?;
        let result = result.with_ttl_ms(LIST_TTL_MS);
        Ok(result.with_cache_scope(CacheScope::Private).into())
    }

    // Refused since it is not offered: an empty list would tell clients that it may fill later.
    async fn list_prompts(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListPromptsResult, ErrorData> {
        Err(ErrorData::method_not_found::<ListPromptsRequestMethod>())
    }

    async fn complete(
        &self,
        _: CompleteRequestParams,
        _: RequestContext<RoleServer>,
    ) -> Result<CompleteResult, ErrorData> {
        Err(ErrorData::method_not_found::<CompleteRequestMethod>())
    }

    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        self.orchestrator.listed().await;
        let find = || self.orchestrator.tool(&request.name);
        let mut call = self.context(&context.extensions);
        let owner = owner(&call);
        let client = extension::<Client>(&context.extensions);
        if let Some(client) = client
            && let Err(refused) = client.count_call()
        {
            self.count(Some(client), "rate_limited");
            let text = ContentBlock::text(refused.to_string());
            return Ok(CallToolResult::error(vec![text]).into());
        }
        if let Some(client) = client
            && !client.may_use(&request.name)
        {
            self.count(Some(client), "unknown_tool");
            self.orchestrator
                .refuse_tool(&request.name, &call, &client.access.rule.name);
            // The same as for an unknown tool, so that nobody learns which exist.
            let unknown = InvokeError::UnknownTool(request.name.into_owned());
            return Ok(content::failure(&unknown)?.into());
        }
        let tool = find();
        // Stops the skill when the client cancels, and also when this future is dropped with its connection.
        call.cancel = context.ct.child_token();
        let _stop = call.cancel.clone().drop_guard();
        let model = Sampling::offered(&context.peer, extension(&context.extensions).cloned());
        call.model = model.map(|model| Arc::new(model) as Arc<dyn LanguageModel>);
        let reports = context.meta.get_progress_token().map(|token| {
            let (sender, receiver) = watch::channel(None);
            call.progress = Some(sender.into());
            report(context.peer.clone(), token, receiver)
        });
        let arguments = request.arguments.map_or(Value::Null, Value::Object);
        // Boxed: compilers do not look at types that are nested too deeply.
        let calling = Box::pin(self.orchestrator.call_tool(&request.name, arguments, call));
        // The last progress is sent before the result.
        let (result, _) = tokio::join!(calling, OptionFuture::from(reports));
        let outcome = match &result {
            Ok(_) => "ok",
            Err(InvokeError::UnknownTool(_)) => "unknown_tool",
            Err(_) => "error",
        };
        self.count(client, outcome);
        let result = match result {
            // A tool that appeared during the call is described by now.
            Ok(outcome) => {
                let tool = tool.or_else(find);
                self.results.of(&owner).success(tool.as_ref(), outcome)
            }
            Err(error) => content::failure(&error)?,
        };
        charge(&context.extensions, content::held(&result))?;
        Ok(result.into())
    }

    async fn on_custom_request(
        &self,
        request: CustomRequest,
        _: RequestContext<RoleServer>,
    ) -> Result<CustomResult, ErrorData> {
        Err(content::not_understood(&request))
    }

    async fn on_initialized(&self, context: NotificationContext<RoleServer>) {
        let mut changes = self.changes.clone();
        let end = self.ended(&context.extensions);
        tokio::spawn(end.run_until_cancelled_owned(async move {
            while changes.changed().await {
                if context.peer.notify_tool_list_changed().await.is_err() {
                    break;
                }
            }
        }));
    }

    fn accepted_subscription_filter(
        &self,
        requested: &SubscriptionFilter,
    ) -> Option<SubscriptionFilter> {
        // Narrowed by rmcp to what this server offers.
        Some(requested.clone())
    }

    async fn listen(&self, context: SubscriptionContext) -> Result<(), ErrorData> {
        let mut changes = self.changes.clone();
        let client = extension::<Client>(&context.request_context().extensions);
        let mut expired = pin!(OptionFuture::from(client.map(Client::expired)));
        loop {
            tokio::select! {
                () = context.cancelled() => return Ok(()),
                Some(()) = &mut expired => return Ok(()),
                changed = changes.changed() => {
                    let notification = ServerNotification::ToolListChangedNotification(
                        ToolListChangedNotification::default(),
                    );
                    if !changed || context.sink().send(notification).await.is_err() {
                        return Ok(());
                    }
                }
            }
        }
    }
}

/// Forwards a call's progress: the newest, as fast as the client reads.
async fn report(
    peer: Peer<RoleServer>,
    token: ProgressToken,
    mut reports: watch::Receiver<Option<Progress>>,
) {
    while reports.changed().await.is_ok() {
        let Some(progress) = reports.borrow_and_update().clone() else {
            continue;
        };
        let mut notification = ProgressNotificationParam::new(token.clone(), progress.done);
        notification.total = progress.total;
        notification.message = progress.message;
        if peer.notify_progress(notification).await.is_err() {
            return;
        }
    }
}
