//! Tests of the whole: they are inside, since a library for tests beside the component would have every crate compiled twice.

mod heldout;
mod lies;
mod same;
