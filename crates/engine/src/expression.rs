//! Expressions in feeds: CEL, the [Common Expression Language](https://cel.dev), with exact decimals.
//!
//! An expression is compiled and checked once per plan, so an unknown name is a problem of the feed and not
//! of each record. It is evaluated in a child scope of one shared root with the functions, because setting
//! these up for each record would cost far more than evaluating.
//!
//! Where CEL leaves a choice, it is made here. A number with a point is a decimal, never a float, and floats
//! cannot be made. The only clock is `as_of`, the time of the run. Work is bounded: the length and depth of
//! an expression, the depth of loops over lists, and the length of lists and texts.

mod check;
mod explain;
mod fold;
mod functions;
mod limits;
mod lists;
mod number;
mod operators;
mod outcomes;
mod result;
mod scope;
mod time;
mod urls;

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::LazyLock;
use std::thread;

use cel::common::ast::IdedExpr;
use cel::common::types::{CelBool, CelNull};
use cel::common::value::Val;
use cel::{Context, DeclarationError, Env, ExecutionError, Value};

use crate::RunContext;
use crate::decimal::Decimal;
use crate::target::TargetRecord;
use check::{Sees, Walk};
use scope::{Fields, Row, Scope, timestamp};

pub(crate) use scope::{Column, Columns};

/// The columns of a row.
const ROW: &str = "row";
/// The fields of a record.
const RECORD: &str = "record";
/// What a touch is, in a summary.
const TOUCH: &str = "touch";
/// Among the names of the fields that an expression reads, stands for the touch. No field has such a name.
const READS_TOUCH: &str = "\0touch";
/// The time of the run.
const AS_OF: &str = "as_of";

/// State shared by all expressions.
struct Root {
    env: std::sync::Arc<Env>,
    context: Context<'static, 'static>,
}

static ROOT: LazyLock<Result<Root, DeclarationError>> = LazyLock::new(|| {
    let mut env = Env::stdlib().with_optional_support(false);
    functions::declare(&mut env)?;
    operators::declare(&mut env)?;
    lists::declare(&mut env)?;
    urls::declare(&mut env)?;
    env.add_type(number::DECIMAL.to_owned())?;
    let env = std::sync::Arc::new(env);
    Ok(Root { context: Context::with_env(std::sync::Arc::clone(&env)), env })
});

/// An expression, checked and compiled.
#[derive(Clone)]
pub struct Expression {
    ast: IdedExpr,
    root: &'static Context<'static, 'static>,
    /// The names of the fields or columns that it reads.
    pub(crate) fields: Vec<String>,
}

impl fmt::Debug for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Expression").field(&self.ast.expr).finish()
    }
}

impl PartialEq for Expression {
    /// Whether both are written alike.
    fn eq(&self, other: &Self) -> bool {
        self.ast.expr == other.ast.expr
    }
}

impl Expression {
    /// Compiles an expression over the columns of a row: `row["Label"]`.
    pub(crate) fn over_columns(source: &str) -> Result<Self, Vec<String>> {
        Self::compile(source, Sees::Columns)
    }

    /// Compiles an expression over the fields of a record: `record.price`.
    pub(crate) fn over_record(source: &str, fields: &[String]) -> Result<Self, Vec<String>> {
        Self::compile(source, Sees::Record(fields))
    }

    /// Compiles an expression of a summary, over the fields of a record and over a touch: `touch.domain`. Also returns whether it reads
    /// the touch.
    pub(crate) fn over_touch(source: &str, fields: &[String]) -> Result<(Self, bool), Vec<String>> {
        let mut compiled = Self::compile(source, Sees::Touch(fields))?;
        let before = compiled.fields.len();
        compiled.fields.retain(|name| name != READS_TOUCH);
        let touches = compiled.fields.len() < before;
        Ok((compiled, touches))
    }

    fn compile(source: &str, sees: Sees<'_>) -> Result<Self, Vec<String>> {
        if let Some(message) = limits::too_large(source) {
            return Err(vec![message]);
        }
        let root = ROOT.as_ref().map_err(|error| vec![format!("cannot be compiled: {error}")])?;
        let parse = || root.env.parser().max_recursion_depth(limits::PARSER_DEPTH).parse_with_source_info(source);
        // Parses in a thread of its own, which has a large enough stack and contains a panic of the parser.
        let parsed = thread::scope(|scope| {
            let parser = thread::Builder::new().stack_size(limits::PARSER_STACK).spawn_scoped(scope, parse);
            parser.map_err(|error| error.to_string())?.join().map_err(|_| "the parser gave up".to_owned())
        });
        let parsed = parsed.map_err(|error| vec![format!("is not readable as CEL: {error}")])?;
        let (mut ast, info) = parsed.map_err(|errors| {
            let reported = |error: &cel::ParseError| {
                format!("is not readable as CEL: line {} column {}: {}", error.pos.0, error.pos.1 + 1, error.msg)
            };
            errors.errors.iter().map(reported).collect::<Vec<_>>()
        })?;
        let mut walk =
            Walk { sees, info: &info, problems: Vec::new(), fields: Vec::new(), variables: Vec::new(), loops: 0 };
        walk.walk(&mut ast, 0);
        let Walk { problems, fields, .. } = walk;
        if problems.is_empty() { Ok(Self { ast, root: &root.context, fields }) } else { Err(problems) }
    }

    /// Evaluates to the text of a field. The error says why there is none.
    pub(crate) fn text(&self, row: &dyn Columns, run: &RunContext) -> Result<String, String> {
        let as_of = timestamp(run.as_of);
        self.evaluate(&Scope { name: ROW, data: Row(row), touch: None, as_of: &as_of }, result::text)
    }

    /// Whether it is true for a record. The error says why that cannot be decided.
    pub(crate) fn truth(&self, record: &TargetRecord<'_>, run: &RunContext) -> Result<bool, String> {
        self.of_record(record, None, run, truth)
    }

    /// The number that it yields for a record; `None` for null.
    pub(crate) fn number(&self, record: &TargetRecord<'_>, run: &RunContext) -> Result<Option<Decimal>, String> {
        self.of_record(record, None, run, result::number)
    }

    /// The text that it yields for a record and a touch; empty for null.
    pub(crate) fn text_of(
        &self,
        record: &TargetRecord<'_>,
        touch: Option<&dyn Val>,
        run: &RunContext,
    ) -> Result<String, String> {
        self.of_record(record, touch, run, result::text)
    }

    /// What is made of the value that it yields for a record; `None` for null.
    pub(crate) fn map_or_none<T>(
        &self,
        record: &TargetRecord<'_>,
        run: &RunContext,
        make: impl Fn(&dyn Val) -> Result<T, String>,
    ) -> Result<Option<T>, String> {
        self.of_record(record, None, run, |value| {
            if value.downcast_ref::<CelNull>().is_some() { Ok(None) } else { make(value).map(Some) }
        })
    }

    fn of_record<T>(
        &self,
        record: &TargetRecord<'_>,
        touch: Option<&dyn Val>,
        run: &RunContext,
        read: impl Fn(&dyn Val) -> Result<T, String>,
    ) -> Result<T, String> {
        let as_of = timestamp(run.as_of);
        self.evaluate(&Scope { name: RECORD, data: Fields::of(record), touch, as_of: &as_of }, read)
    }

    /// Whether it is true for a row. The error says why that cannot be decided.
    pub(crate) fn holds(&self, row: &dyn Columns, run: &RunContext) -> Result<bool, String> {
        let as_of = timestamp(run.as_of);
        self.evaluate(&Scope { name: ROW, data: Row(row), touch: None, as_of: &as_of }, truth)
    }

    fn evaluate<'a, D: Val, T>(
        &'a self,
        variables: &'a Scope<'a, D>,
        read: impl Fn(&dyn Val) -> Result<T, String>,
    ) -> Result<T, String> {
        let root: &Context<'a, 'a> = self.root;
        let evaluate = || {
            let mut scope = root.new_inner_scope();
            scope.set_variable_resolver(variables);
            let value = Value::resolve_val(&self.ast, &scope);
            value.map_err(|error: ExecutionError| explain::explain(&error)).and_then(|value| read(value.as_ref()))
        };
        // No record may end a function, even if the interpreter panics on it.
        catch_unwind(AssertUnwindSafe(evaluate)).unwrap_or_else(|_| Err("it could not be evaluated".into()))
    }
}

/// Reads a result as a truth value.
fn truth(value: &dyn Val) -> Result<bool, String> {
    let truth = value.downcast_ref::<CelBool>().map(|truth| *truth.inner());
    truth.ok_or_else(|| format!("it yields {}, not a truth value", explain::plain(value.get_type().name())))
}

#[cfg(test)]
mod exact_tests;
#[cfg(test)]
mod tests;
