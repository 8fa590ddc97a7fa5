//! Templates into HTML. They are escaped by askama, which takes the kind from the file's name.

use askama::Template;

/// The text of a template.
#[expect(clippy::expect_used, reason = "writing to a string does not fail, and no template calls what does")]
pub(super) fn html(template: &impl Template) -> String {
    template.render().expect("a template renders to a string")
}
