//! What the outputs of a run can hold: everything. They are the result of a feed without a target.

use super::attribute::{Attribute, is_nested};
use super::rules::{Limits, Shape, SinkRules};
use crate::Code;
use crate::spec::FieldType;

/// The outputs of a run.
#[derive(Clone, Copy, Debug)]
pub struct Outputs;

static LIMITS: Limits = Limits {
    levels: 128,
    record_bytes: usize::MAX,
    record: ["a record", "records"],
    too_large: Code::SinkRefused,
    key_bytes: &[],
    key_name_bytes: usize::MAX,
};

impl SinkRules for Outputs {
    fn target(&self) -> &'static str {
        "outputs"
    }

    fn limits(&self) -> &'static Limits {
        &LIMITS
    }

    fn refuse_name(&self, _: &str) -> Option<String> {
        None
    }

    fn may_be_key(&self, field_type: FieldType) -> bool {
        !is_nested(field_type)
    }

    fn refuse_number(&self, _: &str) -> Option<String> {
        None
    }

    fn overhead(&self, _: Shape<'_>) -> usize {
        0
    }

    fn size(&self, _: &Attribute<'_>) -> usize {
        0
    }

    fn surely_holds<'t>(&self, _: Shape<'_>, _: usize, _: &dyn Fn(usize) -> &'t str) -> bool {
        true
    }
}
