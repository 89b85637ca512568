//! Values in a YAML text with their positions.

use std::ops::Range;

use granit_parser::{Event, Parser, ScalarStyle, Span, StructureStyle};

use super::syntax;
use crate::EditError;

/// The maximum nesting of lists and mappings.
const MAX_DEPTH: usize = 64;

/// A value and its position. Two are equal if they have the same content in the same order, at any
/// position.
#[derive(Clone, Debug, Default)]
pub(super) struct Node {
    /// The range in bytes; for a block collection, from its first entry to the end of its last.
    pub range: Range<usize>,
    /// Its column: characters before it in its line.
    pub column: usize,
    /// Whether it has an anchor, so that it may be referenced elsewhere.
    pub is_anchored: bool,
    tag: Option<String>,
    pub content: Content,
}

#[derive(Clone, Debug)]
pub(super) enum Content {
    Scalar {
        text: String,
        is_plain: bool,
    },
    List {
        is_flow: bool,
        items: Vec<Node>,
    },
    Mapping {
        is_flow: bool,
        entries: Vec<(Node, Node)>,
    },
    Alias(usize),
}

impl Default for Content {
    fn default() -> Self {
        Self::Scalar {
            text: String::new(),
            is_plain: true,
        }
    }
}

impl PartialEq for Node {
    fn eq(&self, other: &Self) -> bool {
        let (own, others) = (&self.content, &other.content);
        let is_same = match (own, others) {
            (
                Content::Scalar { text, is_plain },
                Content::Scalar {
                    text: other,
                    is_plain: plain,
                },
            ) => (text, is_plain) == (other, plain),
            (Content::List { items, .. }, Content::List { items: other, .. }) => items == other,
            (Content::Mapping { entries, .. }, Content::Mapping { entries: other, .. }) => {
                entries == other
            }
            (Content::Alias(own), Content::Alias(other)) => own == other,
            _ => false,
        };
        is_same && (&self.tag, self.is_anchored) == (&other.tag, other.is_anchored)
    }
}

impl Node {
    /// Parses a text of one document; returns `None` if it is empty.
    ///
    /// # Errors
    /// [`EditError::Syntax`], also for several documents.
    pub fn parse(text: &str) -> Result<Option<Self>, EditError> {
        let mut parser = Parser::new_from_str(text);
        let mut root = None;
        let mut documents = 0;
        while let Some(event) = parser.next_event() {
            let (event, span) = event.map_err(syntax)?;
            match event {
                Event::DocumentStart(..) => documents += 1,
                Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => {}
                event => root = Self::of(&mut parser, event, span, 0)?.or(root),
            }
        }
        match documents {
            0 | 1 => Ok(root),
            count => Err(syntax(format!(
                "it has {count} documents, and one is expected"
            ))),
        }
    }

    /// Returns the node that begins with `event`; `None` if it does not begin one.
    fn of<'a>(
        parser: &mut Parser<'a, granit_parser::StrInput<'a>>,
        event: Event<'a>,
        span: Span,
        depth: usize,
    ) -> Result<Option<Self>, EditError> {
        let mut range = span.byte_range().unwrap_or_default();
        let column = span.start.col();
        let (content, anchor, tag) = match event {
            Event::Scalar(text, style, anchor, tag) => {
                let is_plain = style == ScalarStyle::Plain;
                let text = text.into_owned();
                (Content::Scalar { text, is_plain }, anchor, tag)
            }
            Event::Alias(target) => (Content::Alias(target), 0, None),
            Event::SequenceStart(style, anchor, tag) => {
                let is_flow = style == StructureStyle::Flow;
                let (items, end) = Self::children(parser, depth)?;
                range = extent(range, is_flow, end, items.first(), items.last());
                (Content::List { is_flow, items }, anchor, tag)
            }
            Event::MappingStart(style, anchor, tag) => {
                let is_flow = style == StructureStyle::Flow;
                let (children, end) = Self::children(parser, depth)?;
                range = extent(range, is_flow, end, children.first(), children.last());
                let mut children = children.into_iter();
                let mut entries = Vec::new();
                while let (Some(key), Some(value)) = (children.next(), children.next()) {
                    entries.push((key, value));
                }
                (Content::Mapping { is_flow, entries }, anchor, tag)
            }
            _ => return Ok(None),
        };
        let tag = tag.map(|tag| tag.original());
        // A block collection begins where its first entry does.
        let column = match &content {
            Content::Mapping {
                is_flow: false,
                entries,
            } => entries.first().map(|(key, _)| key.column),
            _ => None,
        }
        .unwrap_or(column);
        Ok(Some(Self {
            range,
            column,
            is_anchored: anchor != 0,
            tag,
            content,
        }))
    }

    /// Reads the content of a collection and the position of its end.
    fn children<'a>(
        parser: &mut Parser<'a, granit_parser::StrInput<'a>>,
        depth: usize,
    ) -> Result<(Vec<Self>, usize), EditError> {
        if depth == MAX_DEPTH {
            return Err(syntax(format!("it is nested deeper than {MAX_DEPTH}")));
        }
        let mut children = Vec::new();
        while let Some(event) = parser.next_event() {
            let (event, span) = event.map_err(syntax)?;
            match event {
                Event::SequenceEnd | Event::MappingEnd => {
                    let end = span.byte_range().unwrap_or_default().end;
                    return Ok((children, end));
                }
                event => children.extend(Self::of(parser, event, span, depth + 1)?),
            }
        }
        Err(syntax("it ends within a list or mapping"))
    }

    /// Returns the node at `path`.
    pub fn at(&self, path: &[&str]) -> Option<&Self> {
        path.iter()
            .try_fold(self, |node, key| node.get(key).map(|(_, value)| value))
    }

    /// Returns the node at `path`, mutable.
    pub fn at_mut(&mut self, path: &[&str]) -> Option<&mut Self> {
        path.iter()
            .try_fold(self, |node, name| match &mut node.content {
                Content::Mapping { entries, .. } => entries
                    .iter_mut()
                    .find(|(key, _)| key.is(name))
                    .map(|(_, value)| value),
                _ => None,
            })
    }

    /// Returns the entry of a mapping.
    pub fn get(&self, name: &str) -> Option<&(Self, Self)> {
        match &self.content {
            Content::Mapping { entries, .. } => entries.iter().find(|(key, _)| key.is(name)),
            _ => None,
        }
    }

    /// Sets the entry at `path` to `value`. Creates missing mappings along the path, and replaces anything else on it
    /// with a mapping. A new entry is added last, or first if `leads`.
    pub fn put(&mut self, path: &[&str], value: Self, leads: bool) {
        let Some((name, rest)) = path.split_first() else {
            *self = value;
            return;
        };
        if !matches!(self.content, Content::Mapping { .. }) {
            *self = Self {
                content: Content::Mapping {
                    is_flow: false,
                    entries: Vec::new(),
                },
                ..Self::default()
            };
        }
        if let Content::Mapping { entries, .. } = &mut self.content {
            match entries.iter_mut().find(|(key, _)| key.is(name)) {
                Some((_, old)) => old.put(rest, value, leads),
                None => {
                    let content = Content::Scalar {
                        text: (*name).to_owned(),
                        is_plain: super::render::is_plain(name),
                    };
                    let key = Self {
                        content,
                        ..Self::default()
                    };
                    let mut new = Self::default();
                    new.put(rest, value, leads);
                    let index = if leads { 0 } else { entries.len() };
                    entries.insert(index, (key, new));
                }
            }
        }
    }

    /// Whether it is null or empty.
    pub fn is_null(&self) -> bool {
        let words = ["", "~", "null", "Null", "NULL"];
        matches!(&self.content, Content::Scalar { text, is_plain: true } if words.contains(&text.as_str()))
    }

    fn is(&self, name: &str) -> bool {
        matches!(&self.content, Content::Scalar { text, .. } if text == name)
    }

    /// Returns its kind, for people.
    pub fn kind(&self) -> &'static str {
        match &self.content {
            _ if self.is_null() => "nothing",
            Content::Scalar { .. } => "a single value",
            Content::List { .. } => "a list",
            Content::Mapping { .. } => "a mapping",
            Content::Alias(_) => "an alias",
        }
    }
}

/// Returns the range of a collection: from brace to brace in flow style, else that of its entries.
fn extent(
    start: Range<usize>,
    is_flow: bool,
    end: usize,
    first: Option<&Node>,
    last: Option<&Node>,
) -> Range<usize> {
    match (is_flow, first, last) {
        (false, Some(first), Some(last)) => first.range.start..last.range.end,
        _ => start.start..end,
    }
}
