//! Helpers that every crate's tests share: expected text kept in files, and tables that report every failing row.

mod expected;
mod rows;

pub use expected::{blessing, difference, expect_file, matches_file};
pub use rows::{each_row, each_row_async};
