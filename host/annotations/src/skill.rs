//! What the annotations of a skill say.

use std::ops::Range;

use luminarys_package::Descriptor;

use crate::Language;

/// A skill as its source describes it.
#[derive(Debug)]
pub struct Skill {
    /// What it is written in.
    pub language: Language,
    /// Identity, methods and requirements; parameters carry the types of the older ABI.
    pub descriptor: Descriptor,
    /// What implements each of the descriptor's methods, in the same order.
    pub functions: Vec<Function>,
    /// The package that generated code gets its SDK from: `@skill:sdk` in AssemblyScript, the import path in Go.
    pub sdk: Option<String>,
    /// Go: whether the source has a `main` of its own.
    pub has_main: bool,
}

/// A function in a skill's source.
#[derive(Clone, Debug, Default)]
pub struct Function {
    /// As the language writes it; `r#ref` in Rust.
    pub name: String,
    /// Where the name stands.
    pub range: Range<usize>,
    /// Whether other files can call it.
    pub exported: bool,
    /// Its first argument, where that is the call's context.
    pub context: Option<Use>,
    /// The rest.
    pub arguments: Vec<Argument>,
    /// What it returns; none when nothing.
    pub result: Option<Use>,
    /// Whether it says when it fails: a `Result` in Rust, an `error` in Go.
    pub fails: bool,
    /// What keeps generated code from calling it: "it is …".
    pub unusable: Option<&'static str>,
}

/// A type where it is used.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Use {
    /// As the language writes it.
    pub text: String,
    /// What it is; none for a type that a method cannot have.
    pub kind: Option<Kind>,
    /// Where it stands.
    pub range: Range<usize>,
}

/// One argument.
#[derive(Clone, Debug)]
pub struct Argument {
    /// As the language writes it.
    pub name: String,
    /// Where the name stands.
    pub range: Range<usize>,
    /// Its type.
    pub of: Use,
}

/// What a method's parameters and results are made of.
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
    /// As a descriptor names it.
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
