use super::*;
use luminarys_testing::each_row;

fn method(name: &str, visibility: Visibility) -> Method {
    Method {
        name: name.to_owned(),
        title: name.to_uppercase(),
        description: format!("Does {name}."),
        effects: Effects::default(),
        narrowing: Default::default(),
        visibility,
        input_schema: json!({ "type": "object", "properties": { "path": { "type": "string" } } }),
        forms: Vec::new(),
        output_schema: Some(json!({ "type": "integer" })),
        unavailable: None,
        unfit: None,
    }
}

fn methods() -> Vec<Method> {
    let mut odd = method("odd", Visibility::Public);
    odd.unavailable = Some("a resource".to_owned());
    vec![
        method("read", Visibility::Public),
        method("write", Visibility::Public),
        method("inner", Visibility::Internal),
        method("on_event", Visibility::Callback),
        odd,
    ]
}

fn section(mapping: Mapping, hidden: &[&str], exposed: &[&str]) -> McpSection {
    let owned = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
    McpSection {
        name: None,
        mapping,
        hidden_methods: owned(hidden),
        exposed_methods: owned(exposed),
    }
}

fn names(section: &McpSection) -> Vec<String> {
    tools("files", "Files.", &methods(), section, |_| None)
        .unwrap()
        .into_iter()
        .map(|tool| tool.name)
        .collect()
}

#[test]
fn hidden_and_exposed_choose_among_public_methods() {
    let per = Mapping::PerMethod;
    let rows = [
        (&[][..], &[][..], &["files_read", "files_write"][..]),
        (&["read"], &[], &["files_write"]),
        (&[], &["read"], &["files_read"]),
        (&["read"], &["read", "write"], &["files_write"]),
        (&[], &["inner", "on_event", "odd"], &[]),
        (&["nothing"], &[], &["files_read", "files_write"]),
    ];
    each_row(rows, |(hidden, exposed, expected)| {
        assert_eq!(
            names(&section(per, hidden, exposed)),
            expected,
            "{hidden:?} {exposed:?}"
        );
    });
}

#[test]
fn a_skill_without_tools() {
    let none = section(Mapping::None, &[], &["read"]);
    assert!(names(&none).is_empty());
    assert!(methods().iter().all(|method| !exposed(method, &none)));
    assert!(list_warnings(&methods(), &section(Mapping::None, &[], &[])).is_empty());
}

#[test]
fn one_tool_for_the_skill() {
    let tools = tools(
        "files",
        "Files.",
        &methods(),
        &section(Mapping::PerSkill, &["write"], &[]),
        |_| None,
    )
    .unwrap();
    let [tool] = &tools[..] else {
        panic!("{tools:?}")
    };
    assert_eq!((tool.name.as_str(), &tool.method), ("files", &None));
    assert_eq!(
        tool.input_schema["properties"]["method"]["enum"],
        json!(["read"])
    );
    assert_eq!(tool.input_schema["required"], json!(["method"]));
    assert!(
        tool.description.starts_with("Files.") && tool.description.contains("- read: Does read.")
    );
    assert!(
        tool.description.contains(r#""path""#),
        "{}",
        tool.description
    );
    assert!(!tool.description.contains("inner") && !tool.description.contains("write"));
    assert!(
        names(&section(Mapping::PerSkill, &["read", "write"], &[])).is_empty(),
        "nothing to call, no tool"
    );
}

#[test]
fn a_method_that_some_clients_reject_is_not_a_tool_and_causes_a_warning() {
    let mut methods = methods();
    methods[0].unfit = Some("a bad name".to_owned());
    let section = section(Mapping::PerMethod, &[], &[]);
    let tools = tools("files", "", &methods, &section, |_| None).unwrap();
    assert_eq!(tools.len(), 1, "{tools:?}");
    assert_eq!(tools[0].method.as_deref(), Some("write"));
    let [warning] = &list_warnings(&methods, &section)[..] else {
        panic!("not one warning");
    };
    assert!(warning.contains("method read") && warning.contains("a bad name"));
    let hidden = self::section(Mapping::PerMethod, &["read"], &[]);
    assert_eq!(list_warnings(&methods, &hidden), Vec::<String>::new());
}

#[test]
fn the_tool_of_a_skill_is_accepted_by_clients() {
    let section = section(Mapping::PerSkill, &[], &[]);
    for tool in tools("files", "Files.", &methods(), &section, |_| None).unwrap() {
        let found = luminarys_schemas::check(&tool.input_schema);
        assert!(found.is_empty(), "{found:?}");
    }
}

#[test]
fn only_objects_and_lists_are_structured() {
    let of = |schema: Value| {
        let method = Method {
            output_schema: Some(schema),
            ..method("m", Visibility::Public)
        };
        of_method("s", "s_m".to_owned(), &method)
    };
    let (text, object, list) = (
        json!({ "type": "string" }),
        json!({ "type": "object", "properties": { "a": {} } }),
        json!({ "type": "array", "items": {} }),
    );
    let optional = |schema: &Value| json!({ "anyOf": [schema, { "type": "null" }] });
    let rows = [
        text.clone(),
        optional(&text),
        json!({ "type": "integer" }),
        json!({ "type": "null" }),
    ];
    each_row(rows, |plain| {
        let tool = of(plain);
        assert_eq!(tool.output_schema, None);
        for value in [json!("a"), json!(7), json!(true), json!(null)] {
            assert_eq!(tool.structured(value, Some("hint")), None);
        }
    });
    let hint = json!("hint");
    let rows = [
        (
            &object,
            json!({ "a": 1 }),
            json!({ "a": 1, "text_for_model": hint }),
        ),
        (
            &list,
            json!([1]),
            json!({ "result": [1], "text_for_model": hint }),
        ),
        (
            &optional(&object),
            json!(null),
            json!({ "result": null, "text_for_model": hint }),
        ),
        (
            &json!({ "type": "object", "properties": { "text_for_model_": text } }),
            json!({ "text_for_model_": "own" }),
            json!({ "text_for_model_": "own", "text_for_model__": hint }),
        ),
    ];
    each_row(rows, |(schema, value, expected)| {
        let tool = of(schema.clone());
        let structured = tool.structured(value.clone(), Some("hint")).unwrap();
        assert_eq!(structured, expected);
        let declared = tool.output_schema.as_ref().and_then(properties).unwrap();
        for name in structured.as_object().unwrap().keys() {
            assert!(declared.contains_key(name), "{name}: {declared:?}");
        }
        assert!(
            !tool
                .structured(value, None)
                .unwrap()
                .to_string()
                .contains("hint")
        );
        assert_eq!(tool.result_schema().unwrap()["type"], schema["type"]);
    });
    // Nothing is known about a dynamic skill in advance.
    let free = Method {
        output_schema: None,
        ..method("free", Visibility::Public)
    };
    let free = of_method("s", "s_free".to_owned(), &free);
    let own = json!({ "text_for_model": 1 });
    assert_eq!(
        free.structured(own, Some("hint")),
        Some(json!({ "text_for_model": 1, "text_for_model_": "hint" }))
    );
    assert_eq!(
        free.structured(json!([1]), None),
        Some(json!({ "result": [1] }))
    );
    assert_eq!(free.structured(json!("a"), None), None);
}

#[test]
fn one_tool_for_all_has_the_worst_hints_and_causes_a_warning() {
    use luminarys_package::Hint;
    let hinted = |name: &str, hints: &[Hint]| Method {
        effects: Effects::of(hints),
        ..method(name, Visibility::Public)
    };
    let reads = hinted("reads", &[Hint::ReadOnly, Hint::ClosedWorld]);
    let adds = hinted("adds", &[Hint::NonDestructive, Hint::Idempotent]);
    let worst = |methods: &[Method], hidden: &[&str]| {
        let section = section(Mapping::PerSkill, hidden, &[]);
        assert!(list_warnings(methods, &section)[0].contains("mcp.mapping: per_skill"));
        let tools = tools("a-b.c", "", methods, &section, |_| None).unwrap();
        assert_eq!(tools[0].title, "A b c");
        tools[0].effects
    };
    let both = [reads.clone(), adds.clone()];
    assert_eq!(
        worst(&both, &[]),
        Effects::of(&[Hint::NonDestructive, Hint::Idempotent])
    );
    // Only what can be called counts.
    assert_eq!(worst(&both, &["adds"]), reads.effects);
    let all = [reads, adds, method("other", Visibility::Public)];
    assert_eq!(worst(&all, &[]), Effects::default());
}

#[test]
fn unknown_method_names_cause_a_warning() {
    let warnings = list_warnings(
        &methods(),
        &section(Mapping::PerMethod, &["raed", "inner"], &["inner", "write"]),
    );
    assert_eq!(warnings.len(), 2, "{warnings:?}");
    assert!(warnings[0].contains("hidden_methods") && warnings[0].contains("raed"));
    assert!(warnings[1].contains("inner") && warnings[1].contains("not public"));
}

#[test]
fn arguments_of_a_whole_skill() {
    let taken = take_apart(json!({ "method": "read", "params": { "path": "/" } }));
    let json = |params| Ok(("read".to_owned(), Params::Json(params)));
    assert_eq!(taken, json(json!({ "path": "/" })));
    let rows = [
        json!({ "method": "read" }),
        json!({ "method": "read", "params": null }),
        json!({ "method": "read", "params": " " }),
    ];
    each_row(rows, |nothing| {
        assert_eq!(take_apart(nothing), json(json!({})));
    });
    assert_eq!(
        take_apart(json!({ "method": "read", "params": "{}" })),
        Ok(("read".to_owned(), Params::Text("{}".to_owned())))
    );
    let rows = [
        (json!(null), "object"),
        (json!({}), "missing"),
        (json!({ "method": 1 }), "string"),
        (json!({ "method": "read", "params": [] }), "object"),
        (json!({ "method": "read", "path": "/" }), "path"),
    ];
    each_row(rows, |(arguments, complaint)| {
        let error = take_apart(arguments.clone()).unwrap_err();
        assert!(error.contains(complaint), "{arguments}: {error}");
    });
}
