use std::collections::HashMap;

use luminarys_testing::each_row;
use proptest::prelude::*;

use super::*;

fn section(name: Option<&str>, mapping: Mapping) -> McpSection {
    McpSection {
        name: name.map(str::to_owned),
        mapping,
        ..McpSection::default()
    }
}

fn free(_: &str) -> Option<String> {
    None
}

#[test]
fn names_by_id_and_prefix() {
    let per_method = |name| section(name, Mapping::PerMethod);
    let rows = [
        ("files", None, Some("files_read")),
        ("my-files.v2", None, Some("my_files_v2_read")),
        ("Files", None, Some("Files_read")),
        ("files", Some("f"), Some("f_read")),
        ("files", Some("my-f"), Some("my-f_read")),
        ("files", Some(""), Some("read")),
        ("7files", None, None),
        ("_files", None, None),
        ("my--files", None, None),
        ("files-", None, None),
        ("7files", Some(""), Some("read")),
        (
            &*"x".repeat(55),
            None,
            Some(&*format!("{}_read", "x".repeat(55))),
        ),
        (&*"x".repeat(56), None, None),
    ];
    each_row(rows, |(id, name, expected)| {
        let section = per_method(name);
        let names = Naming::new(id, &section).names(&["read"], free);
        let names = names.ok().map(|names| names.join(" "));
        assert_eq!(names.as_deref(), expected, "{id} {name:?}");
    });
    let whole = section(None, Mapping::PerSkill);
    let names = Naming::new("my-files", &whole).names(&["read", "x"], free);
    assert_eq!(names.unwrap(), ["my_files"]);
    assert!(
        Naming::new("a", &whole)
            .names(&[], free)
            .unwrap()
            .is_empty()
    );
    let none = section(Some(""), Mapping::PerSkill);
    assert!(Naming::new("a", &none).names(&["x"], free).is_err());
}

#[test]
fn a_method_without_a_valid_name_is_hidden() {
    let long = "m".repeat(60);
    let mut section = section(None, Mapping::PerMethod);
    section.hidden_methods.push("x".to_owned());
    let error = Naming::new("a", &section)
        .names(&["a__b", "fine", &long], free)
        .unwrap_err();
    let line = format!("mcp.hidden_methods: [x, a__b, {long}]");
    assert!(error.to_string().ends_with(&line), "{error}");
}

proptest! {
    /// An offered name is valid and free, and one is offered whenever a name was refused.
    #[test]
    fn offered_names_are_accepted(
        id in "[a-zA-Z0-9._-]{1,64}",
        methods in proptest::collection::vec("[a-z][a-z0-9]{0,10}(_[a-z0-9]{1,12}){0,3}", 1..5),
        mapping in prop_oneof![Just(Mapping::PerMethod), Just(Mapping::PerSkill)],
        others in proptest::collection::vec("[a-z]{1,2}", 0..20),
    ) {
        let methods: Vec<&str> = methods.iter().map(String::as_str).collect();
        let first = section(None, mapping);
        // Some of the earlier skills have exactly these names.
        let mut taken: HashMap<String, String> = others.into_iter().map(|it| (it.clone(), it)).collect();
        for other in [id.clone(), plain(&id)] {
            let before = section(Some(&other), mapping);
            let before = Naming::new("other", &before);
            for method in &methods {
                taken.insert(before.name(Some(method)), "other".to_owned());
            }
            taken.insert(before.name(None), "other".to_owned());
        }
        let owner = |name: &str| taken.get(name).cloned();
        match Naming::new(&id, &first).names(&methods, owner) {
            Ok(names) => prop_assert!(names.iter().all(|it| fits(it) && owner(it).is_none())),
            Err(error) => {
                let text = error.to_string();
                let (_, prefix) = text.split_once("such as mcp.name: ").unwrap();
                let second = section(Some(prefix), mapping);
                let names = Naming::new(&id, &second).names(&methods, owner);
                prop_assert!(names.is_ok(), "{text}: {names:?}");
            }
        }
    }
}
