//! The permissions of a skill: the manifest, its patterns, and the decisions of every capability. Decisions are pure;
//! the only I/O is opening the granted directories, once.
//!
//! - `manifest`: the YAML an operator writes; `grants`: the manifest, opened
//! - `capabilities`: one file or folder each, and their list; `capability`: how each describes itself; `section`: the
//!   parts of its section of the manifest; `requirement`: whether it meets a package's requirement; `explain`: the
//!   operator's questions
//! - `denial`: a refusal and the line that would lift it; `open_error`: directories and files that cannot be opened
//! - `narrowing`: the limits that a method's hints put on a call
//! - `protected`: the places that give authority and are closed to every skill
//! - `pattern`: globs; `url_pattern`, `path_set`, `addresses`, `command`, `names`: URLs, paths, addresses, commands and ids
//! - `kind`: the kinds of strings, to find patterns that match nothing; `automaton`: sets of strings
//! - `yaml`: text as written, errors with a place and a key
//!
//! To add a capability: a file in `capabilities`, and a line in its list.

mod addresses;
mod automaton;
mod capabilities;
mod capability;
pub mod command;
mod denial;
mod explain;
mod grants;
mod kind;
mod manifest;
mod names;
mod narrowing;
mod open_error;
mod path_set;
pub mod pattern;
mod protected;
mod requirement;
mod section;
mod url_pattern;
pub mod yaml;

pub use addresses::{AddressClass, AddressRule, classify};
pub use capabilities::*;
pub use capability::{About, Interface, Key, Place, Required, ValueKind};
pub use denial::Denial;
pub use explain::{AskError, Asked, ExplainError, Explained, Flag, Outside, Question, Target};
pub use grants::{CarveOut, Grants, interfaces, keys, questions};
pub use manifest::{
    Isolation, Manifest, ManifestError, Mapping, McpSection, PackageSection, RuntimeSection,
    UNSIGNED,
};
pub use narrowing::{Effect, Narrowing};
pub use open_error::OpenError;
pub use protected::{AuthorityPlace, FileId, Places, Protected, Protection, Rule};
pub use requirement::RequirementVerdict;
pub use section::{
    Access, DirectoryEntry, Entry, Import, Listed, ModeError, is_like_a_mode, parse_mode,
    split_mode,
};
pub use url_pattern::UrlPattern;
