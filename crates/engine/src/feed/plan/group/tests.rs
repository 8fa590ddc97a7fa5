use crate::feed::{FeedPlan, ItemPart};
use crate::spec::FeedProblem;

fn compile(group: &str, more: &str) -> Result<FeedPlan, Vec<String>> {
    let yaml = format!(
        "version: 1\nname: a\ngroup: {{{group}}}\nschema:\n  fields:\n  - {{name: sku, constraints: {{pattern: '[a-z]+'}}}}\n  \
         - {{name: handle, constraints: {{required: true}}}}\n  - {{name: title}}\n  - {{name: price, type: number}}\n  \
         - {{name: image, sensitive: true}}\n  - {{name: list, type: array}}\n  - {{name: images, type: array}}\n  \
         - {{name: at.x}}\n{}{more}",
        if more.contains("import:") { "" } else { "import: {table: a, key: [handle]}\n" }
    );
    FeedPlan::from_yaml(&yaml).map_err(|problems| problems.iter().map(FeedProblem::to_string).collect())
}

const GROUP: &str = "by: handle, into: {list: [price, sku], images: image}";

#[test]
fn the_item_its_records_and_its_lists_have_their_own_fields_and_rules() {
    let rules = "validate: {rules: [{range: {field: price, minimum: 1}}, {prohibited: {fields: [title], terms: [x]}}]}";
    let plan = compile(GROUP, rules).unwrap();
    let names = |plan: &FeedPlan| plan.fields.iter().map(|field| field.name.clone()).collect::<Vec<_>>();
    let group = plan.group.as_ref().unwrap();
    assert_eq!(names(&plan), ["handle", "title", "list", "images", "at.x"]);
    assert_eq!(names(plan.rows()), ["sku", "handle", "title", "price", "image", "at.x"]);
    assert_eq!(plan.rows().fields[group.by].name, "handle");
    let [images, list] = &group.lists[..] else { panic!("there are two lists") };
    assert_eq!(
        (&names(&list.plan)[..2], &list.places[..2], list.members),
        (&["price", "sku"].map(str::to_owned)[..], &[3, 0][..], 2)
    );
    assert!(images.is_plain && !list.is_plain);
    assert_eq!(
        group.parts,
        [ItemPart::Field(1), ItemPart::Field(2), ItemPart::List(1), ItemPart::List(0), ItemPart::Field(5)]
    );
    // A rule goes where its field is; that a code lost digits is looked for where the code is.
    assert_eq!(
        [plan.rules.len(), list.plan.rules.len(), images.plan.rules.len(), plan.rows().rules.len()],
        [2, 3, 1, 2]
    );
    // A list of sensitive values is sensitive.
    assert_eq!((0..5).filter(|at| plan.masks.is_sensitive(*at)).collect::<Vec<_>>(), [3]);
}

#[test]
fn mistakes_are_reported() {
    for (group, more, expected) in [
        (
            "by: handel, into: {list: price}",
            "",
            "group.by: \"handel\" is not a field of the schema; did you mean \"handle\"?",
        ),
        ("by: handle, into: {}", "", "group.into: is empty; it names the lists of an item, each with its fields"),
        ("by: handle, into: {list: price}, maxGroup: 1", "", "group.maxGroup: is not between 1024 and 16777216 bytes"),
        ("by: handle, into: {list: price}, fillDown: ['']", "", "group.fillDown: names a column without a name"),
        (
            "by: handle, into: {title: price}",
            "",
            "group.into.title: \"title\" is of the type string; a list needs the type array",
        ),
        ("by: handle, into: {list: price, images: price}", "", "group.into.list: \"price\" is already in a list"),
        (
            "by: handle, into: {list: handle}",
            "",
            "group.into.list: \"handle\" is the field that the records of an item share, so that it cannot be in a list",
        ),
        (
            "by: handle, into: {list: at.x}",
            "",
            "group.into.list: \"at.x\" has a dot in its name, and a list holds no nested records, so that it cannot be in a list",
        ),
        (
            GROUP,
            "import: {table: a, key: [handle], delete: {when: record.title == \"x\"}}",
            "import.delete: cannot go together with group, because the records of an item may disagree: delete by a feed of its own",
        ),
        (
            GROUP,
            "restructure: {list: {from: a}}",
            "restructure.list: is made by group.into, so that it cannot be made here too",
        ),
        (
            GROUP,
            "validate: {limits: {totals: [{field: price, equals: 1}]}}",
            "group.into.list: \"price\" has a control total, which only fields of an item can have, so that it cannot be in a list",
        ),
        (
            GROUP,
            "validate: {rules: [{required_together: {fields: [title, price]}}]}",
            "validate.rules[0]: looks at fields of an item and of a list, or of two lists; a rule looks at one of them",
        ),
    ] {
        let found = compile(group, more).err().unwrap_or_default();
        assert_eq!(found.join("; "), expected, "{group} {more}");
    }
}
