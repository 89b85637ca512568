//! The function that runs, and how far it may go.

use std::time::Duration;

/// The exported function that prepares a component.
pub const INITIALIZE: &str = "initialize";

/// How far `initialize` may go.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// Its memory, in bytes.
    pub memory: usize,
    /// Its time.
    pub time: Duration,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            memory: 1 << 30,
            time: Duration::from_secs(300),
        }
    }
}
