//! Every node of a tree of tree-sitter, with what is around it.

use tree_sitter::Node;

/// No text nests deeper on purpose, and every level costs a look at those around it.
pub(super) const DEEPEST: usize = 400;

/// A node whose children are being visited, and which of them is.
pub(super) struct Above<'t> {
    pub(super) node: Node<'t>,
    pub(super) children: Vec<Node<'t>>,
    pub(super) at: usize,
}

/// Visits every node. What is around it is kept here: recursion would end with the stack of a text
/// that nests deeply, and a node finds its parent and its neighbours only by a search.
pub(super) fn walk<'t>(root: Node<'t>, visit: &mut dyn FnMut(Node<'t>, &[Above<'t>])) {
    let mut cursor = root.walk();
    let mut above = vec![Above { node: root, children: vec![root], at: 0 }];
    while let Some(last) = above.last() {
        let Some(node) = last.children.get(last.at).copied() else {
            above.pop();
            if let Some(last) = above.last_mut() {
                last.at += 1;
            }
            continue;
        };
        visit(node, &above);
        let is_deepest = above.len() >= DEEPEST;
        let children = if is_deepest { Vec::new() } else { node.children(&mut cursor).collect() };
        above.push(Above { node, children, at: 0 });
    }
}
