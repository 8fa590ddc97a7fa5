//! `--profile` and `--region`.

use super::fake::{FakeAws, stack};
use super::{RUN, sluice};

/// The scopes with which requests were signed: `<key>/<date>/<region>/<service>/aws4_request`.
fn signed(aws: &FakeAws) -> Vec<(String, String)> {
    let scope = |head: &str| {
        let (_, scope) = head.split_once("Credential=")?;
        let parts: Vec<&str> = scope.split('/').collect();
        Some((parts[0].to_owned(), parts[2].to_owned()))
    };
    aws.requests().iter().filter_map(|request| scope(&request.head)).collect()
}

#[test]
fn a_profile_comes_before_the_credentials_of_the_environment_and_brings_its_region() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("config");
    std::fs::write(
        &config,
        "[profile work]\nregion = ap-southeast-2\naws_access_key_id = AKIDWORK\naws_secret_access_key = secret\n",
    )
    .unwrap();
    for (arguments, region_of_the_environment, expected) in [
        (&["--profile", "work"][..], None, ("AKIDWORK", "ap-southeast-2")),
        (&["--profile", "work"], Some("eu-west-3"), ("AKIDWORK", "eu-west-3")),
        (&["--profile", "work", "--region", "us-east-2"], Some("eu-west-3"), ("AKIDWORK", "us-east-2")),
        (&["--region", "us-east-2"], Some("eu-west-3"), ("AKIDEXAMPLE", "us-east-2")),
        (&[], Some("eu-west-3"), ("AKIDEXAMPLE", "eu-west-3")),
    ] {
        let aws = FakeAws::new((200, &stack()), (500, ""));
        let mut command = sluice(&aws.endpoint(), &[&["retry"], arguments].concat());
        command.env("AWS_CONFIG_FILE", &config);
        if let Some(region) = region_of_the_environment {
            command.env("AWS_REGION", region);
        }
        let said = command.output().unwrap();
        let found = signed(&aws);
        let (key, region) = found.first().unwrap_or_else(|| panic!("{said:?}"));
        assert_eq!((key.as_str(), region.as_str()), expected, "{arguments:?}");
    }
}

#[test]
fn a_profile_that_is_not_there_is_reported() {
    let aws = FakeAws::new((200, &stack()), (500, ""));
    let said = aws.sluice(&["resume", RUN, "--profile", "nobody"]);
    assert_eq!(said.status.code(), Some(5), "{said:?}");
    assert!(String::from_utf8_lossy(&said.stderr).contains("nobody"), "{said:?}");
}
