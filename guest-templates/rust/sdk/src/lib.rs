//! What a Luminarys skill in Rust is written with.
//!
//! # New skills
//!
//! - [`skill`]: the capabilities as the WIT interfaces have them, with typed errors, defaults and a few shorthands
//! - [`error`]: how things fail
//! - [`wit_bindgen`]: for the bindings of what a skill exports, so that it depends on nothing but this crate
//!
//! ```ignore
//! wit_bindgen::generate!({ path: "wit", world: "greeter", runtime_path: "luminarys_sdk::wit_bindgen::rt" });
//! ```
//!
//! A skill's world need not include `luminarys:skill/imports`: the imports come from here, and of those only the ones that
//! are used are left in the component.
//!
//! # Skills written for luminarys-sdk 0.2
//!
//! Their source stays as it is; this crate has its names (feature `compat`, on by default).
//!
//! - [`prelude`], [`types`], [`Context`], [`SkillError`]
//! - [`fs`], [`http`], [`ws`], [`tcp`], [`shell`], [`archive`], [`system`], [`llm`], [`cluster`], [`state`], [`commands`]
//! - [`call`]: serves a call with a handler `fn(&mut Context, …) -> Result<T, SkillError>`
//! - [`entrypoint::handle`]: with a handler `fn(InvokeRequest) -> InvokeResponse`
//!
//! Left out, since the world of a skill says what they said: `skill_main!`, `register`, `register_methods`,
//! `register_requirements`, `set_skill_identity`, `get_descriptor`, `call_handler`, `method` and `type_…` with `MethodInfo`,
//! `ParamInfo`, `RequirementInfo`, `SkillDescriptor` and `SDK_VERSION`; and what went over the wire beneath: `abi`,
//! `FsRequest`, `FsResponse`, `FsMkdirRequest`, `FsLsRequest`, `FsLsResponse`, `FsChmodRequest`.
//!
//! What behaves otherwise than on an older host:
//!
//! - a connection that no callback was named for lasts as long as the skill's instance: by default as long as the call
//! - `tcp_set_callback` names the callback of such a connection once; one that the host already serves cannot be changed
//! - commands are carried out at once, those of [`entrypoint::handle`] at the end of the call, and wait for what they ask

mod bindings;
pub mod context;
pub mod error;
pub mod skill;

#[cfg(feature = "compat")]
mod compat;

#[cfg(feature = "compat")]
pub use compat::prelude::*;
#[cfg(feature = "compat")]
pub use compat::{
    archive, cluster, commands, entrypoint, filesystem, http, llm, prelude, shell, state, system,
    tcp, types, websocket,
};
#[cfg(feature = "compat")]
pub use compat::{filesystem as fs, websocket as ws};

pub use context::{Context, call};
pub use error::SkillError;
pub use wit_bindgen;
