//! The layout of older manifests: `fs: true` for a section, with its lists beside it rather than inside. It is
//! rejected, and the error shows what to write instead.

use serde_json::{Map, Value};

use crate::yaml::{self, YamlError};

/// The keys that older manifests had beside the sections, with their current place.
const LISTS: [(&str, &str, &str); 4] = [
    ("dirs", "fs", "dirs"),
    ("allowlist", "http", "allowlist"),
    ("shell_allowlist", "shell", "allowlist"),
    ("allowed_dirs", "shell", "allowed_dirs"),
];
/// The sections that older manifests could write as a switch.
const SWITCHES: [&str; 5] = ["fs", "http", "tcp", "shell", "file_transfer"];

/// Adds the current layout to the error if the manifest has the older one.
pub(super) fn explain(file: &str, text: &str, error: YamlError) -> YamlError {
    match yaml::parse(file, text)
        .ok()
        .and_then(|written| permissions(&written))
    {
        None => error,
        Some(line) => YamlError {
            message: format!(
                "{}; this is an older layout, in place of which to write: {line}",
                error.message
            ),
            ..error
        },
    }
}

/// Converts a section `permissions` in the older layout to the current one.
fn permissions(written: &Map<String, Value>) -> Option<String> {
    let empty = Map::new();
    let nested = written.get("permissions");
    let nested = nested.and_then(Value::as_object).unwrap_or(&empty);
    let mut is_older = false;
    let mut sections = Map::new();
    for (level, is_top) in [(nested, false), (written, true)] {
        for (key, value) in level {
            let is_switch = SWITCHES.contains(&key.as_str());
            let list = LISTS.iter().find(|(older, ..)| older == key);
            let (section, inside, value) = match (list, value) {
                (Some((_, section, list)), Value::Array(_)) => (*section, *list, value.clone()),
                (None, Value::Bool(_)) if is_switch => (key.as_str(), "enabled", value.clone()),
                (None, Value::Object(keys)) if is_switch || !is_top => {
                    is_older |= is_top;
                    let known = in_section(&mut sections, key)?;
                    known.extend(keys.clone());
                    continue;
                }
                _ if is_top => continue,
                _ => return None,
            };
            is_older = true;
            in_section(&mut sections, section)?.insert(inside.to_owned(), value);
        }
    }
    let is_on = |sections: &Map<String, Value>, name: &str| {
        let section = sections
            .get(name)
            .and_then(|section| section.get("enabled"));
        section == Some(&Value::Bool(true))
    };
    // If only commands are enabled, the list belongs to them: without it, every command would be allowed.
    if is_on(&sections, "shell")
        && !is_on(&sections, "http")
        && let Some(http) = sections.get_mut("http").and_then(Value::as_object_mut)
        && let Some(list) = http.remove("allowlist")
    {
        sections.retain(|name, section| name != "http" || section != &Value::Object(Map::new()));
        let shell = in_section(&mut sections, "shell")?;
        shell.entry("allowlist").or_insert(list);
    }
    is_older.then(|| format!("permissions: {}", flow(&Value::Object(sections))))
}

fn in_section<'a>(
    sections: &'a mut Map<String, Value>,
    name: &str,
) -> Option<&'a mut Map<String, Value>> {
    let section = sections
        .entry(name)
        .or_insert_with(|| Value::Object(Map::new()));
    section.as_object_mut()
}

/// Writes a value as YAML on one line.
fn flow(value: &Value) -> String {
    match value {
        Value::Object(keys) => {
            let switch = keys.iter().filter(|(key, _)| *key == "enabled");
            let others = keys.iter().filter(|(key, _)| *key != "enabled");
            let each = switch
                .chain(others)
                .map(|(key, value)| format!("{key}: {}", flow(value)));
            format!("{{ {} }}", each.collect::<Vec<_>>().join(", "))
        }
        Value::Array(items) => {
            let each: Vec<String> = items.iter().map(flow).collect();
            format!("[{}]", each.join(", "))
        }
        Value::String(text) => crate::denial::quoted(text),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use luminarys_testing::each_row;

    use crate::Manifest;

    #[test]
    fn the_suggested_layout_means_the_same() {
        let rows = [
            (
                "permissions: {fs: true, dirs: ['/data:rw'], http: true, allowlist: ['https://a.test/**']}",
                "permissions: { fs: { enabled: true, dirs: [\"/data:rw\"] }, http: { enabled: true, allowlist: [\"https://a.test/**\"] } }",
            ),
            (
                "fs: true\ndirs: [/data]\nshell: true\nshell_allowlist: ['git **']",
                "permissions: { fs: { enabled: true, dirs: [\"/data\"] }, shell: { enabled: true, allowlist: [\"git **\"] } }",
            ),
            (
                "permissions: {tcp: true, file_transfer: false, events: {emit: [a]}, fs: {enabled: true}, dirs: [/a]}",
                "permissions: { tcp: { enabled: true }, file_transfer: { enabled: false }, events: { emit: [\"a\"] }, fs: { enabled: true, dirs: [\"/a\"] } }",
            ),
            (
                "permissions: {shell: true, allowlist: ['git **'], allowed_dirs: [/a]}",
                "permissions: { shell: { enabled: true, allowed_dirs: [\"/a\"], allowlist: [\"git **\"] } }",
            ),
            (
                "fs: {enabled: true}",
                "permissions: { fs: { enabled: true } }",
            ),
        ];
        each_row(rows, |(older, expected)| {
            let parse = |text: &str| {
                Manifest::parse("m.yaml", &format!("id: a\npath: b\n{text}\n"), &|_| None)
            };
            let error = parse(older).unwrap_err().to_string();
            let (_, lines) = error
                .split_once("in place of which to write: ")
                .expect(&error);
            assert_eq!(lines, expected, "{older}");
            assert!(parse(lines).is_ok(), "{lines}");
        });
        let rows = [
            "permissions: {fs: 5}",
            "permissions: {fs: {enable: true}}",
            "dir: [a]",
            "id: b",
        ];
        each_row(rows, |other| {
            let error = Manifest::parse("m.yaml", &format!("id: a\npath: b\n{other}\n"), &|_| None);
            assert!(!error.unwrap_err().to_string().contains("older"), "{other}");
        });
    }
}
