//! MessagePack, as the older SDKs write and read it: maps with text keys, lenient towards what comes, strict towards what goes.

mod decode;
mod encode;
mod fields;

pub use decode::{Value, decode};
pub use encode::Encoder;
pub use fields::Fields;
