//! TOML.

use serde_json::{Map, Value, json};
use toml_edit::{Array, DocumentMut, InlineTable, Item, Table, TableLike};

use crate::EditError;

/// Reads the whole text.
pub(crate) fn read(text: &str) -> Result<Value, EditError> {
    Ok(of_table(parse(text)?.as_table()))
}

/// Sets the entry at `path`.
pub(crate) fn set(text: &str, path: &[&str], value: &Value) -> Result<String, EditError> {
    let mut document = parse(text)?;
    let mapping = "a table";
    let (last, before) = path
        .split_last()
        .ok_or_else(|| EditError::kind(path, "no key", mapping))?;
    let mut table: &mut dyn TableLike = document.as_table_mut();
    // Inline tables have no headers.
    let mut is_inline = false;
    for (depth, key) in before.iter().enumerate() {
        let item = table.entry(key).or_insert_with(|| {
            let mut made = Table::new();
            // `[a.b]` implies that `a` exists.
            made.set_implicit(true);
            match is_inline {
                true => Item::Value(InlineTable::new().into()),
                false => Item::Table(made),
            }
        });
        let found = item.type_name();
        is_inline |= item.is_inline_table();
        table = item
            .as_table_like_mut()
            .ok_or_else(|| EditError::kind(&path[..=depth], found, mapping))?;
    }
    let unknown = || EditError::entangled(path);
    let mut new = match value {
        Value::Object(entries) if !is_inline => Item::Table(table_of(entries).ok_or_else(unknown)?),
        value => Item::Value(plain(value).ok_or_else(unknown)?),
    };
    match table.get_mut(last) {
        Some(old) => {
            // The comments above it and its position among the tables stay.
            if let (Item::Table(old), Item::Table(new)) = (&*old, &mut new) {
                *new.decor_mut() = old.decor().clone();
                if let Some(position) = old.position() {
                    new.set_position(Some(position));
                }
            }
            *old = new;
        }
        None => {
            if let Item::Table(new) = &mut new
                && !text.trim().is_empty()
            {
                new.decor_mut().set_prefix("\n");
            }
            table.insert(last, new);
        }
    }
    Ok(document.to_string())
}

fn parse(text: &str) -> Result<DocumentMut, EditError> {
    text.parse().map_err(|error: toml_edit::TomlError| {
        let line = error.span().map(|span| {
            let before = text.get(..span.start).unwrap_or_default();
            format!("line {}: ", before.matches('\n').count() + 1)
        });
        EditError::Syntax {
            format: "TOML",
            reason: line.unwrap_or_default() + error.message(),
        }
    })
}

fn table_of(entries: &Map<String, Value>) -> Option<Table> {
    let mut table = Table::new();
    for (key, value) in entries {
        table.insert(key, Item::Value(plain(value)?));
    }
    Some(table)
}

/// Returns `None` for null, which TOML does not have, and for numbers out of its range.
fn plain(value: &Value) -> Option<toml_edit::Value> {
    Some(match value {
        Value::Null => return None,
        Value::Bool(value) => (*value).into(),
        Value::Number(number) => match number.as_i64() {
            Some(number) => number.into(),
            None => number.as_f64()?.into(),
        },
        Value::String(text) => text.as_str().into(),
        Value::Array(items) => {
            let mut array = Array::new();
            for item in items {
                array.push(plain(item)?);
            }
            array.into()
        }
        Value::Object(entries) => {
            let mut table = InlineTable::new();
            for (key, value) in entries {
                table.insert(key, plain(value)?);
            }
            table.into()
        }
    })
}

fn of_table(table: &dyn TableLike) -> Value {
    let entries = table.iter();
    Value::Object(
        entries
            .map(|(key, item)| (key.to_owned(), of_item(item)))
            .collect(),
    )
}

fn of_item(item: &Item) -> Value {
    match item {
        Item::None => Value::Null,
        Item::Value(value) => of_value(value),
        Item::Table(table) => of_table(table),
        Item::ArrayOfTables(tables) => tables.iter().map(|table| of_table(table)).collect(),
    }
}

fn of_value(value: &toml_edit::Value) -> Value {
    use toml_edit::Value as Toml;
    match value {
        Toml::String(text) => json!(text.value()),
        Toml::Integer(number) => json!(number.value()),
        // JSON has neither of these; as strings they can still be compared.
        Toml::Float(number) if !number.value().is_finite() => json!(number.value().to_string()),
        Toml::Datetime(time) => json!(time.value().to_string()),
        Toml::Float(number) => json!(number.value()),
        Toml::Boolean(value) => json!(value.value()),
        Toml::Array(items) => items.iter().map(of_value).collect(),
        Toml::InlineTable(table) => of_table(table),
    }
}
