//! `reference`: keys that must exist in other tables, or in the feed's own one and in the file.

use crate::Severity;
use crate::feed::plan::PlanBuilder;
use crate::rules::{Reference, ReferencedKey};
use crate::schema::Field;
use crate::sink::{self, TABLES};
use crate::spec::{FeedSpec, FieldType, ImportSpec, OneOrMany, ReferenceSpec, RuleSpec};

/// Maximum number of references of a feed to itself.
const MAX_OWN: usize = 100;

impl PlanBuilder<'_> {
    pub(in crate::feed::plan) fn references(&mut self, spec: &FeedSpec, fields: &[Field]) -> Vec<Reference> {
        let rules = spec.validate.rules.iter().enumerate();
        let own = spec.import.as_ref().and_then(|import| import.table.as_ref());
        let references = rules.filter_map(|(index, rule)| match rule {
            RuleSpec::Reference(rule) if rule.to.is_none() => {
                let path = format!("validate.rules[{index}].reference");
                if rule.table.is_some() && rule.table.as_ref() == own {
                    let note = "is the feed's own table, in which records of the same file are not yet; `to: self` finds these, too";
                    self.note(format!("{path}.table"), note);
                }
                self.reference(&path, rule, fields)
            }
            _ => None,
        });
        references.collect()
    }

    pub(in crate::feed::plan) fn own_references(&mut self, spec: &FeedSpec, fields: &[Field]) -> Vec<Reference> {
        let rules = spec.validate.rules.iter().enumerate();
        let import = spec.import.clone().unwrap_or_default();
        let references = rules.filter_map(|(index, rule)| match rule {
            RuleSpec::Reference(rule) if rule.to.is_some() => {
                self.own_reference(&format!("validate.rules[{index}].reference"), rule, &import, fields)
            }
            _ => None,
        });
        let references: Vec<Reference> = references.collect();
        if references.len() > MAX_OWN {
            let message = format!("has {} references `to: self`; expected at most {MAX_OWN}", references.len());
            self.problem("validate.rules", message);
        }
        references
    }

    fn own_reference(
        &mut self,
        path: &str,
        rule: &ReferenceSpec,
        import: &ImportSpec,
        fields: &[Field],
    ) -> Option<Reference> {
        let before = self.problems.len();
        for (key, is_given) in [("table", rule.table.is_some()), ("key", rule.key.is_some())] {
            if is_given {
                self.problem(
                    format!("{path}.{key}"),
                    "does not go with `to: self`, which means the feed's own table and key",
                );
            }
        }
        if rule.severity != Severity::Reject {
            let message = "does not go with `to: self`: the gate only rejects records whose key is nowhere";
            self.problem(format!("{path}.severity"), message);
        }
        let Some(table) = &import.table else {
            let message = "self is for a feed with a `table`, which can be asked for the keys that are not in the file";
            self.problem(format!("{path}.to"), message);
            return None;
        };
        let ([key], [name]) = (&import.key[..], &rule.field.0[..]) else {
            let (keys, names) = (import.key.len(), rule.field.0.len());
            let message = format!("self is for a key of one field: the feed's key has {keys}, and field names {names}");
            self.problem(format!("{path}.to"), message);
            return None;
        };
        let of_field = self.field(&format!("{path}.field"), name)?;
        // A key that is no field is reported where it stands.
        let of_key = fields.iter().position(|field| field.name == *key)?;
        if of_field == of_key {
            self.problem(format!("{path}.field"), "is the key itself, so every record refers to itself");
        }
        let is_number = |of| matches!(of, FieldType::Integer | FieldType::Number);
        let (of, key_of) = (fields.get(of_field)?.field_type, fields.get(of_key)?.field_type);
        if of != key_of && !(is_number(of) && is_number(key_of)) {
            let (of, key_of) = (of.as_str(), key_of.as_str());
            let message = format!("is of the type {of}, but the key {key:?} is of the type {key_of}");
            self.problem(format!("{path}.field"), message);
        }
        let key = ReferencedKey { field: of_field, name: key.clone(), number: is_number(key_of) };
        (self.problems.len() == before).then(|| Reference::new(table, vec![key], rule.severity))
    }

    fn reference(&mut self, path: &str, rule: &ReferenceSpec, fields: &[Field]) -> Option<Reference> {
        let before = self.problems.len();
        let Some(table) = &rule.table else {
            self.problem(
                path,
                "names no table: give it a `table`, or `to: self` for the feed's own table and the file",
            );
            return None;
        };
        self.target_name(&format!("{path}.table"), TABLES, table);
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
        (self.problems.len() == before).then(|| Reference::new(table, key, rule.severity))
    }
}
