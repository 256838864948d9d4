//! A parsed document: its typed form, and the position of every value.

use crate::diag::{FileId, Span};

use super::yaml::{Node, Value};

/// A typed document and the positions of its values.
#[derive(Debug, Clone)]
pub struct Document<T> {
    /// The document as written.
    pub doc: T,
    /// The text it was read from.
    pub file: FileId,
    pub(super) root: Node,
}

impl<T> Document<T> {
    /// The start of a route into the document.
    pub fn root(&self) -> Place<'_> {
        Place {
            node: &self.root,
            key_span: self.root.span,
        }
    }
}

/// A place in a document: follow keys and positions from [`Document::root`]. A step that does not
/// exist stays where it is, so that a fault in a default points at what is there.
#[derive(Debug, Clone, Copy)]
pub struct Place<'a> {
    node: &'a Node,
    key_span: Span,
}

impl<'a> Place<'a> {
    /// The value under `key`.
    #[must_use]
    pub fn key(self, key: &str) -> Place<'a> {
        match self.node.field(key) {
            Some(field) => Place {
                node: &field.node,
                key_span: field.key_span,
            },
            None => self,
        }
    }

    /// The fields of a mapping, in order.
    pub fn fields(self) -> impl Iterator<Item = (&'a str, Place<'a>)> {
        let fields = match &self.node.value {
            Value::Mapping(fields) => &**fields,
            _ => &[],
        };
        fields.iter().map(|field| {
            let place = Place {
                node: &field.node,
                key_span: field.key_span,
            };
            (field.key.as_str(), place)
        })
    }

    /// Whether the value is a mapping with this key.
    pub fn has(self, key: &str) -> bool {
        self.node.field(key).is_some()
    }

    /// The item at `index`. A scalar counts as a list with one item.
    #[must_use]
    pub fn index(self, index: usize) -> Place<'a> {
        match &self.node.value {
            Value::Sequence(items) => match items.get(index) {
                Some(item) => Place {
                    node: item,
                    key_span: item.span,
                },
                None => self,
            },
            _ => self,
        }
    }

    /// The position of the value.
    pub fn span(self) -> Span {
        self.node.span
    }

    /// The position of the key of the value.
    pub fn key_span(self) -> Span {
        self.key_span
    }
}
