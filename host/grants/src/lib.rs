//! What a skill may do: the manifest, its patterns, and the decision for every capability. Decisions are pure; the only
//! input and output is opening the granted directories, once.
//!
//! - `manifest`: the YAML an operator writes; `grants`: the manifest, opened
//! - `capabilities`: a file or a folder each, and the list of them; `capability`: what each says of itself; `section`: what
//!   its section of the manifest is made of; `requirement`: whether it satisfies what a package needs; `explain`: what an
//!   operator asks about it
//! - `denial`: a refusal and the line that would lift it; `open_error`: what a manifest names that cannot be opened
//! - `narrowing`: what a call may not do because of what its method declares
//! - `protected`: what is closed to every skill, because it gives authority
//! - `pattern`: globs; `url_pattern`, `path_set`, `addresses`, `command`, `names`: URLs, paths, addresses, commands and ids
//! - `kind`: what each kind of text looks like, so that patterns that match nothing are found; `automaton`: sets of texts
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
