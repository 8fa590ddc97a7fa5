//! Connections of a stack: services that its feeds may name.

/// What to do about a connection that does not lead to the collection of a feed.
pub const CORRECT_CONNECTION: &str =
    "Correct the collection or the connection in the feed, or have an operator correct the connection.";
