//! WASI preview 1 for the skill, as https://github.com/WebAssembly/WASI/blob/main/legacy/preview1/docs.md has it, in terms of
//! the component's own imports: no arguments, no variables, standard output into the log, files as far as they are granted.

mod descriptors;
mod errno;
mod files;
mod memory;
pub mod output;
mod paths;
mod poll;
mod process;

use errno::Errno;

/// What a function of preview 1 returns.
type Outcome = Result<(), Errno>;

/// Declares exported functions: their names and parameters in preview 1, and what they do.
macro_rules! functions {
    ($($name:ident($($parameter:ident: $type:ty),*) $body:block)*) => { $(
        const _: () = {
            #[unsafe(export_name = concat!("wasi_", stringify!($name)))]
            extern "C" fn export($($parameter: $type),*) -> u32 {
                let work = || -> $crate::wasi::Outcome { $body };
                $crate::wasi::errno::code(work())
            }
        };
    )* };
}
use functions;
