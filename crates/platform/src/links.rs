//! Links to the console of AWS, which asks for a sign-in, and commands that fetch the same. Neither expires.

use crate::World;
use sluice_engine::report::{Output, shell_word};

/// Makes the links to the console of a stack. Runs that are not on AWS have none.
#[derive(Clone, Debug, Default)]
pub struct Links {
    region: Option<String>,
}

impl Links {
    /// The links of a world.
    #[must_use]
    pub fn new(world: &(impl World + ?Sized)) -> Self {
        Self { region: world.region() }
    }

    /// The file at a location, such as `s3://bucket/key`, with its link and its command.
    #[must_use]
    pub fn output(&self, name: &str, location: String, bytes: Option<u64>) -> Output {
        let object = location.strip_prefix("s3://").and_then(|place| place.split_once('/'));
        let place = self.region.as_deref().zip(object);
        let link = place.map(|(region, (bucket, key))| object_link(region, bucket, key));
        let command = place.map(|_| format!("aws s3 cp {} .", shell_word(&location)));
        Output { name: name.to_owned(), location, bytes, link, command }
    }

    /// The execution with this ARN, with its link and its command.
    #[must_use]
    pub fn execution(&self, arn: &str) -> Output {
        let link = self.region.as_deref().map(|region| {
            format!("{}/states/home?region={region}#/v2/executions/details/{}", console(region), encoded(arn))
        });
        let command = self
            .region
            .as_ref()
            .map(|_| format!("aws stepfunctions get-execution-history --execution-arn {}", shell_word(arn)));
        Output { name: "the execution".to_owned(), location: arn.to_owned(), bytes: None, link, command }
    }
}

/// The console's page of an object.
fn object_link(region: &str, bucket: &str, key: &str) -> String {
    format!("{}/s3/object/{bucket}?region={region}&prefix={}", console(region), encoded(key))
}

/// The console of a region. Each partition has a domain of its own:
/// <https://docs.aws.amazon.com/awsconsolehelpdocs/latest/gsg/console-help-gsg.html>.
fn console(region: &str) -> String {
    let domain = if region.starts_with("cn-") {
        "console.amazonaws.cn"
    } else if region.starts_with("us-gov-") {
        "console.amazonaws-us-gov.com"
    } else {
        "console.aws.amazon.com"
    };
    format!("https://{region}.{domain}")
}

/// A text as a part of an address. It keeps `/`, `:` and the characters that RFC 3986 calls unreserved, and percent-encodes all others.
fn encoded(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/:".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_of_a_stack_has_a_link_and_a_command() {
        let links = Links { region: Some("eu-central-1".to_owned()) };
        let output = links.output("rejected records", "s3://data/output/a b/ü&x=1.csv".to_owned(), Some(3));
        assert_eq!(
            output.link.as_deref(),
            Some(
                "https://eu-central-1.console.aws.amazon.com/s3/object/data?region=eu-central-1&prefix=output/a%20b/\
                 %C3%BC%26x%3D1.csv"
            )
        );
        assert_eq!(output.command.as_deref(), Some("aws s3 cp 's3://data/output/a b/ü&x=1.csv' ."));
    }

    #[test]
    fn each_partition_has_its_console() {
        for (region, expected) in [
            ("us-east-1", "https://us-east-1.console.aws.amazon.com/s3/object/b?region=us-east-1&prefix=k"),
            ("cn-north-1", "https://cn-north-1.console.amazonaws.cn/s3/object/b?region=cn-north-1&prefix=k"),
            (
                "us-gov-west-1",
                "https://us-gov-west-1.console.amazonaws-us-gov.com/s3/object/b?region=us-gov-west-1&prefix=k",
            ),
        ] {
            assert_eq!(object_link(region, "b", "k"), expected);
        }
    }

    #[test]
    fn an_execution_has_a_link_too() {
        let links = Links { region: Some("eu-central-1".to_owned()) };
        let arn = "arn:aws:states:eu-central-1:111122223333:execution:sluice-main-orchestrator:products-0123-2";
        let link = links.execution(arn).link.unwrap();
        let expected =
            "https://eu-central-1.console.aws.amazon.com/states/home?region=eu-central-1#/v2/executions/details/";
        assert_eq!(link, format!("{expected}{arn}"));
    }

    #[test]
    fn a_file_on_this_machine_is_found_by_its_path() {
        let output = Links::default().output("this report", "out/report.html".to_owned(), None);
        assert_eq!((output.link, output.command), (None, None));
        let of_stack = Links { region: Some("eu-central-1".to_owned()) };
        assert_eq!(of_stack.output("x", "out/report.html".to_owned(), None).link, None);
    }
}
