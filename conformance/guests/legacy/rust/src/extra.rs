//! Commands, callbacks and connections, with handlers of their own. What callbacks are told is kept for `told`.

use std::cell::RefCell;

use luminarys_sdk::commands;
use luminarys_sdk::prelude::*;
use rmpv::Value;

thread_local! {
    static TOLD: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

fn tell(line: String) {
    TOLD.with_borrow_mut(|told| told.push(line));
}

fn arguments(request: &InvokeRequest) -> crate::Arguments {
    crate::Arguments(rmp_serde::from_slice(&request.payload).unwrap_or(Value::Nil))
}

fn with(commands: Vec<Command>) -> InvokeResponse {
    InvokeResponse {
        commands,
        ..ok_response(&"asked")
    }
}

fn map(entries: &[(&str, &str)]) -> Value {
    Value::Map(
        entries
            .iter()
            .map(|(key, value)| ((*key).into(), (*value).into()))
            .collect(),
    )
}

fn outcome<T: serde::Serialize>(result: Result<T, SkillError>) -> InvokeResponse {
    match result {
        Ok(value) => ok_response(&value),
        Err(SkillError(text)) => error_response(&text),
    }
}

pub fn register() {
    let text = || type_string().required();
    register_methods(vec![
        method("told", "What callbacks were told.")
            .handle(|_| ok_response(&TOLD.with_borrow(|told| told.join("\n")))),
        method("forget", "Forgets it.").handle(|_| {
            TOLD.with_borrow_mut(Vec::clear);
            ok_response(&"done")
        }),
        method("who", "The call as the skill sees it.").handle(|request| {
            let bounded = request.deadline_ns > 1_600_000_000_000_000_000;
            ok_response(&format!(
                "{} {} {bounded} {}",
                request.skill_id, request.method, request.caller_id
            ))
        }),
        method("on_answer", "A callback.")
            .callback()
            .handle(|request| {
                let arguments = arguments(&request);
                let inner: Value = match arguments
                    .0
                    .as_map()
                    .and_then(|map| map.iter().find(|(key, _)| key.as_str() == Some("payload")))
                {
                    Some((_, Value::Binary(bytes))) => {
                        rmp_serde::from_slice(bytes).unwrap_or(Value::Nil)
                    }
                    _ => Value::Nil,
                };
                tell(format!(
                    "answer {} {inner} {}",
                    arguments.text("call_ctx"),
                    arguments.text("error")
                ));
                ok_response(&"")
            }),
        method("on_batch", "A callback.")
            .callback()
            .handle(|request| {
                let Ok(result) = unmarshal_batch(&request.payload) else {
                    return error_response("no batch");
                };
                for item in result.items {
                    let value: Value = rmp_serde::from_slice(&item.payload).unwrap_or(Value::Nil);
                    tell(format!("batch {} {value} {}", item.index, item.error));
                }
                ok_response(&"")
            }),
        method("on_value", "A callback.")
            .callback()
            .handle(|request| {
                tell(format!("value {}", arguments(&request).0));
                ok_response(&"")
            }),
        method("on_data", "A callback.")
            .callback()
            .handle(|request| {
                match luminarys_sdk::tcp::unmarshal_conn_event(&request.payload) {
                    Ok(event) => tell(format!(
                        "{:?} {}",
                        event.error_kind,
                        String::from_utf8_lossy(&event.data)
                    )),
                    Err(error) => tell(error.to_string()),
                }
                ok_response(&"")
            }),
        method("on_message", "A callback.")
            .callback()
            .handle(|request| {
                match luminarys_sdk::ws::unmarshal_ws_event(&request.payload) {
                    Ok(event) => tell(format!(
                        "{:?} {}",
                        event.message_type,
                        String::from_utf8_lossy(&event.data)
                    )),
                    Err(error) => tell(error.to_string()),
                }
                ok_response(&"")
            }),
        method("later", "Told after a delay.")
            .set_internal()
            .handle(|request| {
                tell(format!("later {}", arguments(&request).text("note")));
                ok_response(&"")
            }),
        method("ask_other", "call_module")
            .param("skill", text())
            .param("method", text())
            .param("message", text())
            .handle(|request| {
                let arguments = arguments(&request);
                let payload = map(&[("message", &arguments.text("message"))]);
                with(vec![commands::call_module(
                    arguments.text("skill"),
                    arguments.text("method"),
                    payload,
                    "on_answer",
                    "context",
                )])
            }),
        method("ask_many", "batch_invoke")
            .param("skill", text())
            .handle(|request| {
                let skill = arguments(&request).text("skill");
                let item = |index, method: &str, message: &str| BatchItem {
                    index,
                    skill_id: skill.clone(),
                    method: method.to_owned(),
                    payload: rmp_serde::to_vec_named(&map(&[("message", message)]))
                        .unwrap_or_default(),
                };
                let items = vec![
                    item(1, "reverse", "ab"),
                    item(0, "nope", ""),
                    item(2, "reverse", "cd"),
                ];
                with(vec![commands::batch_invoke(items, "on_batch", 2)])
            }),
        method("wait", "schedule")
            .param("note", text())
            .handle(|request| {
                let payload = map(&[("note", &arguments(&request).text("note"))]);
                with(vec![commands::schedule("later", 20, payload)])
            }),
        method("emit", "emit_event")
            .param("topic", text())
            .handle(|request| {
                with(vec![commands::emit_event(
                    arguments(&request).text("topic"),
                    map(&[("a", "b")]),
                )])
            }),
        method("listen_to", "subscribe")
            .param("topic", text())
            .handle(|request| {
                let payload = map(&[
                    ("topic", &arguments(&request).text("topic")),
                    ("callback", "on_value"),
                ]);
                with(vec![Command {
                    kind: CommandType::Subscribe,
                    payload: Some(payload),
                }])
            }),
        method("keep", "store_kv")
            .param("key", text())
            .param("value", text())
            .handle(|request| {
                let arguments = arguments(&request);
                with(vec![commands::store_kv(
                    arguments.text("key"),
                    arguments.text("value").into(),
                )])
            }),
        method("fetch_kept", "load_kv")
            .param("key", text())
            .handle(|request| {
                with(vec![commands::load_kv(
                    arguments(&request).text("key"),
                    "on_value",
                )])
            }),
        method("end", "terminate").handle(|_| {
            with(vec![Command {
                kind: CommandType::Terminate,
                payload: None,
            }])
        }),
        method("connect", "tcp_connect")
            .param("address", text())
            .param("data", text())
            .handle(|request| {
                let arguments = arguments(&request);
                outcome((|| {
                    let options = TcpConnectOptions {
                        addr: arguments.text("address"),
                        callback: "on_data".to_owned(),
                        ..Default::default()
                    };
                    let id = tcp_connect(options)?;
                    tcp_write(&id, arguments.text("data").into_bytes())?;
                    Ok(id)
                })())
            }),
        method("connect_first", "tcp_connect, then tcp_set_callback")
            .param("address", text())
            .param("data", text())
            .handle(|request| {
                let arguments = arguments(&request);
                outcome((|| {
                    let options = TcpConnectOptions {
                        addr: arguments.text("address"),
                        ..Default::default()
                    };
                    let id = tcp_connect(options)?;
                    tcp_write(&id, arguments.text("data").into_bytes())?;
                    tcp_set_callback(&id, "on_data")?;
                    Ok(id)
                })())
            }),
        method("hang_up", "tcp_close")
            .param("connection", text())
            .handle(|request| {
                let id = arguments(&request).text("connection");
                outcome(tcp_close(&id).and_then(|()| tcp_close(&id)))
            }),
        method("chat", "ws_connect")
            .param("url", text())
            .param("data", text())
            .handle(|request| {
                let arguments = arguments(&request);
                outcome((|| {
                    let id = luminarys_sdk::ws::ws_connect(
                        &arguments.text("url"),
                        Vec::new(),
                        0,
                        "on_message",
                        false,
                    )?;
                    luminarys_sdk::ws::ws_send(&id, arguments.text("data").into_bytes(), "text")?;
                    Ok(id)
                })())
            }),
        method("nodes", "cluster_node_list").handle(|_| {
            outcome(cluster_node_list().map(|(current, nodes)| {
                let each = nodes
                    .iter()
                    .map(|node| format!("{} {} {:?}", node.node_id, node.role, node.skills));
                format!("{} {}", current, each.collect::<Vec<_>>().join(" "))
            }))
        }),
        method("transfer", "file_transfer_send")
            .param("node", text())
            .param("local", text())
            .param("remote", text())
            .handle(|request| {
                let given = arguments(&request);
                outcome(file_transfer_send(
                    &given.text("node"),
                    &given.text("local"),
                    &given.text("remote"),
                ))
            }),
        method("fetch_file", "file_transfer_recv")
            .param("node", text())
            .param("remote", text())
            .param("local", text())
            .handle(|request| {
                let given = arguments(&request);
                outcome(file_transfer_recv(
                    &given.text("node"),
                    &given.text("remote"),
                    &given.text("local"),
                ))
            }),
        method("complete", "prompt_complete")
            .param("prompt", text())
            .handle(|request| {
                let prompt = PromptRequest {
                    prompt: arguments(&request).text("prompt"),
                    ..Default::default()
                };
                outcome(prompt_complete(prompt).map(|answer| answer.content))
            }),
        method("history", "history_get")
            .handle(|_| outcome(history_get("last:3").map(|said| said.len() as i64))),
        method("log", "log_write and standard output")
            .param("text", text())
            .handle(|request| {
                let text = arguments(&request).text("text");
                log_info(&text, &[("key", "value")]);
                println!("printed {text}");
                eprint!("unfinished");
                ok_response(&"done")
            }),
        method("crash", "Panics.").handle(|_| panic!("a panic")),
        method("sleep", "Waits.")
            .param("milliseconds", type_int())
            .handle(|request| {
                let before = std::time::Instant::now();
                let asked = std::time::Duration::from_millis(
                    arguments(&request).integer("milliseconds") as u64,
                );
                std::thread::sleep(asked);
                ok_response(&(before.elapsed() >= asked))
            }),
        method("std_read", "std::fs")
            .param("path", text())
            .handle(|request| {
                let text = std::fs::read_to_string(arguments(&request).text("path"));
                outcome(text.map_err(|error| SkillError(error.to_string())))
            }),
        method("std_files", "std::fs, written and listed")
            .param("directory", text())
            .handle(|request| {
                outcome(
                    std_files(&arguments(&request).text("directory"))
                        .map_err(|error| SkillError(error.to_string())),
                )
            }),
    ]);
}

/// Writes, appends, seeks, renames, lists and removes.
fn std_files(directory: &str) -> std::io::Result<String> {
    use std::fs::{self, OpenOptions};
    use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
    let at = |name: &str| format!("{directory}/{name}");
    fs::create_dir(at("made"))?;
    fs::write(at("made/a"), "one")?;
    OpenOptions::new()
        .append(true)
        .open(at("made/a"))?
        .write_all(b" two")?;
    fs::rename(at("made/a"), at("made/b"))?;
    let mut file = fs::File::open(at("made/b"))?;
    file.seek(SeekFrom::Start(4))?;
    let mut rest = String::new();
    file.read_to_string(&mut rest)?;
    let length = file.metadata()?.len();
    let mut names = Vec::new();
    for entry in fs::read_dir(at("made"))? {
        names.push(entry?.file_name().to_string_lossy().into_owned());
    }
    fs::remove_file(at("made/b"))?;
    fs::remove_dir(at("made"))?;
    Ok(format!(
        "{rest} {length} {names:?} {}",
        fs::metadata(at("made")).is_err()
    ))
}

fn unmarshal_batch(payload: &[u8]) -> Result<BatchResult, SkillError> {
    luminarys_sdk::llm::unmarshal_batch_result(payload)
}
