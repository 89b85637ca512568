//! Converts the `default:` and `example:` of an annotation to JSON of the parameter's type.

use anyhow::{Context as _, bail, ensure};
use serde_json::{Number, Value};
use wit_parser::{Resolve, Type, TypeDefKind};

/// Parses `text` as a value of `ty`.
pub(crate) fn value(resolve: &Resolve, ty: &Type, text: &str) -> anyhow::Result<Value> {
    let integer = |from: i128, to: i128| -> anyhow::Result<Value> {
        let number: i128 = text
            .parse()
            .with_context(|| format!("{text:?} is no integer"))?;
        let fits = from <= number && number <= to;
        ensure!(fits, "{text} is not between {from} and {to}");
        let number = Number::from_i128(number).context("out of range")?;
        Ok(Value::Number(number))
    };
    match ty {
        Type::Bool => match text {
            "true" => Ok(Value::Bool(true)),
            "false" => Ok(Value::Bool(false)),
            _ => bail!("{text:?} is neither true nor false"),
        },
        Type::U8 => integer(0, u8::MAX.into()),
        Type::U16 => integer(0, u16::MAX.into()),
        Type::U32 => integer(0, u32::MAX.into()),
        Type::U64 => integer(0, u64::MAX.into()),
        Type::S8 => integer(i8::MIN.into(), i8::MAX.into()),
        Type::S16 => integer(i16::MIN.into(), i16::MAX.into()),
        Type::S32 => integer(i32::MIN.into(), i32::MAX.into()),
        Type::S64 => integer(i64::MIN.into(), i64::MAX.into()),
        Type::F32 | Type::F64 => {
            let number = text.parse().ok().and_then(Number::from_f64);
            let number = number.with_context(|| format!("{text:?} is no number"))?;
            Ok(Value::Number(number))
        }
        Type::Char => {
            ensure!(text.chars().count() == 1, "{text:?} is not one character");
            Ok(Value::String(text.to_owned()))
        }
        Type::String => Ok(Value::String(text.to_owned())),
        Type::Id(id) => match &resolve.types[*id].kind {
            TypeDefKind::Type(inner) | TypeDefKind::Option(inner) => value(resolve, inner, text),
            // Bytes are base64 in JSON.
            TypeDefKind::List(Type::U8) => Ok(Value::String(text.to_owned())),
            TypeDefKind::Enum(cases) => {
                let known: Vec<&str> = cases.cases.iter().map(|case| case.name.as_str()).collect();
                let known_text = known.join(", ");
                ensure!(known.contains(&text), "{text:?} is none of {known_text}");
                Ok(Value::String(text.to_owned()))
            }
            _ => serde_json::from_str(text)
                .with_context(|| format!("{text:?} is not JSON, which this type needs")),
        },
        _ => bail!("this type cannot have a default or example"),
    }
}

/// Whether a value of `ty` is text.
pub(crate) fn is_text(resolve: &Resolve, ty: &Type) -> bool {
    match ty {
        Type::String => true,
        Type::Id(id) => match &resolve.types[*id].kind {
            TypeDefKind::Type(inner) | TypeDefKind::Option(inner) => is_text(resolve, inner),
            _ => false,
        },
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use luminarys_testing::each_row;

    use super::*;
    use serde_json::json;

    #[test]
    fn texts_are_converted_to_their_type() {
        let wit = "package a:b; interface i { enum e { one, two } type bytes = list<u8>;
            f: func(t: string, o: option<u8>, l: list<string>, s: s64, n: f64, b: bool, e: e, y: bytes, c: char); }";
        let mut resolve = Resolve::default();
        resolve.push_str("w.wit", wit).unwrap();
        let (_, interface) = resolve.interfaces.iter().next().unwrap();
        let types = &interface.functions["f"].params;
        let read = |name: &str, text: &str| {
            let param = types.iter().find(|param| param.name == name).unwrap();
            value(&resolve, &param.ty, text).ok()
        };
        let rows = [
            ("t", "1", Some(json!("1"))),
            ("o", "255", Some(json!(255))),
            ("o", "256", None),
            ("o", "-1", None),
            ("o", "x", None),
            ("l", r#"["a"]"#, Some(json!(["a"]))),
            ("l", "a", None),
            ("s", "-9223372036854775808", Some(json!(i64::MIN))),
            ("s", "1.5", None),
            ("n", "1.5", Some(json!(1.5))),
            ("n", "nan", None),
            ("b", "true", Some(json!(true))),
            ("b", "1", None),
            ("e", "two", Some(json!("two"))),
            ("e", "three", None),
            ("y", "AAA=", Some(json!("AAA="))),
            ("c", "é", Some(json!("é"))),
            ("c", "ab", None),
        ];
        each_row(rows, |(name, text, expected)| {
            assert_eq!(read(name, text), expected, "{name} {text}");
        });
    }
}
