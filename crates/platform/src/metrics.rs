//! Metrics in CloudWatch's embedded metric format: one line of JSON that the log turns into metrics.
//!
//! Written by hand, because there is no Powertools for Rust. The format is AWS's:
//! <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html>.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

/// The namespace of all metrics.
pub const NAMESPACE: &str = "Sluice";

/// The variable with the name of the stack. Every metric has the stack as a dimension, so that two stacks of an account
/// have metrics of their own.
const STACK: &str = "METRICS_STACK";

/// The unit of a metric, as CloudWatch knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// A number of things.
    Count,
    /// Hundredths.
    Percent,
    /// Seconds.
    Seconds,
}

impl Unit {
    /// The name of the unit in a line.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Count => "Count",
            Self::Percent => "Percent",
            Self::Seconds => "Seconds",
        }
    }
}

/// Writes metrics (name, unit, value) to standard output, where the log agent reads them: for the stack, and for each of
/// these dimensions (name, value) of the stack. CloudWatch takes at most 100 metrics from one line.
///
/// A process that is part of no stack writes none.
pub fn emit(dimensions: &[(&str, &str)], metrics: &[(&str, Unit, u64)]) {
    if let Some(stack) = std::env::var(STACK).ok().filter(|stack| !stack.is_empty()) {
        println!("{}", line(&stack, dimensions, metrics, Timestamp::now()));
    }
}

fn line(stack: &str, dimensions: &[(&str, &str)], metrics: &[(&str, Unit, u64)], at: Timestamp) -> Value {
    let definitions: Vec<Value> =
        metrics.iter().map(|(name, unit, _)| json!({ "Name": name, "Unit": unit.as_str() })).collect();
    let mut sets = vec![json!(["stack"])];
    sets.extend(dimensions.iter().map(|(name, _)| json!(["stack", name])));
    let mut line: Map<String, Value> =
        metrics.iter().map(|(name, _, value)| ((*name).to_owned(), Value::from(*value))).collect();
    let named = [("stack", stack)].into_iter().chain(dimensions.iter().copied());
    line.extend(named.map(|(name, value)| (name.to_owned(), Value::from(value))));
    let directive = json!({ "Namespace": NAMESPACE, "Dimensions": sets, "Metrics": definitions });
    line.insert("_aws".to_owned(), json!({ "Timestamp": at.as_millisecond(), "CloudWatchMetrics": [directive] }));
    Value::Object(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_what_cloudwatch_reads() {
        let at = Timestamp::from_millisecond(1_795_228_380_123).unwrap();
        let metrics = [("RecordsImported", Unit::Count, 42), ("RejectPercent", Unit::Percent, 7)];
        assert_eq!(
            line("sluice", &[("feed", "products")], &metrics, at),
            json!({
                "_aws": {
                    "Timestamp": 1_795_228_380_123_u64,
                    "CloudWatchMetrics": [{
                        "Namespace": "Sluice",
                        "Dimensions": [["stack"], ["stack", "feed"]],
                        "Metrics": [
                            { "Name": "RecordsImported", "Unit": "Count" },
                            { "Name": "RejectPercent", "Unit": "Percent" },
                        ],
                    }],
                },
                "stack": "sluice",
                "feed": "products",
                "RecordsImported": 42,
                "RejectPercent": 7,
            })
        );
    }

    #[test]
    fn the_stack_is_a_dimension_also_of_what_has_no_other() {
        let line = line("sluice", &[], &[("OldestOpenRunSeconds", Unit::Seconds, 60)], Timestamp::UNIX_EPOCH);
        assert_eq!(line["_aws"]["CloudWatchMetrics"][0]["Dimensions"], json!([["stack"]]));
        assert_eq!(line["stack"], "sluice");
    }
}
