//! Renders templates to HTML. Askama escapes their values; it takes the kind of text from the file name.

use askama::Template;

/// Renders a template.
#[expect(
    clippy::expect_used,
    reason = "writing to a string does not fail, and no template calls anything that can fail"
)]
pub(super) fn html(template: &impl Template) -> String {
    template.render().expect("a template renders to a string")
}
