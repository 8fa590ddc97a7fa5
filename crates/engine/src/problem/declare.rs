//! The macro that declares the codes. One entry holds everything about a code.

/// Declares [`Code`](super::Code) from the entries of all codes.
macro_rules! codes {
    ($(
        $(#[$doc:meta])*
        $name:ident = $text:literal {
            stages: [$($stage:ident),+],
            retryable: $retryable:literal,
            meaning: $meaning:literal,
            fix: $fix:literal,
        }
    )*) => {
        /// The stable kind of a problem, with the name of
        /// [Frictionless](https://framework.frictionlessdata.io/docs/errors/) if the meaning is the same.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum Code {
            $($(#[$doc])* #[serde(rename = $text)] $name,)*
        }

        impl Code {
            /// Every code.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The code as text.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }

            /// The stages in which it is found.
            #[must_use]
            pub fn stages(self) -> &'static [Stage] {
                match self { $(Self::$name => &[$(Stage::$stage),+],)* }
            }

            /// Whether a record rejected with this code alone may succeed later unchanged, because it waits
            /// for something outside this file.
            #[must_use]
            pub fn is_retryable(self) -> bool {
                match self { $(Self::$name => $retryable,)* }
            }

            /// What it means, in a few words for people.
            #[must_use]
            pub fn meaning(self) -> &'static str {
                match self { $(Self::$name => $meaning,)* }
            }

            /// How to fix it, in a line: in the file first, then in the feed. A name in braces stands for a place that
            /// depends on the feed: `{rule}`, `{restructure.clean}`.
            #[must_use]
            pub fn fix(self) -> &'static str {
                match self { $(Self::$name => $fix,)* }
            }
        }
    };
}

pub(super) use codes;
