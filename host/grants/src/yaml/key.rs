//! Finds the key of an error by its place.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_saphyr::{Location, Spanned};

/// Returns the key of the value at `place`, such as `permissions.fs.dirs[0]`, or `None` for the file as a whole.
pub(super) fn key_at(text: &str, place: Location) -> Option<String> {
    let root: Node = serde_saphyr::from_str(text).ok()?;
    let mut key = String::new();
    root.find(place, &mut key).then_some(key)
}

/// A YAML value with the places of its parts.
enum Node {
    Scalar,
    List(Vec<Spanned<Node>>),
    Map(Vec<(String, Spanned<Node>)>),
}

impl Node {
    /// Appends the path to the part at `place` to `key`.
    fn find(&self, place: Location, key: &mut String) -> bool {
        let length = key.len();
        let mut is_at = |step: &str, node: &Spanned<Self>| {
            key.push_str(step);
            let found = [node.referenced, node.defined].contains(&place);
            let found = found || node.value.find(place, key);
            if !found {
                key.truncate(length);
            }
            found
        };
        match self {
            Self::Scalar => false,
            Self::List(list) => {
                let mut numbered = list.iter().enumerate();
                numbered.any(|(index, node)| is_at(&format!("[{index}]"), node))
            }
            Self::Map(map) => {
                let dot = if length == 0 { "" } else { "." };
                map.iter()
                    .any(|(name, node)| is_at(&format!("{dot}{name}"), node))
            }
        }
    }
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnyNode)
    }
}

struct AnyNode;

impl<'de> Visitor<'de> for AnyNode {
    type Value = Node;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("anything")
    }

    fn visit_bool<E>(self, _: bool) -> Result<Node, E> {
        Ok(Node::Scalar)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Node, E> {
        Ok(Node::Scalar)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Node, E> {
        Ok(Node::Scalar)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Node, E> {
        Ok(Node::Scalar)
    }

    fn visit_str<E>(self, _: &str) -> Result<Node, E> {
        Ok(Node::Scalar)
    }

    fn visit_unit<E>(self) -> Result<Node, E> {
        Ok(Node::Scalar)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut parts: A) -> Result<Node, A::Error> {
        let mut list = Vec::new();
        while let Some(part) = parts.next_element()? {
            list.push(part);
        }
        Ok(Node::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut parts: A) -> Result<Node, A::Error> {
        let mut map = Vec::new();
        while let Some(part) = parts.next_entry()? {
            map.push(part);
        }
        Ok(Node::Map(map))
    }
}
