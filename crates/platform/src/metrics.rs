//! Metrics in CloudWatch's embedded metric format: one line of JSON that the log turns into metrics.
//!
//! Written by hand, because there is no Powertools for Rust. The format is AWS's:
//! <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html>.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

/// The namespace if the environment does not set one.
const DEFAULT_NAMESPACE: &str = "Sluice";

/// The unit of a metric, as CloudWatch knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// A number of things.
    Count,
    /// Bytes.
    Bytes,
    /// Milliseconds.
    Milliseconds,
}

impl Unit {
    /// The name of the unit in a line.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Count => "Count",
            Self::Bytes => "Bytes",
            Self::Milliseconds => "Milliseconds",
        }
    }
}

/// The namespace of this process: `POWERTOOLS_METRICS_NAMESPACE`, or `Sluice`.
#[must_use]
pub fn namespace() -> String {
    std::env::var("POWERTOOLS_METRICS_NAMESPACE")
        .ok()
        .filter(|namespace| !namespace.is_empty())
        .unwrap_or_else(|| DEFAULT_NAMESPACE.to_owned())
}

/// Writes metrics (name, unit, value) of a service to standard output, from where they get into the log. CloudWatch
/// takes at most 100 metrics from one line.
pub fn emit(namespace: &str, service: &str, metrics: &[(&str, Unit, u64)]) {
    println!("{}", line(namespace, service, metrics, Timestamp::now()));
}

fn line(namespace: &str, service: &str, metrics: &[(&str, Unit, u64)], at: Timestamp) -> Value {
    let definitions: Vec<Value> =
        metrics.iter().map(|(name, unit, _)| json!({ "Name": name, "Unit": unit.as_str() })).collect();
    let mut line: Map<String, Value> =
        metrics.iter().map(|(name, _, value)| ((*name).to_owned(), Value::from(*value))).collect();
    line.insert("service".to_owned(), Value::from(service));
    let directive = json!({ "Namespace": namespace, "Dimensions": [["service"]], "Metrics": definitions });
    line.insert("_aws".to_owned(), json!({ "Timestamp": at.as_millisecond(), "CloudWatchMetrics": [directive] }));
    Value::Object(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_what_cloudwatch_reads() {
        let at = Timestamp::from_millisecond(1_795_228_380_123).unwrap();
        let metrics = [("RecordsImported", Unit::Count, 42), ("Duration", Unit::Milliseconds, 7)];
        assert_eq!(
            line("Sluice", "import", &metrics, at),
            json!({
                "_aws": {
                    "Timestamp": 1_795_228_380_123_u64,
                    "CloudWatchMetrics": [{
                        "Namespace": "Sluice",
                        "Dimensions": [["service"]],
                        "Metrics": [
                            { "Name": "RecordsImported", "Unit": "Count" },
                            { "Name": "Duration", "Unit": "Milliseconds" },
                        ],
                    }],
                },
                "service": "import",
                "RecordsImported": 42,
                "Duration": 7,
            })
        );
    }
}
