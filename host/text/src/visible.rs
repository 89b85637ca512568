//! Makes foreign text visible.
