//! For each function, a permission that it needs, and an action that it must not perform.
//!
//! A function of the template without a row fails a test. The rows are in the order of a run. They refer to
//! objects of a finished run; if a function would skip its work because of them, its row says which objects
//! to remove first.

/// A function, and how to test its permissions.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// The function, without the stack's name.
    pub function: &'static str,
    /// Its event: a file of `events/`, adjusted to the run.
    pub event: &'static str,
    /// The objects below `runs/<run>/` to remove first; `{chunk}` stands for a chunk.
    pub again: &'static [&'static str],
    /// The permission that it needs.
    pub needs: &'static str,
    /// What it must not do: a service, an operation by boto3's name, and its parameters. `{data}`, `{inbox}`,
    /// `{runs}`, `{rejects}` and `{target}` stand for the stack's buckets and tables.
    pub must_not: (&'static str, &'static str, &'static str),
}

/// Every function of the template.
pub const ROWS: [Row; 14] = [
    Row {
        function: "intake",
        event: "intake",
        again: &[],
        needs: "dynamodb:UpdateItem",
        must_not: ("s3", "put_object", r#"{"Bucket": "{data}", "Key": "feeds/products.yaml", "Body": "x"}"#),
    },
    Row {
        function: "pin",
        event: "pin",
        again: &[],
        needs: "dynamodb:GetItem",
        must_not: ("s3", "put_object", r#"{"Bucket": "{inbox}", "Key": "inbox/products/x.csv", "Body": "x"}"#),
    },
    Row {
        function: "split",
        event: "split-fold",
        again: &["manifest.json"],
        needs: "s3:PutObject",
        must_not: ("dynamodb", "delete_item", r#"{"TableName": "{runs}", "Key": {"run_id": {"S": "x"}}}"#),
    },
    Row {
        function: "restructure",
        event: "restructure",
        again: &["outcomes/check/{chunk}"],
        needs: "s3:PutObject",
        must_not: ("s3", "get_object", r#"{"Bucket": "{data}", "Key": "feeds/products.yaml"}"#),
    },
    Row {
        function: "validate",
        event: "validate",
        again: &["outcomes/check/{chunk}"],
        needs: "dynamodb:Query",
        must_not: ("dynamodb", "put_item", r#"{"TableName": "{target}products", "Item": {"id": {"S": "x"}}}"#),
    },
    Row {
        function: "gate",
        event: "gate",
        again: &["gate.json"],
        needs: "s3:PutObject",
        must_not: ("dynamodb", "put_item", r#"{"TableName": "{target}products", "Item": {"id": {"S": "x"}}}"#),
    },
    Row {
        function: "import",
        event: "import",
        again: &["outcomes/import/{chunk}", "progress/{chunk}"],
        needs: "dynamodb:UpdateItem",
        must_not: ("dynamodb", "delete_item", r#"{"TableName": "{target}products", "Key": {"id": {"S": "x"}}}"#),
    },
    Row {
        function: "import-mongodb",
        event: "import-mongodb",
        again: &[],
        needs: "secretsmanager:GetSecretValue",
        must_not: ("dynamodb", "put_item", r#"{"TableName": "{target}products", "Item": {"id": {"S": "x"}}}"#),
    },
    Row {
        function: "merge",
        event: "merge",
        again: &["tally.json"],
        needs: "s3:PutObject",
        must_not: ("s3", "delete_object", r#"{"Bucket": "{data}", "Key": "archive/x"}"#),
    },
    Row {
        function: "summarise",
        event: "summarise",
        again: &["summaries.json"],
        needs: "s3:PutObject",
        must_not: ("s3", "put_object", r#"{"Bucket": "{data}", "Key": "output/x/imported.csv", "Body": "x"}"#),
    },
    Row {
        function: "report",
        event: "report",
        again: &[],
        needs: "dynamodb:GetItem",
        must_not: ("s3", "put_object", r#"{"Bucket": "{data}", "Key": "runs/x", "Body": "x"}"#),
    },
    Row {
        function: "sweep",
        event: "sweep",
        again: &[],
        needs: "dynamodb:Query",
        must_not: ("s3", "put_object", r#"{"Bucket": "{inbox}", "Key": "inbox/products/x.csv", "Body": "x"}"#),
    },
    Row {
        function: "retry",
        event: "retry",
        again: &[],
        needs: "dynamodb:Query",
        must_not: ("s3", "put_object", r#"{"Bucket": "{inbox}", "Key": "inbox/products/x.csv", "Body": "x"}"#),
    },
    Row {
        function: "dataset",
        event: "dataset",
        again: &[],
        needs: "dynamodb:GetItem",
        must_not: ("s3", "put_object", r#"{"Bucket": "{inbox}", "Key": "inbox/products/x.csv", "Body": "x"}"#),
    },
];
