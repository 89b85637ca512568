//! Converts a WIT world to a descriptor: its exported functions become the methods, with their documentation.

use std::path::PathBuf;

use anyhow::{Context as _, bail, ensure};
use luminarys_annotations::syntax;
use luminarys_merge::DYNAMIC;
use luminarys_package::{Abi, Descriptor, Method, PREPARED, Parameter, Visibility};
use wit_parser::{Function, FunctionKind, Resolve, Type, TypeDefKind, WorldItem, WorldKey};

use crate::literals;

/// Reads the WIT at `paths`, the last of which is the skill's own, and describes `world` (the only one if none is
/// named). Returns `None` for a dynamic skill, whose world has no methods.
pub(crate) fn describe(
    paths: &[PathBuf],
    world: Option<&str>,
    language: &str,
    sdk: &str,
) -> anyhow::Result<Option<Descriptor>> {
    let mut resolve = Resolve::default();
    let mut own = None;
    for path in paths {
        let (package, _) = resolve
            .push_path(path)
            .with_context(|| format!("reading the WIT in {}", path.display()))?;
        own = Some(package);
    }
    let own = own.context("no WIT is named in package.metadata.luminarys.wit")?;
    let world = &resolve.worlds[resolve.select_world(&[own], world)?];
    let is = |key: &WorldKey, interface: &str| matches!(key, WorldKey::Interface(id) if resolve.id_of(*id).as_deref() == Some(interface));
    if world.exports.keys().any(|key| is(key, DYNAMIC)) {
        return Ok(None);
    }
    let (prose, annotations) = syntax::split(world.docs.contents.as_deref().unwrap_or_default())?;
    let find = |word: &str| {
        annotations
            .iter()
            .find(|found| found.word == word)
            .map(|found| found.rest)
    };
    let need = |word: &str| {
        find(word).with_context(|| {
            format!(
                "the comment above `world {}` needs a line @skill:{word}",
                world.name
            )
        })
    };
    let version = need("version")?;
    let mut descriptor = Descriptor {
        version: 1,
        id: need("id")?.to_owned(),
        name: syntax::text(need("name")?).context("@skill:name")?,
        skill_version: version
            .parse()
            .with_context(|| format!("@skill:version {version}: X.Y.Z was expected"))?,
        description: match find("desc") {
            Some(text) => syntax::text(text).context("@skill:desc")?,
            None => prose,
        },
        abi: Abi::Typed,
        language: Some(language.to_owned()),
        sdk: Some(sdk.to_owned()),
        methods: Vec::new(),
        requirements: annotations
            .iter()
            .filter(|found| found.word == "require")
            .map(|found| {
                syntax::requirement(found.rest)
                    .with_context(|| format!("@skill:require {}", found.rest))
            })
            .collect::<Result<_, _>>()?,
    };
    // The host calls these, not a client.
    let methods = world.exports.iter();
    for (key, item) in methods.filter(|(key, _)| !is(key, PREPARED)) {
        match item {
            WorldItem::Function(function) => {
                descriptor
                    .methods
                    .push(method(&resolve, function, function.name.clone())?)
            }
            WorldItem::Interface { id, .. } => {
                let interface = match key {
                    WorldKey::Name(name) => name.clone(),
                    WorldKey::Interface(_) => resolve
                        .id_of(*id)
                        .context("an exported interface without a name")?,
                };
                let functions = resolve.interfaces[*id].functions.values();
                // A resource's functions are not methods of the skill.
                for function in functions.filter(|function| {
                    matches!(
                        function.kind,
                        FunctionKind::Freestanding | FunctionKind::AsyncFreestanding
                    )
                }) {
                    let export = format!("{interface}#{}", function.name);
                    descriptor.methods.push(method(&resolve, function, export)?);
                }
            }
            WorldItem::Type { .. } => {}
        }
    }
    descriptor.validate()?;
    Ok(Some(descriptor))
}

fn method(resolve: &Resolve, function: &Function, export: String) -> anyhow::Result<Method> {
    let name = &function.name;
    let read = || -> anyhow::Result<Method> {
        let (description, annotations) =
            syntax::split(function.docs.contents.as_deref().unwrap_or_default())?;
        let mut method = Method {
            name: name.replace('-', "_"),
            export: Some(export),
            description,
            params: function
                .params
                .iter()
                .map(|param| Parameter {
                    name: param.name.replace('-', "_"),
                    required: !is_option(resolve, &param.ty),
                    ..Parameter::default()
                })
                .collect(),
            ..Method::default()
        };
        for found in &annotations {
            match found.word {
                "param" => document(resolve, function, &mut method, syntax::param(found.rest)?)?,
                "result" => method.result = Some(syntax::text(found.rest)?),
                "title" => method.title = Some(syntax::text(found.rest)?),
                "hint" => syntax::hints(found.rest, &mut method.hints)?,
                "internal" => method.visibility = Visibility::Internal,
                "callback" => method.visibility = Visibility::Callback,
                other => bail!("@skill:{other} belongs above the world"),
            }
        }
        Ok(method)
    };
    read().with_context(|| format!("the comment above {name}"))
}

fn document(
    resolve: &Resolve,
    function: &Function,
    method: &mut Method,
    told: syntax::Param,
) -> anyhow::Result<()> {
    let name = told.name.replace('-', "_");
    let known: Vec<String> = method
        .params
        .iter()
        .map(|param| param.name.clone())
        .collect();
    let mut params = method.params.iter_mut().zip(&function.params);
    let found = params.find(|(param, _)| param.name == name);
    let (param, declared) = found.with_context(|| {
        format!(
            "@skill:param {name}: the function's parameters are {}",
            known.join(", ")
        )
    })?;
    if let Some(required) = told.required {
        ensure!(
            required == param.required,
            "@skill:param {name}: its type makes it {}; only option<…> may be left out",
            if param.required {
                "required"
            } else {
                "optional"
            }
        );
    }
    param.description = told.description;
    let value = |what: &str, written: Option<syntax::Value>| {
        let value = written.map(|written| literals::value(resolve, &declared.ty, &written.text));
        value
            .transpose()
            .with_context(|| format!("@skill:param {name}: {what}"))
    };
    param.default = value("default", told.default)?;
    param.example = value("example", told.example)?;
    let is_text = told.enumeration.is_empty() || literals::is_text(resolve, &declared.ty);
    ensure!(
        is_text,
        "@skill:param {name}: enum: is for text, and this is not; use a WIT enum"
    );
    param.enumeration = told.enumeration;
    Ok(())
}

fn is_option(resolve: &Resolve, ty: &Type) -> bool {
    let Type::Id(id) = ty else { return false };
    match &resolve.types[*id].kind {
        TypeDefKind::Option(_) => true,
        TypeDefKind::Type(inner) => is_option(resolve, inner),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use luminarys_testing::each_row;

    use super::*;

    const WORLD: &str = r#"package a:b@1.0.0;
/// @skill:id a.b.c
/// @skill:name "N"
/// @skill:version 1.2.3
/// @skill:require fs /data/** rw
/// @skill:require shell git **  // for history
world w {
    /// Counts.
    /// @skill:param the-path required "Where"
    export count-lines: func(the-path: string, limit: option<u32>) -> u64;
    /// @skill:title "Count all lines"
    /// @skill:hint read-only, idempotent
    /// @skill:hint closed-world
    export count-all: func() -> u64;
    /// @skill:internal
    export hidden: func();
}"#;

    fn described(text: &str) -> anyhow::Result<Descriptor> {
        let dir = tempfile::tempdir()?;
        std::fs::write(dir.path().join("w.wit"), text)?;
        let described = describe(&[dir.path().to_owned()], None, "rust", "wit-bindgen")?;
        described.context("it is dynamic")
    }

    #[test]
    fn a_world_is_described() {
        let descriptor = described(WORLD).unwrap();
        assert_eq!(
            (
                descriptor.id.as_str(),
                descriptor.skill_version.to_string().as_str()
            ),
            ("a.b.c", "1.2.3")
        );
        let count = &descriptor.methods[0];
        assert_eq!(
            (count.name.as_str(), count.export.as_deref()),
            ("count_lines", Some("count-lines"))
        );
        assert_eq!(
            (count.params[0].required, count.params[1].required),
            (true, false)
        );
        assert_eq!(
            (
                count.description.as_str(),
                count.params[0].description.as_str()
            ),
            ("Counts.", "Where")
        );
        let all = &descriptor.methods[1];
        assert_eq!(all.title.as_deref(), Some("Count all lines"));
        let hints: Vec<&str> = all.hints.iter().map(|hint| hint.word()).collect();
        assert_eq!(hints, ["read-only", "idempotent", "closed-world"]);
        assert_eq!(descriptor.methods[2].visibility, Visibility::Internal);
        let needs: Vec<String> = descriptor
            .requirements
            .iter()
            .map(|one| format!("{} {} {:?}", one.kind, one.pattern, one.mode))
            .collect();
        assert_eq!(needs, ["fs /data/** Some(\"rw\")", "shell git ** None"]);
    }

    #[test]
    fn mistakes_are_named() {
        let rows = [
            ("/// @skill:id a.b.c\n", "", "@skill:id"),
            ("a.b.c", "a.b", "a.b"),
            ("1.2.3", "1.2", "1.2"),
            ("the-path required", "other required", "the_path"),
            ("the-path required", "the-path optional", "option<"),
            ("@skill:internal", "@skill:intern", "@skill:internal"),
            ("hint read-only", "hint readonly", "did you mean read-only?"),
            ("hint closed-world", "hint read-only", "repeated"),
            ("fs /data/**", "fs data/**", "absolute"),
        ];
        each_row(rows, |(from, to, part)| {
            let error = format!("{:#}", described(&WORLD.replace(from, to)).unwrap_err());
            assert!(error.contains(part), "{from} -> {to}: {error}");
        });
    }
}
