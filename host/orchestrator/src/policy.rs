//! Who may call what.

/// Where a call comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// An MCP client: the methods of the tool list.
    Client,
    /// The operator, from the command line: public and internal methods.
    Operator,
    /// The skill of this instance id: what both policies allow; its own methods always.
    Skill(String),
    /// The host itself: every method.
    Host,
}
