//! The function `report`: informs people and programs how a run ended.

use sluice_platform::runtime::serve;
use sluice_report::{Deps, Error, counts, run};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    serve("report", Deps::new, async |deps, input, _| {
        let output = run(deps, input).await?;
        counts::emit(output.tally.as_ref());
        Ok::<_, Error>(output)
    })
    .await
}
