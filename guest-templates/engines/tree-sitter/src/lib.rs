//! Source code read by its syntax. The methods and their documentation are in `wit/world.wit`; `methods.rs` says where each is.

mod clock;
mod directory;
mod documents;
mod edit;
mod language;
mod legacy;
mod markup;
mod memory;
mod methods;
mod note;
mod outline;
mod parse;
mod parsed;
mod position;
mod problems;
mod query;
mod references;
mod search;
mod shape;
mod source;
mod symbol;
mod symbols;
mod tags;
mod tree_json;
mod walk;

wit_bindgen::generate!({
    path: ["../../../wit", "wit"],
    world: "luminarys-engines:tree-sitter/tree-sitter",
    generate_all,
    additional_derives: [PartialEq],
});

pub use exports::luminarys_engines::tree_sitter::syntax;
pub use language::{LANGUAGES, Language};
pub use methods::Skill;

// Elsewhere nothing can call them: the tests use the functions.
#[cfg(target_family = "wasm")]
export!(Skill);
