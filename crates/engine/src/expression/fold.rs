//! Simplifies an expression once the header of a file is known.
//!
//! A feed for several partners checks which columns exist: `"Category" in row ? row.Category : row.type`.
//! Within one file the answer is constant, and often a single column remains, which need not be evaluated.

use cel::common::ast::{Expr, IdedExpr, LiteralValue, operators as names};

use super::{Expression, ROW, operators};

impl Expression {
    /// The label of the single column to which the expression reduces in a file; `None` if it does not. `has`
    /// says whether the file has a column of this name.
    pub(crate) fn column(&self, has: &dyn Fn(&str) -> bool) -> Option<&str> {
        let mut node = &self.ast;
        while let Expr::Call(call) = &node.expr {
            match &call.args[..] {
                [condition, yes, no] if call.func_name == names::CONDITIONAL && call.target.is_none() => {
                    node = if constant(condition, has)? { yes } else { no };
                }
                [row, label] if call.func_name == names::INDEX && is_row(row) => return text(label),
                _ => return None,
            }
        }
        match &node.expr {
            Expr::Select(select) if !select.test && is_row(&select.operand) => Some(&select.field),
            _ => None,
        }
    }
}

/// The value of a condition that is the same in every row of the file.
fn constant(node: &IdedExpr, has: &dyn Fn(&str) -> bool) -> Option<bool> {
    match &node.expr {
        Expr::Literal(LiteralValue::Boolean(truth)) => Some(*truth.inner()),
        Expr::Select(select) if select.test && is_row(&select.operand) => Some(has(&select.field)),
        Expr::Call(call) if call.target.is_none() => match (call.func_name.as_str(), &call.args[..]) {
            (names::LOGICAL_NOT, [of]) => constant(of, has).map(|truth| !truth),
            (names::LOGICAL_AND, [a, b]) => Some(constant(a, has)? && constant(b, has)?),
            (names::LOGICAL_OR, [a, b]) => Some(constant(a, has)? || constant(b, has)?),
            (name, [label, row]) if Some(name) == operators::ours(names::IN) && is_row(row) => text(label).map(has),
            _ => None,
        },
        _ => None,
    }
}

fn is_row(node: &IdedExpr) -> bool {
    matches!(&node.expr, Expr::Ident(name) if name == ROW)
}

fn text(node: &IdedExpr) -> Option<&str> {
    match &node.expr {
        Expr::Literal(LiteralValue::String(text)) => Some(text.inner()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::RunContext;
    use crate::expression::{Column, Columns};

    /// A row whose texts are the labels in lower case.
    struct Row(&'static [&'static str]);

    impl Columns for Row {
        fn column(&self, label: &str) -> Option<Column<'_>> {
            self.0.contains(&label).then(|| Column::Text(label.to_lowercase().into()))
        }
    }

    #[test]
    fn what_an_expression_comes_down_to_is_what_it_makes() {
        let run = RunContext { as_of: jiff::Timestamp::UNIX_EPOCH };
        let by_shop = r#""A" in row ? row.A : "B" in row ? (row.Type == "x" ? "y" : row.B) : row["C"]"#;
        for (source, labels, column) in [
            (by_shop, &["A", "B", "C"][..], Some("A")),
            (by_shop, &["B", "C", "Type"], None),
            (by_shop, &["C"], Some("C")),
            (by_shop, &[], Some("C")),
            ("row.A", &["A"], Some("A")),
            ("row.A.B", &["A"], None),
            (r#""A" in row && !("B" in row) ? row.C : row.A"#, &["A", "C"], Some("C")),
            (r#""A" in row && !("B" in row) ? row.C : row.A"#, &["A", "B"], Some("A")),
            (r#""A" in row || "B" in row ? row.B : row.C"#, &["B"], Some("B")),
            ("true ? row.A : row.B", &["A"], Some("A")),
            ("has(row.A) ? row.A : row.B", &["B"], Some("B")),
            (r#"row.A != "" ? row.A : row.B"#, &["A", "B"], None),
            (r#"row.A + "!""#, &["A"], None),
            (r#""A" in row ? "yes" : row.B"#, &["A"], None),
            (r#"["A"].exists(row, "A" in row) ? row.A : row.B"#, &["A"], None),
        ] {
            let expression =
                Expression::over_columns(source).unwrap_or_else(|reported| panic!("{source}: {reported:?}"));
            let found = expression.column(&|label| labels.contains(&label));
            assert_eq!(found, column, "{source} {labels:?}");
            let made = expression.text(&Row(labels), &run);
            if let Some(label) = found {
                let expected = labels.contains(&label).then(|| label.to_lowercase());
                assert_eq!(made.ok(), expected, "{source} {labels:?}");
            }
        }
    }
}
