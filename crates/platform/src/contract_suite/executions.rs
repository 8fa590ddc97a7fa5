//! The contract of executions.

use super::run;
use crate::Fault;
use crate::executions::{Executions, FailedChildren, Started};

/// Tests a backend of executions.
///
/// # Panics
/// If it does not.
pub async fn executions(executions: &dyn Executions) {
    let run = run(1);
    assert_eq!(executions.start(&run, 1).await.unwrap(), Started::New);
    // `New` or `Exists`: while the execution runs, Step Functions answers an identical request like the first one.
    executions.start(&run, 1).await.unwrap();
    assert_eq!(executions.start(&run, 2).await.unwrap(), Started::New, "another attempt has another name");
    let execution = executions.describe(&executions.arn(run.as_str())).await.unwrap();
    assert!(!execution.status.is_empty());
    executions.describe(&executions.arn(&run.execution(2))).await.unwrap();
    let children = executions.failed_children(&executions.arn(run.as_str()), 10).await.unwrap();
    assert_eq!(children, FailedChildren::default(), "no Map of it has begun");
    let unknown = executions.describe(&executions.arn("nobody")).await;
    assert!(matches!(unknown, Err(Fault::Missing { .. })), "{unknown:?}");
}
