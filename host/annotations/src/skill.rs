//! The skill described by annotations.

use std::ops::Range;

use luminarys_package::Descriptor;

use crate::Language;

/// A skill as its source describes it.
#[derive(Debug)]
pub struct Skill {
    /// Its language.
    pub language: Language,
    /// Identity, methods and requirements; parameters carry the types of the older ABI.
    pub descriptor: Descriptor,
    /// The function of each of the descriptor's methods, in the same order.
    pub functions: Vec<Function>,
    /// The package of the SDK for generated code: `@skill:sdk` in AssemblyScript, the import path in Go.
    pub sdk: Option<String>,
    /// Go: whether the source has its own `main`.
    pub has_main: bool,
}

/// A function in a skill's source.
#[derive(Clone, Debug, Default)]
pub struct Function {
    /// The name as the language writes it; `r#ref` in Rust.
    pub name: String,
    /// The range of the name.
    pub range: Range<usize>,
    /// Whether other files can call it.
    pub exported: bool,
    /// Its first argument, if that is the call's context.
    pub context: Option<Use>,
    /// The other arguments.
    pub arguments: Vec<Argument>,
    /// Its result; `None` if it returns nothing.
    pub result: Option<Use>,
    /// Whether it can return an error: a `Result` in Rust, an `error` in Go.
    pub fails: bool,
    /// Why generated code cannot call it: "it is …".
    pub unusable: Option<&'static str>,
}

/// A use of a type.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Use {
    /// The type as the language writes it.
    pub text: String,
    /// Its kind; `None` for a type that methods do not support.
    pub kind: Option<Kind>,
    /// Its place.
    pub range: Range<usize>,
}

/// One argument.
#[derive(Clone, Debug)]
pub struct Argument {
    /// The type as the language writes it.
    pub name: String,
    /// The range of the name.
    pub range: Range<usize>,
    /// Its type.
    pub of: Use,
}

/// The kinds of a method's parameters and results.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Text.
    Text,
    /// A whole number.
    Integer,
    /// A number.
    Float,
    /// True or false.
    Boolean,
    /// Bytes.
    Bytes,
}

impl Kind {
    /// Returns the name in a descriptor.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Text => "string",
            Self::Integer => "integer",
            Self::Float => "number",
            Self::Boolean => "boolean",
            Self::Bytes => "bytes",
        }
    }
}
