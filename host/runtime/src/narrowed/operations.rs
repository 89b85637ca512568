//! What each operation does that skills can ask the host for, and with it what narrowed calls may not do.

use luminarys_grants::Effect;

/// The interface and the function of an operation, as this table names them.
pub(crate) type Operation = (&'static str, &'static str);

/// By what a narrowed call is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Rule {
    /// It has an effect, and is refused where the call may not have it.
    Effect(Effect),
    /// By whether a path is read or changed.
    Path,
    /// By the method of the HTTP request.
    Request,
    /// By what the called method declares.
    Callee,
    /// By nothing: it answers, or concerns the call itself.
    Answer,
}

/// Every function of `wit/`, and those of WASI that are decided over here.
#[rustfmt::skip]
const OPERATIONS: [(&str, &str, Rule); 88] = [
    ("archive", "pack", Rule::Path),
    ("archive", "unpack", Rule::Path),
    ("archive", "entries", Rule::Path),
    ("context", "get-call", Rule::Answer),
    ("context", "deadline", Rule::Answer),
    ("context", "cancelled", Rule::Answer),
    ("context", "progress", Rule::Answer),
    ("context", "set-text", Rule::Answer),
    ("context", "append-text", Rule::Answer),
    ("context", "abort", Rule::Answer),
    ("context", "retire", Rule::Answer),
    ("context", "get-state", Rule::Answer),
    ("context", "set-state", Rule::Effect(Effect::Change)),
    // Those who listen are not narrowed.
    ("events", "emit", Rule::Effect(Effect::Both)),
    ("events", "subscribe", Rule::Effect(Effect::Change)),
    ("events", "unsubscribe", Rule::Effect(Effect::Change)),
    ("events", "subscriptions", Rule::Answer),
    ("filesystem", "read", Rule::Path),
    ("filesystem", "read-range", Rule::Path),
    ("filesystem", "write", Rule::Path),
    ("filesystem", "append", Rule::Path),
    ("filesystem", "create", Rule::Path),
    ("filesystem", "delete", Rule::Path),
    ("filesystem", "mkdir", Rule::Path),
    ("filesystem", "list", Rule::Path),
    ("filesystem", "stat", Rule::Path),
    ("filesystem", "copy", Rule::Path),
    ("filesystem", "rename", Rule::Path),
    ("filesystem", "chmod", Rule::Path),
    ("filesystem", "read-lines", Rule::Path),
    ("filesystem", "grep", Rule::Path),
    ("filesystem", "glob", Rule::Path),
    ("filesystem", "allowed-dirs", Rule::Path),
    ("http", "incoming.head", Rule::Answer),
    ("http", "incoming.read", Rule::Effect(Effect::Reach)),
    ("http", "get", Rule::Request),
    ("http", "post", Rule::Request),
    ("http", "send", Rule::Request),
    ("http", "open", Rule::Request),
    ("http", "download", Rule::Request),
    ("http", "upload", Rule::Request),
    // A model changes nothing, although its answer is paid for.
    ("llm", "complete", Rule::Effect(Effect::Reach)),
    ("llm", "history", Rule::Answer),
    // The log is the operator's.
    ("log", "message", Rule::Answer),
    // Nobody knows what a command does.
    ("shell", "run", Rule::Effect(Effect::Both)),
    ("shell", "start", Rule::Effect(Effect::Both)),
    ("shell", "stop", Rule::Effect(Effect::Change)),
    ("shell", "daemons", Rule::Answer),
    ("shell", "output", Rule::Answer),
    ("skills", "invoke", Rule::Callee),
    ("skills", "batch", Rule::Callee),
    // What is done when its time has come is not narrowed by this call.
    ("skills", "schedule", Rule::Effect(Effect::Both)),
    ("skills", "defer", Rule::Effect(Effect::Both)),
    ("skills", "unschedule", Rule::Effect(Effect::Change)),
    ("skills", "scheduled", Rule::Answer),
    ("skills", "callable-methods", Rule::Answer),
    ("store", "get", Rule::Answer),
    ("store", "keys", Rule::Answer),
    ("store", "pairs", Rule::Answer),
    ("store", "used", Rule::Answer),
    ("store", "set", Rule::Effect(Effect::Change)),
    ("store", "delete", Rule::Effect(Effect::Change)),
    ("store", "apply", Rule::Effect(Effect::Change)),
    ("system", "info", Rule::Answer),
    ("system", "time-now", Rule::Answer),
    ("system", "disk-usage", Rule::Answer),
    ("system", "env", Rule::Answer),
    ("tcp", "connection.peer", Rule::Answer),
    // What a protocol makes of a connection nobody knows either.
    ("tcp", "connection.read", Rule::Effect(Effect::Both)),
    ("tcp", "connection.write", Rule::Effect(Effect::Both)),
    ("tcp", "connection.finish", Rule::Effect(Effect::Both)),
    ("tcp", "connect", Rule::Effect(Effect::Both)),
    ("tcp", "request", Rule::Effect(Effect::Both)),
    ("tcp", "deliver", Rule::Effect(Effect::Both)),
    ("tcp", "send", Rule::Effect(Effect::Both)),
    ("tcp", "close", Rule::Effect(Effect::Both)),
    ("websocket", "connection.read", Rule::Effect(Effect::Both)),
    ("websocket", "connection.write", Rule::Effect(Effect::Both)),
    ("websocket", "connection.close", Rule::Effect(Effect::Both)),
    ("websocket", "connect", Rule::Effect(Effect::Both)),
    ("websocket", "request", Rule::Effect(Effect::Both)),
    ("websocket", "deliver", Rule::Effect(Effect::Both)),
    ("websocket", "send", Rule::Effect(Effect::Both)),
    ("websocket", "close", Rule::Effect(Effect::Both)),
    ("wasi:filesystem", "write", Rule::Effect(Effect::Change)),
    ("wasi:sockets", "connect", Rule::Effect(Effect::Both)),
    ("wasi:sockets", "send", Rule::Effect(Effect::Both)),
    ("wasi:sockets", "resolve", Rule::Effect(Effect::Both)),
];

/// Returns the capability that a denial names, and the effect. What the table does not know may do anything.
pub(super) fn rule((interface, function): Operation) -> (&'static str, Effect) {
    let known = |known: &&(&str, &str, Rule)| (known.0, known.1) == (interface, function);
    let effect = match OPERATIONS.iter().find(known) {
        Some((.., Rule::Effect(effect))) => *effect,
        _ => Effect::Both,
    };
    let capability = match interface {
        "wasi:filesystem" => "filesystem",
        "wasi:sockets" => "tcp",
        other => other,
    };
    (capability, effect)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    use super::*;

    /// The functions of an interface's file, those of resources behind the resource's name.
    fn functions(text: &str) -> BTreeSet<(String, String)> {
        let mut found = BTreeSet::new();
        let (mut interface, mut resource) = (String::new(), None);
        for line in text.lines() {
            let indented = line.starts_with("        ");
            let line = line.trim();
            let named = |keyword: &str| {
                let rest = line.strip_prefix(keyword)?;
                Some(rest.trim_end_matches('{').trim().to_owned())
            };
            if let Some(name) = named("interface ") {
                interface = name;
            } else if let Some(name) = named("resource ") {
                resource = Some(name);
            } else if let Some((name, rest)) = line.split_once(": ")
                && !line.starts_with("//")
                && (rest.starts_with("func(") || rest.starts_with("async func("))
            {
                let name = name.trim_start_matches('%');
                let name = match &resource {
                    Some(resource) if indented => format!("{resource}.{name}"),
                    _ => name.to_owned(),
                };
                found.insert((interface.clone(), name));
            }
        }
        found
    }

    #[test]
    fn every_function_of_every_interface_has_its_rule() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../wit");
        let mut wanted = BTreeSet::new();
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            // What a skill exports is no operation of the host's.
            if path.extension().is_some_and(|it| it == "wit") && !path.ends_with("dynamic.wit") {
                wanted.extend(functions(&std::fs::read_to_string(path).unwrap()));
            }
        }
        let known: BTreeSet<(String, String)> = OPERATIONS
            .iter()
            .filter(|(interface, ..)| !interface.contains(':'))
            .map(|(interface, function, _)| ((*interface).to_owned(), (*function).to_owned()))
            .collect();
        assert!(wanted.len() > 80, "{wanted:?}");
        assert_eq!(known, wanted);
        assert_eq!(known.len() + 4, OPERATIONS.len(), "one stands twice");
    }

    #[test]
    fn what_is_not_known_may_do_anything() {
        assert_eq!(rule(("new", "thing")), ("new", Effect::Both));
        // Not decided over by name: refused, should somebody try.
        assert_eq!(rule(("http", "send")), ("http", Effect::Both));
        assert_eq!(rule(("store", "set")), ("store", Effect::Change));
        assert_eq!(rule(("wasi:sockets", "send")), ("tcp", Effect::Both));
    }
}
