//! The MCP server: what a client may ask.

use std::sync::Arc;

use luminarys_orchestrator::{CallContext, LanguageModel, Orchestrator, Tool as HostTool};
use rmcp::ErrorData;
use rmcp::handler::server::ServerHandler;
use rmcp::model::{
    CallToolRequestParams, CallToolResponse, Implementation, JsonObject, ListToolsResult,
    PaginatedRequestParams, ProgressNotificationParam, ProgressToken, ServerCapabilities,
    ServerConfig, ServerNotification, SubscriptionFilter, Tool, ToolListChangedNotification,
};
use rmcp::service::{NotificationContext, Peer, RequestContext, RoleServer, SubscriptionContext};
use serde_json::Value;
use tokio::sync::mpsc;

use crate::content;
use crate::sampling::Sampling;

/// Tools in one page of the list.
const PAGE: usize = 500;

/// One client's server.
#[derive(Clone)]
pub(crate) struct Server {
    orchestrator: Orchestrator,
}

impl Server {
    pub fn new(orchestrator: Orchestrator) -> Self {
        Self { orchestrator }
    }
}

impl ServerHandler for Server {
    fn get_info(&self) -> ServerConfig {
        let capabilities = ServerCapabilities::builder()
            .enable_tools()
            .enable_tool_list_changed()
            .build();
        ServerConfig::new(capabilities)
            .with_server_info(Implementation::new("luminarys", env!("CARGO_PKG_VERSION")))
    }

    async fn list_tools(
        &self,
        request: Option<PaginatedRequestParams>,
        _context: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        let tools = self.orchestrator.tools();
        let cursor = request.and_then(|request| request.cursor);
        let start = match &cursor {
            None => 0,
            Some(cursor) => cursor
                .parse::<usize>()
                .ok()
                .filter(|start| *start <= tools.len())
                .ok_or_else(|| {
                    ErrorData::invalid_params("the cursor is not one of this server's", None)
                })?,
        };
        let page = tools.iter().skip(start).take(PAGE).map(describe).collect();
        let mut result = ListToolsResult::with_all_items(page);
        let next = start.saturating_add(PAGE);
        result.next_cursor = (next < tools.len()).then(|| next.to_string());
        Ok(result)
    }

    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        let tools = self.orchestrator.tools();
        let tool = tools.iter().find(|tool| tool.name == request.name).cloned();
        let mut call = CallContext::new(session(&context));
        // Stops the skill when the client cancels, and also when this future is dropped with its connection.
        call.cancel = context.ct.child_token();
        let _stop = call.cancel.clone().drop_guard();
        let model = Sampling::offered(&context.peer);
        call.model = model.map(|model| Arc::new(model) as Arc<dyn LanguageModel>);
        let reports = context.meta.get_progress_token().map(|token| {
            let (sender, receiver) = mpsc::unbounded_channel();
            call.progress = Some(sender);
            tokio::spawn(report(context.peer.clone(), token, receiver))
        });
        let arguments = request.arguments.map_or(Value::Null, Value::Object);
        let result = self
            .orchestrator
            .call_tool(&request.name, arguments, call)
            .await;
        if let Some(reports) = reports {
            // The last report goes out before the result does.
            let _ = reports.await;
        }
        match (result, tool) {
            (Ok(outcome), Some(tool)) => Ok(content::success(&tool, outcome).into()),
            (Ok(_), None) => Err(ErrorData::internal_error(
                "the tool went away during its call",
                None,
            )),
            (Err(error), _) => Ok(content::failure(&error)?.into()),
        }
    }

    async fn on_initialized(&self, context: NotificationContext<RoleServer>) {
        let mut changes = self.orchestrator.tools_changed();
        changes.mark_unchanged();
        tokio::spawn(async move {
            // Ends with the connection: sending then fails.
            while changes.changed().await.is_ok() {
                if context.peer.notify_tool_list_changed().await.is_err() {
                    break;
                }
            }
        });
    }

    fn accepted_subscription_filter(
        &self,
        requested: &SubscriptionFilter,
    ) -> Option<SubscriptionFilter> {
        // Narrowed by rmcp to what this server offers.
        Some(requested.clone())
    }

    async fn listen(&self, context: SubscriptionContext) -> Result<(), ErrorData> {
        let mut changes = self.orchestrator.tools_changed();
        changes.mark_unchanged();
        loop {
            tokio::select! {
                () = context.cancelled() => return Ok(()),
                changed = changes.changed() => {
                    let notification = ServerNotification::ToolListChangedNotification(
                        ToolListChangedNotification::default(),
                    );
                    if changed.is_err() || context.sink().send(notification).await.is_err() {
                        return Ok(());
                    }
                }
            }
        }
    }
}

/// The client's session, where the transport has one.
fn session(context: &RequestContext<RoleServer>) -> String {
    let parts = context.extensions.get::<axum::http::request::Parts>();
    let id = parts.and_then(|parts| parts.headers.get("mcp-session-id"));
    id.and_then(|id| id.to_str().ok())
        .unwrap_or_default()
        .to_owned()
}

fn describe(tool: &HostTool) -> Tool {
    let object =
        |value: &Value| Arc::new(value.as_object().cloned().unwrap_or_else(JsonObject::new));
    let mut described = Tool::new(
        tool.name.clone(),
        tool.description.clone(),
        object(&tool.input_schema),
    );
    described.output_schema = tool.output_schema.as_ref().map(object);
    described
}

/// Passes a call's progress on. The runtime has thinned it out already.
async fn report(
    peer: Peer<RoleServer>,
    token: ProgressToken,
    mut reports: mpsc::UnboundedReceiver<luminarys_orchestrator::Progress>,
) {
    while let Some(progress) = reports.recv().await {
        let mut notification = ProgressNotificationParam::new(token.clone(), progress.done);
        notification.total = progress.total;
        notification.message = progress.message;
        if peer.notify_progress(notification).await.is_err() {
            return;
        }
    }
}
