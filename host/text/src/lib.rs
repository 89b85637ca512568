//! Text that the host did not write itself, on its way to people, logs and models.
//!
//! - `json`: its size before it is parsed
//! - `visible`: makes what a skill or client chose visible, so that it forges nothing
//! - `secrets`: replaces the values that nobody may read

pub mod json;
mod secrets;
mod visible;
