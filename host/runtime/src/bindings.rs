//! Generated from `wit/`: the traits that `capabilities` implements and the types they take.

wasmtime::component::bindgen!({
    path: "../../wit",
    world: "luminarys:skill/dynamic-skill",
    imports: {
        "luminarys:skill/filesystem": async,
        "luminarys:skill/system.disk-usage": async,
        "luminarys:skill/context.get-state": async,
        "luminarys:skill/context.set-state": async,
        "luminarys:skill/context.abort": trappable,
        "luminarys:skill/events": async,
        "luminarys:skill/http": async,
        "luminarys:skill/tcp": async,
        "luminarys:skill/websocket": async,
        "luminarys:skill/shell": async,
        "luminarys:skill/archive": async,
        "luminarys:skill/store": async,
        "luminarys:skill/llm": async,
        "luminarys:skill/skills.invoke": async,
        "luminarys:skill/skills.batch": async,
        "luminarys:skill/skills.schedule": async,
        "luminarys:skill/skills.scheduled": async,
        "luminarys:skill/skills.unschedule": async,
    },
    with: {
        "luminarys:skill/http.incoming": luminarys_network::http::Incoming,
        "luminarys:skill/tcp.connection": luminarys_network::tcp::Connection,
        "luminarys:skill/websocket.connection": luminarys_network::websocket::Connection,
    },
    exports: { default: async },
});
