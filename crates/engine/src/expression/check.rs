//! Checks an expression before it is evaluated, and rewrites it to use operators that support decimals, and
//! decimals for numbers with a point.

use cel::common::ast::{
    CallExpr, ComprehensionExpr, EntryExpr, Expr, IdedExpr, LiteralValue, SelectExpr, SourceInfo, operators as names,
};
use cel::common::types::CelString;

use super::{AS_OF, READS_TOUCH, RECORD, ROW, TOUCH, functions, operators};
use crate::decimal::Decimal;
use crate::suggest;

/// Maximum nesting. The interpreter recurses for every level, in a thread whose stack may be only 2 MiB.
const MAX_DEPTH: usize = 40;
/// Maximum nesting of `map`, `filter`, `all` and the like. Lists have up to 1,000 elements, so this allows a
/// million steps.
const MAX_LOOPS: usize = 2;
/// Names of types, as in `type(x) == string`.
const TYPES: [&str; 9] = ["bool", "decimal", "duration", "int", "list", "null_type", "string", "timestamp", "uint"];
/// Operators that are not rewritten.
const PLAIN_OPERATORS: [&str; 8] = [
    names::CONDITIONAL,
    names::LOGICAL_AND,
    names::LOGICAL_OR,
    names::LOGICAL_NOT,
    names::NOT_STRICTLY_FALSE,
    names::MODULO,
    names::NEGATE,
    names::INDEX,
];

/// The data that an expression can access.
#[derive(Clone, Copy)]
pub(super) enum Sees<'a> {
    /// The columns of a file, which are unknown before there is a file.
    Columns,
    /// The fields of a record, by name.
    Record(&'a [String]),
    /// The same, and a touch.
    Touch(&'a [String]),
}

/// Walks through an expression once.
pub(super) struct Walk<'a> {
    pub sees: Sees<'a>,
    pub info: &'a SourceInfo,
    /// The problems.
    pub problems: Vec<String>,
    /// The names of the fields or columns that are read.
    pub fields: Vec<String>,
    /// The variables of the enclosing loops.
    pub variables: Vec<String>,
    pub loops: usize,
}

impl Walk<'_> {
    pub(super) fn walk(&mut self, node: &mut IdedExpr, depth: usize) {
        if depth > MAX_DEPTH {
            let message = format!("is nested more than {MAX_DEPTH} deep");
            if !self.problems.contains(&message) {
                self.problems.push(message);
            }
            return;
        }
        if let Some(path) = path(node)
            && !self.variables.contains(&path[0])
            && self.data(&path[0], &path[1..])
        {
            return;
        }
        match &mut node.expr {
            Expr::Unspecified => self.problems.push("has an empty part".into()),
            Expr::Literal(LiteralValue::Double(_)) => self.decimal(node),
            Expr::Literal(_) => {}
            Expr::Ident(name) => self.variable(name),
            Expr::Call(call) => self.call(call, depth),
            Expr::Select(SelectExpr { operand, .. }) => self.walk(operand, depth + 1),
            Expr::List(list) => list.elements.iter_mut().for_each(|element| self.walk(element, depth + 1)),
            Expr::Map(map) => {
                for entry in &mut map.entries {
                    if let EntryExpr::MapEntry(entry) = &mut entry.expr {
                        self.walk(&mut entry.key, depth + 1);
                        self.walk(&mut entry.value, depth + 1);
                    }
                }
            }
            Expr::Struct(message) => {
                self.problems.push(format!("{:?} cannot be constructed here", message.type_name));
            }
            Expr::Comprehension(comprehension) => self.comprehension(comprehension, depth),
        }
    }

    /// CEL parses a number with a point as a float, so its exact text is taken from the source.
    fn decimal(&mut self, node: &mut IdedExpr) {
        let Expr::Literal(LiteralValue::Double(double)) = &node.expr else { return };
        let written = self.info.offset_for(node.id).map(|(start, end)| {
            let length = (end + 1).saturating_sub(start) as usize;
            self.info.source.chars().skip(start as usize).take(length).collect::<String>()
        });
        let written = written.as_deref().map(str::trim).filter(|text| {
            text.parse::<Decimal>().is_ok()
                && text.parse::<f64>().is_ok_and(|same| same.to_bits() == double.inner().abs().to_bits())
        });
        let Some(written) = written else {
            self.problems.push(format!("write decimal(\"{}\") for a number with a point", double.inner()));
            return;
        };
        let sign = if double.inner().is_sign_negative() { "-" } else { "" };
        let text = LiteralValue::String(CelString::from(format!("{sign}{written}")));
        let argument = IdedExpr { id: node.id, expr: Expr::Literal(text) };
        node.expr = Expr::Call(CallExpr { func_name: "decimal".into(), target: None, args: vec![argument] });
    }

    fn variable(&mut self, name: &str) {
        let own = match self.sees {
            Sees::Columns => ROW,
            Sees::Record(_) | Sees::Touch(_) => RECORD,
        };
        if name == TOUCH && matches!(self.sees, Sees::Touch(_)) {
            self.reads(READS_TOUCH);
            return;
        }
        let known = [own, AS_OF];
        if known.contains(&name) || TYPES.contains(&name) || self.variables.iter().any(|variable| variable == name) {
            return;
        }
        let candidates = known.into_iter().chain(self.variables.iter().map(String::as_str));
        let hint = suggest::did_you_mean(name, candidates).unwrap_or_else(|| match self.sees {
            Sees::Columns => format!("; a column is row[{name:?}]"),
            Sees::Record(_) | Sees::Touch(_) => format!("; a field is record.{name}"),
        });
        self.problems.push(format!("{name:?} is not a variable here{hint}"));
    }

    /// A field of the record, by the parts of its name, or a column of the row; `false` if it is neither.
    fn data(&mut self, variable: &str, path: &[String]) -> bool {
        match (self.sees, path) {
            (Sees::Columns, []) => variable == ROW,
            (Sees::Columns, [label]) if variable == ROW => {
                self.reads(label);
                true
            }
            (Sees::Record(_) | Sees::Touch(_), []) => variable == RECORD,
            (Sees::Record(fields) | Sees::Touch(fields), path) if variable == RECORD => {
                self.record(fields, path);
                true
            }
            _ => false,
        }
    }

    fn reads(&mut self, name: &str) {
        if !self.fields.iter().any(|field| field == name) {
            self.fields.push(name.to_owned());
        }
    }

    fn record(&mut self, fields: &[String], path: &[String]) {
        let name = path.join(".");
        let below = format!("{name}.");
        let reads: Vec<&String> = fields.iter().filter(|field| **field == name || field.starts_with(&below)).collect();
        if reads.is_empty() {
            let hint = suggest::did_you_mean(&name, fields.iter().map(String::as_str)).unwrap_or_default();
            self.problems.push(format!("{name:?} is not a field of the schema{hint}"));
        }
        for field in reads {
            self.reads(field);
        }
    }

    fn call(&mut self, call: &mut CallExpr, depth: usize) {
        // The lists that `map` and `filter` build use the interpreter's own +, which does not copy them.
        let builds =
            matches!(call.args.first(), Some(IdedExpr { expr: Expr::Ident(name), .. }) if name.starts_with('@'));
        if let Some(ours) = operators::ours(&call.func_name) {
            if !builds {
                ours.clone_into(&mut call.func_name);
            }
        } else if call.func_name == "double" {
            self.problems.push("double() makes an inexact number; use decimal()".into());
        } else if !PLAIN_OPERATORS.contains(&call.func_name.as_str()) && !functions::KNOWN.contains(&&*call.func_name) {
            let hint = suggest::did_you_mean(&call.func_name, functions::KNOWN.iter().copied()).unwrap_or_default();
            self.problems.push(format!("{:?} is not a function{hint}", call.func_name));
        }
        if let Some(ours) = operators::our_function(&call.func_name)
            && call.target.is_none()
        {
            ours.clone_into(&mut call.func_name);
        }
        if call.func_name == "matches" {
            match call.args.last().map(|argument| &argument.expr) {
                Some(Expr::Literal(LiteralValue::String(pattern))) => {
                    if let Err(error) = functions::regex(pattern) {
                        self.problems.push(format!("{:?} is not a regular expression: {error}", pattern.inner()));
                    }
                }
                _ => self.problems.push("the pattern of matches() must be a literal text".into()),
            }
        }
        for part in call.target.as_deref_mut().into_iter().chain(&mut call.args) {
            self.walk(part, depth + 1);
        }
    }

    fn comprehension(&mut self, comprehension: &mut ComprehensionExpr, depth: usize) {
        self.walk(&mut comprehension.iter_range, depth + 1);
        self.loops += 1;
        if self.loops > MAX_LOOPS {
            self.problems.push(format!("nests loops over lists more than {MAX_LOOPS} deep"));
        }
        let outside = self.variables.len();
        self.variables.push(comprehension.iter_var.clone());
        self.variables.extend(comprehension.iter_var2.clone());
        self.variables.push(comprehension.accu_var.clone());
        let parts = [
            &mut comprehension.accu_init,
            &mut comprehension.loop_cond,
            &mut comprehension.loop_step,
            &mut comprehension.result,
        ];
        for part in parts {
            self.walk(part, depth + 1);
        }
        self.variables.truncate(outside);
        self.loops -= 1;
    }
}

/// The parts of a dotted name: `record.price.amount`, or `record["price"]`.
fn path(node: &IdedExpr) -> Option<Vec<String>> {
    match &node.expr {
        Expr::Ident(name) => Some(vec![name.clone()]),
        Expr::Select(select) => {
            let mut parts = path(&select.operand)?;
            parts.push(select.field.clone());
            Some(parts)
        }
        Expr::Call(call) if call.func_name == names::INDEX => match &call.args[..] {
            [operand, IdedExpr { expr: Expr::Literal(LiteralValue::String(name)), .. }] => {
                let mut parts = path(operand)?;
                parts.push(name.inner().to_owned());
                Some(parts)
            }
            _ => None,
        },
        _ => None,
    }
}
