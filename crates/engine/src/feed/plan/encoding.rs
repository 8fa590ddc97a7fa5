//! `source.encoding` and `source.maxExpansion`: checks and compiles how an upload is decoded.

use encoding_rs::{Encoding, REPLACEMENT, UTF_8};

use super::PlanBuilder;
use crate::encoding::EncodingPlan;
use crate::spec::FeedSpec;
use crate::suggest;

impl PlanBuilder<'_> {
    pub(super) fn encoding(&mut self, spec: &FeedSpec) -> EncodingPlan {
        let label = spec.source.encoding.trim();
        if label.eq_ignore_ascii_case("auto") {
            return EncodingPlan::Auto;
        }
        match Encoding::for_label(label.as_bytes()) {
            // The standard's name for encodings that decode to nothing.
            Some(encoding) if encoding != REPLACEMENT => return EncodingPlan::Declared(encoding),
            Some(_) => {
                self.problem("source.encoding", format!("{label:?} is an encoding that cannot be decoded safely"));
            }
            None => {
                let hint = match suggest::encodings::label(label) {
                    Some(meant) => format!("; did you mean {meant:?}?"),
                    None => ": convert the files to UTF-8 before they are uploaded".to_owned(),
                };
                let message = format!(
                    "{label:?} is neither \"auto\" nor an encoding that browsers know (WHATWG Encoding Standard){hint}"
                );
                self.problem("source.encoding", message);
            }
        }
        EncodingPlan::Declared(UTF_8)
    }

    pub(super) fn max_expansion(&mut self, spec: &FeedSpec) -> u32 {
        if spec.source.max_expansion == 0 {
            self.problem("source.maxExpansion", "is 0; expected how many times its size a file may have, at least 1");
        }
        spec.source.max_expansion
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn compile(source: &str) -> Result<(EncodingPlan, u32), Vec<String>> {
        let yaml = format!(
            "{{version: 1, name: a, source: {{{source}}}, schema: {{fields: [{{name: id, constraints: {{required: \
             true}}}}]}}, import: {{table: a, key: [id]}}}}"
        );
        let plan = crate::feed::FeedPlan::from_yaml(&yaml);
        plan.map(|plan| (plan.encoding, plan.max_expansion))
            .map_err(|problems| problems.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn table_of_labels() {
        for (label, name) in [
            ("utf-8", "UTF-8"),
            ("UTF8", "UTF-8"),
            ("utf-16", "UTF-16LE"),
            ("latin1", "windows-1252"),
            (" cp1252 ", "windows-1252"),
            ("ISO-8859-15", "ISO-8859-15"),
            ("sjis", "Shift_JIS"),
        ] {
            let Ok((EncodingPlan::Declared(encoding), 100)) = compile(&format!("encoding: '{label}'")) else {
                panic!("{label}")
            };
            assert_eq!(encoding.name(), name, "{label}");
        }
        assert_eq!(compile("encoding: Auto, maxExpansion: 7"), Ok((EncodingPlan::Auto, 7)));
        assert_eq!(compile(""), Ok((EncodingPlan::Declared(UTF_8), 100)));
    }

    #[test]
    fn all_problems_are_reported_at_once_with_a_suggestion() {
        assert_eq!(
            compile("encoding: windows1252, maxExpansion: 0").unwrap_err(),
            [
                "source.encoding: \"windows1252\" is neither \"auto\" nor an encoding that browsers know (WHATWG Encoding \
                 Standard); did you mean \"windows-1252\"?",
                "source.maxExpansion: is 0; expected how many times its size a file may have, at least 1",
            ]
        );
        assert_eq!(
            compile("encoding: cp850").unwrap_err(),
            [
                "source.encoding: \"cp850\" is neither \"auto\" nor an encoding that browsers know (WHATWG Encoding Standard): \
              convert the files to UTF-8 before they are uploaded"
            ]
        );
        assert_eq!(
            compile("encoding: hz-gb-2312").unwrap_err(),
            ["source.encoding: \"hz-gb-2312\" is an encoding that cannot be decoded safely"]
        );
    }
}
