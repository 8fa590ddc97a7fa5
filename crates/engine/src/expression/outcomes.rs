//! The possible results of an expression, if all of them are literals in it: `row.x == "" ? "none" : "some"`.

use cel::common::ast::{Expr, IdedExpr, operators as names};

use super::{Column, Columns, Expression};
use crate::RunContext;

/// A row without columns.
struct NoColumns;

impl Columns for NoColumns {
    fn column(&self, _: &str) -> Option<Column<'_>> {
        None
    }
}

impl Expression {
    /// All texts to which it can evaluate in any row; `None` if there may be others.
    pub(crate) fn outcomes(&self) -> Option<Vec<String>> {
        let mut leaves = Vec::new();
        let mut open = vec![&self.ast];
        while let Some(node) = open.pop() {
            match &node.expr {
                Expr::Call(call) if call.func_name == names::CONDITIONAL && call.args.len() == 3 => {
                    open.extend(call.args[1..].iter().rev());
                }
                _ if is_constant(node) => leaves.push(node),
                _ => return None,
            }
        }
        let run = RunContext { as_of: jiff::Timestamp::UNIX_EPOCH };
        let text = |leaf: &IdedExpr| {
            let leaf = Self { ast: leaf.clone(), root: self.root, fields: Vec::new() };
            // A part without a value has none in any row.
            leaf.text(&NoColumns, &run).ok()
        };
        Some(leaves.into_iter().filter_map(text).collect())
    }
}

/// Whether a part consists of literals.
fn is_constant(node: &IdedExpr) -> bool {
    match &node.expr {
        Expr::Literal(_) => true,
        Expr::Call(call) => call.target.as_deref().into_iter().chain(&call.args).all(is_constant),
        Expr::List(list) => list.elements.iter().all(is_constant),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn table_of_outcomes() {
        for (source, outcomes) in [
            ("\"EUR\"", Some(&["EUR"][..])),
            ("1.50", Some(&["1.5"])),
            ("row.a == \"\" ? \"none\" : row.b == \"x\" ? \"x\" : null", Some(&["none", "x", ""])),
            ("\"a\" + \"b\"", Some(&["ab"])),
            ("row.a == \"\" ? \"none\" : row.a", None),
            ("as_of", None),
            ("[1].map(x, x)", None),
            ("1 / 0", Some(&[])),
        ] {
            let found = Expression::over_columns(source).unwrap().outcomes();
            let expected = outcomes.map(|texts| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>());
            assert_eq!(found, expected, "{source}");
        }
    }
}
