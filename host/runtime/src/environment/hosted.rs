//! Calls a skill with the events of connections that it gave to the host.

use std::sync::Arc;

use futures::FutureExt as _;
use luminarys_network::hosted::{Event, Listener};

use super::SkillShared;
use crate::CallContext;
use crate::peers::Offered;

/// Returns the listener of a connection, which calls `method` of the skill with each event.
pub(super) fn listener(shared: &Arc<SkillShared>, method: String, trace: Arc<str>) -> Listener {
    // A weak reference: a connection does not keep its skill alive.
    let shared = Arc::downgrade(shared);
    Box::new(move |connection, event| {
        let Some(shared) = shared.upgrade() else {
            return std::future::ready(()).boxed();
        };
        let Some(peers) = shared.peers.get() else {
            return std::future::ready(()).boxed();
        };
        let mut context = CallContext::new("");
        context.trace_id = trace.clone();
        let call = peers.call_back(&shared.id, &method, offered(connection, event), context);
        let (skill, admits) = (shared.id.clone(), shared.log_rate.admit_line(&shared.id));
        let (method, connection) = (method.clone(), connection.to_owned());
        async move {
            if let Err(error) = call.await
                && admits
            {
                tracing::warn!(skill, method, connection, "an event is lost: {error}");
            }
        }
        .boxed()
    })
}

/// Returns the parameters offered to the method. A value's second name is that of the older ABI.
fn offered(connection: &str, event: Event) -> Vec<(&'static str, Offered)> {
    let text = |text: &str| Offered::Text(text.to_owned());
    let (name, mut offered) = match event {
        Event::Data(bytes) => ("data", vec![("data", Offered::Bytes(bytes))]),
        Event::Text(message) => {
            let data = ("data", Offered::Bytes(message.into_bytes()));
            ("text", vec![data, ("message_type", text("text"))])
        }
        Event::Binary(bytes) => {
            let data = ("data", Offered::Bytes(bytes));
            ("binary", vec![data, ("message_type", text("binary"))])
        }
        Event::End => ("eof", Vec::new()),
        Event::Close(code, reason) => {
            let mut offered = vec![("message_type", text("close"))];
            for name in ["code", "close_code"] {
                offered.push((name, Offered::Number(code.into())));
            }
            for name in ["error", "close_text"] {
                offered.push((name, text(&reason)));
            }
            ("close", offered)
        }
        Event::Failed(error) => {
            let message = error.to_string();
            let offered = vec![("error", text(&message)), ("error_msg", text(&message))];
            (error.event(), offered)
        }
    };
    for name in ["connection", "conn_id"] {
        offered.push((name, text(connection)));
    }
    offered.push(("event", text(name)));
    let kind = match name {
        "data" | "text" | "binary" | "close" => "",
        name => name,
    };
    offered.push(("error_kind", text(kind)));
    offered
}

#[cfg(test)]
mod tests {
    use luminarys_network::NetworkError;

    use super::*;

    #[test]
    fn methods_receive_the_parameters_of_each_event() {
        let failed = |text: &str| text.to_owned().into();
        let rows = [
            (
                Event::Data(vec![1]),
                r#"data=Bytes([1]) event=Text("data") error_kind=Text("")"#,
            ),
            (
                Event::Text("é".to_owned()),
                r#"data=Bytes([195, 169]) message_type=Text("text") event=Text("text") error_kind=Text("")"#,
            ),
            (
                Event::Binary(vec![2]),
                r#"data=Bytes([2]) message_type=Text("binary") event=Text("binary") error_kind=Text("")"#,
            ),
            (Event::End, r#"event=Text("eof") error_kind=Text("eof")"#),
            (
                Event::Close(4001, "bye".to_owned()),
                r#"message_type=Text("close") code=Number(4001) close_code=Number(4001) error=Text("bye") close_text=Text("bye") event=Text("close") error_kind=Text("")"#,
            ),
            (
                Event::Failed(NetworkError::Timeout(failed("late"))),
                r#"error=Text("late") error_msg=Text("late") event=Text("timeout") error_kind=Text("timeout")"#,
            ),
            (
                Event::Failed(NetworkError::Closed(failed("gone"))),
                r#"error=Text("gone") error_msg=Text("gone") event=Text("reset") error_kind=Text("reset")"#,
            ),
            (
                Event::Failed(NetworkError::TooLarge(failed("big"))),
                r#"error=Text("big") error_msg=Text("big") event=Text("io") error_kind=Text("io")"#,
            ),
        ];
        let mut wrong = Vec::new();
        for (event, expected) in rows {
            let shown = format!("{event:?}");
            let offered = offered("tcp-1", event);
            let id = Offered::Text("tcp-1".to_owned());
            let named = ["connection", "conn_id"]
                .into_iter()
                .all(|name| offered.contains(&(name, id.clone())));
            let others = offered.iter().filter(|(_, value)| *value != id);
            let others: Vec<_> = others
                .map(|(name, value)| format!("{name}={value:?}"))
                .collect();
            if !named || others.join(" ") != expected {
                wrong.push(format!("{shown}: {}", others.join(" ")));
            }
        }
        assert!(wrong.is_empty(), "{wrong:#?}");
    }
}
