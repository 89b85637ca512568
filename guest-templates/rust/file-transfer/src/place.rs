//! Where a file is: a path of this node, or `node://NODE/PATH`.

const SCHEME: &str = "node://";

/// What a copy between two other nodes is told.
pub const BOTH: &str = "either source or dest must be on this node: copy from one node to here, then from here to the other";

/// Where a file is.
#[derive(Debug, PartialEq)]
pub enum Place {
    /// On this node.
    Here(String),
    /// On another node.
    There { node: String, path: String },
}

impl Place {
    /// Reads a path. Without a name, as in `node:///path`, the node is this one.
    pub fn parse(text: &str) -> Result<Self, String> {
        let Some(rest) = text.strip_prefix(SCHEME) else {
            return Ok(Self::Here(text.to_owned()));
        };
        let Some(slash) = rest.find('/') else {
            return Err(format!("{text:?} has no path; write node://NODE/PATH"));
        };
        let (node, path) = rest.split_at(slash);
        Ok(match node {
            "" => Self::Here(path.to_owned()),
            node => Self::There {
                node: node.to_owned(),
                path: path.to_owned(),
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_read() {
        let there = |node: &str, path: &str| Place::There {
            node: node.to_owned(),
            path: path.to_owned(),
        };
        for (text, expected) in [
            ("/data/a", Place::Here("/data/a".to_owned())),
            ("node:///data/a", Place::Here("/data/a".to_owned())),
            ("node://b/data/a", there("b", "/data/a")),
            ("node://b/", there("b", "/")),
            ("node:/b/a", Place::Here("node:/b/a".to_owned())),
        ] {
            assert_eq!(Place::parse(text), Ok(expected), "{text}");
        }
        for text in ["node://", "node://b"] {
            assert!(Place::parse(text).is_err(), "{text}");
        }
    }
}
