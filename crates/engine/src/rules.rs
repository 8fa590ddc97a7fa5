//! Business rules: each looks at one record.
//!
//! Each rule has a file that says what it checks and why, with an example. CONTRIBUTING.md explains how to
//! add one.

mod at_most_one;
mod compare;
mod date_window;
mod expression;
mod fold;
mod lost_digits;
mod one_of;
mod prohibited;
mod range;
mod reference;
mod regex;
mod required_together;
mod rule;

pub use at_most_one::AtMostOne;
pub use compare::Compare;
pub use date_window::{DateWindow, Day, InvalidDay};
pub use expression::ExpressionRule;
pub use lost_digits::LostDigits;
pub use one_of::OneOf;
pub use prohibited::{Prohibited, Unusable};
pub use range::Range;
pub use reference::{Reference, ReferencedKey};
pub use regex::Regex;
pub use required_together::RequiredTogether;
pub use rule::{GradedRule, Rule};
