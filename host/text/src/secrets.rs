//! Replaces secrets in text.
