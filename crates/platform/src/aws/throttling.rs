//! Keeps the SDK from retrying throttled writes by itself: the importer must see the throttling, so that it slows down.

use aws_sdk_dynamodb::config::interceptors::InterceptorContext;
use aws_sdk_dynamodb::config::retry::{ClassifyRetry, RetryAction};
use aws_sdk_dynamodb::error::ProvideErrorMetadata;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_sqs::operation::send_message_batch::SendMessageBatchError;

use super::is_throttling;

/// Forbids the SDK to retry a throttled write.
#[derive(Debug)]
pub(crate) struct NoThrottlingRetry;

impl ClassifyRetry for NoThrottlingRetry {
    fn classify_retry(&self, context: &InterceptorContext) -> RetryAction {
        let error = context.output_or_error().and_then(Result::err).and_then(|error| error.as_operation_error());
        let code = error.and_then(|error| {
            let of_table = error.downcast_ref::<UpdateItemError>().and_then(UpdateItemError::code);
            of_table.or_else(|| error.downcast_ref::<SendMessageBatchError>().and_then(SendMessageBatchError::code))
        });
        if code.is_some_and(is_throttling) { RetryAction::RetryForbidden } else { RetryAction::NoActionIndicated }
    }

    fn name(&self) -> &'static str {
        "no throttling retry"
    }
}
