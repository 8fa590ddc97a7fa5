//! The pointers of a feed as a tree, so that a record is read once, whatever their number.

use super::Pointer;

/// A place in the tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Node(usize);

/// The pointers of a feed.
#[derive(Clone, Debug)]
pub(super) struct Tree {
    nodes: Vec<Branch>,
}

#[derive(Clone, Debug, Default)]
struct Branch {
    /// The column that is read here, if one is.
    column: Option<usize>,
    /// What is below, by the next token, in the order of the columns.
    below: Vec<(String, Node)>,
}

impl Tree {
    /// The place of the whole record.
    pub(super) const ROOT: Node = Node(0);

    /// The tree of these pointers, each with its column.
    pub(super) fn new<'a>(pointers: impl Iterator<Item = (usize, &'a Pointer)>) -> Self {
        let mut tree = Self { nodes: vec![Branch::default()] };
        for (column, pointer) in pointers {
            let mut at = Self::ROOT;
            for token in pointer.tokens() {
                at = match tree.below(at, token.as_bytes(), &mut 0) {
                    Some(node) => node,
                    None => {
                        let node = Node(tree.nodes.len());
                        tree.nodes.push(Branch::default());
                        tree.nodes[at.0].below.push((token.clone(), node));
                        node
                    }
                };
            }
            tree.nodes[at.0].column.get_or_insert(column);
        }
        tree
    }

    /// The column that is read at a place.
    pub(super) fn column(&self, node: Node) -> Option<usize> {
        self.nodes[node.0].column
    }

    /// Whether something is read below a place.
    pub(super) fn has_below(&self, node: Node) -> bool {
        !self.nodes[node.0].below.is_empty()
    }

    /// Whether something is read in an array at a place.
    pub(super) fn has_indexes(&self, node: Node) -> bool {
        let is_index =
            |token: &str| token == "0" || token.bytes().all(|b| b.is_ascii_digit()) && !token.starts_with('0');
        self.nodes[node.0].below.iter().any(|(token, _)| !token.is_empty() && is_index(token))
    }

    /// The place below another by a token. `next` is where the search begins, because members mostly come in the
    /// same order; it is moved on.
    pub(super) fn below(&self, node: Node, token: &[u8], next: &mut usize) -> Option<Node> {
        let below = &self.nodes[node.0].below;
        let is = |at: &usize| below[*at].0.as_bytes() == token;
        let at = (*next..below.len()).chain(0..(*next).min(below.len())).find(is)?;
        *next = at + 1;
        Some(below[at].1)
    }
}
