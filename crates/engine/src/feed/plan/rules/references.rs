//! `reference`: keys that must exist in other tables.

use crate::feed::plan::PlanBuilder;
use crate::rules::{Reference, ReferencedKey};
use crate::schema::Field;
use crate::sink::{self, TABLES};
use crate::spec::{FeedSpec, FieldType, OneOrMany, ReferenceSpec, RuleSpec};

impl PlanBuilder<'_> {
    pub(in crate::feed::plan) fn references(&mut self, spec: &FeedSpec, fields: &[Field]) -> Vec<Reference> {
        let rules = spec.validate.rules.iter().enumerate();
        let references = rules.filter_map(|(index, rule)| match rule {
            RuleSpec::Reference(rule) => self.reference(&format!("validate.rules[{index}].reference"), rule, fields),
            _ => None,
        });
        references.collect()
    }

    fn reference(&mut self, path: &str, rule: &ReferenceSpec, fields: &[Field]) -> Option<Reference> {
        let before = self.problems.len();
        self.target_name(&format!("{path}.table"), TABLES, &rule.table);
        let names = &rule.field.0;
        self.key_length(&format!("{path}.field"), TABLES, names.len());
        if let Some(OneOrMany(key)) = &rule.key
            && key.len() != names.len()
        {
            let message =
                format!("names {} of the table, but field names {}: the numbers must be equal", key.len(), names.len());
            self.problem(format!("{path}.key"), message);
        }
        let mut key = Vec::new();
        for (at, name) in names.iter().enumerate() {
            // A single name may be written without a list around it.
            let place =
                |part: &str, of: usize| if of == 1 { format!("{path}.{part}") } else { format!("{path}.{part}[{at}]") };
            let in_table = rule.key.as_ref().and_then(|key| Some((key.0.get(at)?, place("key", key.0.len()))));
            let at_field = place("field", names.len());
            let Some(index) = self.field(&at_field, name) else { continue };
            if key.iter().any(|key: &ReferencedKey| key.field == index) {
                self.problem(&at_field, "is named twice");
            }
            let of = fields.get(index)?.field_type;
            if !TABLES.may_be_key(of) {
                self.problem(&at_field, format!("is of the type {}, which cannot be the key of a table", of.as_str()));
            }
            let (in_table, at_key) = in_table.unwrap_or((name, at_field));
            if in_table.is_empty() || in_table.len() > TABLES.limits().key_name_bytes || sink::path(in_table).len() > 1
            {
                self.problem(at_key, format!("{in_table:?} cannot be the key of a table; give its name there in key"));
            }
            let number = matches!(of, FieldType::Integer | FieldType::Number);
            key.push(ReferencedKey { field: index, name: in_table.clone(), number });
        }
        (self.problems.len() == before).then(|| Reference::new(&rule.table, key, rule.severity))
    }
}
